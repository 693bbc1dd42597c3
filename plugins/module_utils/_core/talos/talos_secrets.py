# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of a Talos cluster: made once, for a machine that has none, and never again (F47)."""

from __future__ import annotations

import base64
import binascii
import typing as t
from dataclasses import dataclass
from enum import StrEnum

from .. import names
from ..states import TalosState

# Files in the folder that alga_talos_folder names.
SECRETS_FILE, TALOSCONFIG_FILE, RECORD_FILE, CLUSTER_FILE = "secrets.yaml", "talosconfig", "escrowed.json", "cluster.json"
# What the encrypted copy is called beside the appliance's own.
ESCROW_SUFFIX = ".talos"

# What a bundle always holds, as `talosctl gen secrets` of 1.12 to 1.14 writes it.
_CERTIFICATES = ("etcd", "k8s", "k8saggregator", "os")
KEYS = (
    ("cluster", "id"),
    ("cluster", "secret"),
    ("secrets", "bootstraptoken"),
    ("trustdinfo", "token"),
    *(("certs", name, part) for name in _CERTIFICATES for part in ("crt", "key")),
    ("certs", "k8sserviceaccount", "key"),
)
_MACHINE_AUTHORITY = ("certs", "os", "crt")


def _at(bundle: t.Any, path: t.Sequence[str]) -> str:
    for key in path:
        bundle = bundle.get(key) if isinstance(bundle, dict) else None
    return bundle if isinstance(bundle, str) else ""


def lacking(bundle: t.Any) -> list[str]:
    """The keys that a bundle lacks, by their paths; all of them where it is none."""
    return [".".join(path) for path in KEYS if not _at(bundle, path).strip()]


def authority(bundle: t.Any) -> str:
    """The certificate of the machines' authority, as PEM; empty where it is none."""
    try:
        return base64.b64decode(_at(bundle, _MACHINE_AUTHORITY), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def values(bundle: t.Any) -> set[str]:
    """Every value of a bundle, certificates too, as the configurations made with it hold them."""
    if isinstance(bundle, dict):
        return {value for item in bundle.values() for value in values(item)}
    return {bundle} if isinstance(bundle, str) and bundle else set()


class Copy(StrEnum):
    """The encrypted copy off the machine."""

    ABSENT = "absent"
    READABLE = "readable"
    UNREADABLE = "unreadable"


class Decision(StrEnum):
    """What is done about the secrets."""

    KEEP = "keep"
    RESTORE = "restore"
    GENERATE = "generate"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Seen:
    """What there is.

    :param present: whether the folder has a bundle.
    :param lacking: keys that the bundle lacks, in the folder or, where there is none, in the copy.
    :param opens: whether the folder has a client's configuration.
    :param copy: the encrypted copy.
    :param state: of the machine, as the authority of the bundle or of the readable copy opens it.
    """

    present: bool
    lacking: t.Sequence[str]
    opens: bool
    copy: Copy
    state: TalosState


def decide(seen: Seen) -> tuple[Decision, str]:
    """Say what is done about the secrets, and where nothing may be, why.

    They are generated only where a machine was seen in maintenance mode, and nothing says that it ever had others.
    """
    found = seen.present or seen.copy is Copy.READABLE
    if found and seen.lacking:
        return Decision.REFUSE, f"they lack {', '.join(seen.lacking)}. Restore the complete file"
    if seen.state is TalosState.CONFIGURED_WITH_OTHER_PKI:
        return Decision.REFUSE, (
            "the machine is configured with other secrets, and new ones would lock everybody out of it. Put the secrets.yaml "
            f"that it was configured with into the directory that {names.TALOS_FOLDER_OPTION} names"
        )
    if seen.present:
        return Decision.KEEP, ""
    if seen.copy is Copy.READABLE:
        return Decision.RESTORE, ""
    if seen.copy is Copy.UNREADABLE:
        return Decision.REFUSE, (
            "they are not in the directory, and the encrypted copy of them cannot be decrypted here. Name the key or password "
            f"file in {names.ESCROW_OPTION}"
        )
    if seen.opens:
        return Decision.REFUSE, (
            f"the directory contains {TALOSCONFIG_FILE} but no {SECRETS_FILE}, so a cluster was created here before. Restore "
            f"{SECRETS_FILE}, or set {names.TALOS_FOLDER_OPTION} to an empty directory"
        )
    if seen.state is TalosState.MAINTENANCE:
        return Decision.GENERATE, ""
    return Decision.REFUSE, (
        "there are none, and they are created only for a machine that is observed in maintenance mode; a machine that cannot "
        f"be observed may have others. Start the machine, check {names.TALOS_NODE_OPTION}, and run the same playbook again"
    )

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_secrets: the cluster's secrets, kept, restored, or made for a machine that has none; and what opens the machine."""

from __future__ import annotations

import base64
import binascii
import json
import typing as t
from dataclasses import dataclass, replace

from ..._adapters import certificates, private_file
from ..._adapters.escrow.escrow import Escrow
from ..._adapters.private_file import passing
from ..._adapters.talos import talos_door
from ..._core.errors import Refused
from ..._core.escrow import escrow
from ..._core.results import build
from ..._core.states import TalosState
from ..._core.talos import talos, talos_secrets
from ..._core.talos.talos import Machine
from ..._core.talos.talos_secrets import Copy, Decision, Seen
from .._context import Result, Run, UseCase
from .._options import Escrowed
from ..escrow.escrow_file import escrow_file
from .talos_site import Site, TalosCluster, dumped, endpoint_of, parsed


@dataclass(frozen=True)
class Options(TalosCluster, Escrowed):
    """The secrets of the cluster, and where a copy of them is kept."""


_PRIVATE_FOLDER = 0o700


@dataclass(frozen=True)
class Secrets:
    """The bundle that is in force, or would be: its text, its content and the machine as it opens it."""

    text: str
    bundle: t.Any
    seen: Seen


def perform(options: Options, run: Run) -> Result:
    """Keep what there is; make secrets only where nothing can have others."""
    site, file = Site(options, run), escrow_file(options, run, talos_secrets.ESCROW_SUFFIX)
    secrets = _observe(site, file)
    decision, why = talos_secrets.decide(secrets.seen)
    if decision is Decision.REFUSE:
        raise Refused(
            f"Could not use the secrets of the Talos cluster in {site.folder} for the machine at {site.node}: {why}. Nothing "
            "was changed.",
            evidence={"state": secrets.seen.state.value, "lacking": list(secrets.seen.lacking)},
        )
    text, bundle = secrets.text, secrets.bundle
    if decision is Decision.GENERATE and not run.check_mode:
        text = site.talosctl.new_secrets()
        bundle = parsed(text, "the output of talosctl")
    if decision is not Decision.KEEP and not run.check_mode:
        site.folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        if not private_file.create(site.secrets_file, text):
            # Another run was faster, and its secrets are as good; a worker outlives a controller that was killed.
            return perform(options, run)
        run.changing.append(str(site.secrets_file))
    copied = _copy(site, file, text) if bundle is not None else file is not None
    opened = _open(site, bundle) if bundle is not None else True
    done = {
        Decision.KEEP: f"{site.secrets_file} is kept unchanged.",
        Decision.RESTORE: f"{site.secrets_file} was lost; it is restored from the encrypted copy.",
        Decision.GENERATE: (
            f"{site.secrets_file} did not exist, and the machine at {site.node} has no configuration; it is created."
        ),
    }[decision]
    extra = [f"{site.talosconfig} gets a new client certificate."] if opened else []
    extra += [f"{file.file} gets an encrypted copy."] if copied and file else []
    changed = decision is not Decision.KEEP or copied or opened
    return build(
        state=secrets.seen.state.value,
        decision=decision.value,
        message=" ".join([done, *extra]),
        evidence={"file": str(site.secrets_file), "copy": str(file.file) if file else ""},
        changed=changed,
        diff={"before": "", "after": f"{' '.join([done, *extra])}\n" if changed else ""} if run.diff else None,
    )


def _observe(site: Site[Options], file: Escrow | None) -> Secrets:
    """The bundle in the folder or in its copy, and the machine as that opens it."""
    present, copied = site.secrets_file.exists(), file.text() if file else None
    copy = Copy.ABSENT if copied is None else Copy.READABLE if file and file.readable else Copy.UNREADABLE
    text = ""
    if present:
        text = site.secrets_file.read_text()
    elif copied is not None and file and file.readable:
        text = file.decrypt(copied)
    bundle = parsed(text, str(site.secrets_file)) if text else None
    lacking = talos_secrets.lacking(bundle)
    machine = _machine(site, bundle, with_own=present and not lacking and not site.talosconfig.exists())
    seen = Seen(present, lacking, site.talosconfig.exists(), copy, talos.classify(machine))
    return Secrets(text, bundle, seen)


def _machine(site: Site[Options], bundle: t.Any, *, with_own: bool) -> Machine:
    """The machine as the bundle opens it.

    :param with_own: whether it is asked with a client's configuration that is made for this look, as the folder has lost its own.
    """
    authority = talos_secrets.authority(bundle)
    if not with_own:
        return site.talosctl.observe(authority)
    with passing([_new_talosconfig(site)]) as (file,):
        return replace(site.talosctl, talosconfig=file).observe(authority)


def _copy(site: Site[Options], file: Escrow | None, text: str) -> bool:
    """Keep the encrypted copy as the bundle is; true where it was, or would be, written."""
    if file is None:
        return False
    record, kept = site.folder / talos_secrets.RECORD_FILE, file.text()
    digests = {"document": escrow.digest(text), "file": escrow.digest(kept or "")}
    if kept is not None and record.exists() and json.loads(record.read_text()) == digests:
        return False
    if not site.run.check_mode:
        written = file.write(text)
        site.run.changing.append(str(file.file))
        private_file.replace(record, json.dumps({"document": escrow.digest(text), "file": escrow.digest(written)}))
    return True


def _open(site: Site[Options], bundle: t.Any) -> bool:
    """Keep the client's configuration while its certificate serves; true where it was, or would be, made anew."""
    if site.talosconfig.exists() and _serves(site, bundle):
        return False
    if not site.run.check_mode:
        private_file.replace(site.talosconfig, _new_talosconfig(site))
    return True


def _new_talosconfig(site: Site[Options]) -> str:
    """A client's configuration with a new certificate, for this machine."""
    made = parsed(
        site.talosctl.new_talosconfig(site.options.cluster, endpoint_of(site.node, site.options.endpoint), site.secrets_file),
        ("the output of talosctl"),
    )
    for context in made["contexts"].values():
        context |= {"endpoints": [site.node], "nodes": [talos_door.address(site.node)[0]]}
    return dumped(made)


def _serves(site: Site[Options], bundle: t.Any) -> bool:
    found = parsed(site.talosconfig.read_text(), str(site.talosconfig))
    try:
        certificate = base64.b64decode(found["contexts"][found["context"]]["crt"], validate=True).decode()
    except (KeyError, TypeError, ValueError, binascii.Error):
        return False
    return certificates.serves(certificate, talos_secrets.authority(bundle))


USE_CASE = UseCase("alga_talos_secrets", Options, perform, states=TalosState)

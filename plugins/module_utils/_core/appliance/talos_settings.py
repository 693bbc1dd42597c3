# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a machine that runs Talos; without the first of them, the cluster is somebody else's."""

from __future__ import annotations

import typing as t

from .. import names
from ..storage import local_path
from ..talos.talos_config import ApplyMode
from .setting import Setting

UPGRADE_TALOS, UPGRADE_KUBERNETES = "upgrade_talos", "upgrade_kubernetes"
RESET_TALOS, SUPPORT_TALOS = "reset_talos", "support_talos"
MODES = (UPGRADE_TALOS, UPGRADE_KUBERNETES, RESET_TALOS, SUPPORT_TALOS)

SETTINGS = (
    Setting(
        names.TALOS_NODE_OPTION,
        "text",
        None,
        "Address of a Talos machine for the playbooks to bring up and recover; none if the cluster already exists.",
        required=(*MODES, "talos"),
    ),
    Setting(
        names.TALOS_FOLDER_OPTION,
        "text",
        None,
        ("Directory for the secrets of the Talos cluster and the credentials for the machine."),
    ),
    Setting(names.TALOS_CLUSTER_OPTION, "label", None, "Name of the Talos cluster."),
    Setting(
        names.TALOS_ENDPOINT_OPTION, "text", None, ("URL of the cluster's API server; defaults to port 6443 of the machine.")
    ),
    Setting(names.TALOS_INSTALL_DISK_OPTION, "text", None, "Disk to install Talos on, such as /dev/sda."),
    Setting(
        names.TALOS_STORAGE_DISK_OPTION,
        "text",
        None,
        "Disk for the appliance's data, as a Talos disk selector; if not set, the data is lost with the EPHEMERAL partition.",
    ),
    Setting(names.TALOS_PATCHES_OPTION, "patches", [], "Patches for the machine configuration, applied in the given order."),
    Setting(
        names.TALOS_KUBERNETES_OPTION,
        "version",
        None,
        "Kubernetes version to install, or to upgrade to with upgrade_kubernetes.yml; defaults to the one that talosctl chooses.",
        required=(UPGRADE_KUBERNETES,),
    ),
    Setting(
        names.TALOS_PROVISIONER_OPTION,
        "version",
        local_path.VERSION,
        "Version of local-path-provisioner that the machine configuration includes if alga_storage_class is local-path.",
    ),
    Setting(
        names.TALOS_IMAGE_OPTION,
        "image",
        None,
        "Talos installer image; required by upgrade_talos.yml, otherwise defaults to the one that talosctl chooses.",
        required=(UPGRADE_TALOS,),
    ),
    Setting(
        names.TALOS_APPLY_OPTION,
        "choice",
        ApplyMode.NO_REBOOT.value,
        "What to do if a configuration takes effect only after a reboot.",
        tuple(mode.value for mode in ApplyMode),
    ),
    Setting(
        names.TALOS_WIPE_OPTION,
        "texts",
        [],
        "Labels of the partitions that reset_talos.yml wipes.",
        required=(RESET_TALOS,),
    ),
    Setting(
        names.TALOS_SUPPORT_FILE_OPTION,
        "text",
        None,
        "File to which support_talos.yml writes the support bundle.",
        required=(SUPPORT_TALOS,),
    ),
    Setting(
        names.TALOS_SUPPORT_RECIPIENTS_OPTION,
        "texts",
        [],
        "age public keys to encrypt the support bundle for; if not set, the bundle is not encrypted.",
    ),
    Setting(names.TALOSCTL_OPTION, "text", "talosctl", "The talosctl program, version 1.12 to 1.14."),
)
# What a machine needs; each would be a guess otherwise.
NEEDED = (names.TALOS_FOLDER_OPTION, names.TALOS_CLUSTER_OPTION, names.TALOS_INSTALL_DISK_OPTION)


def vulnerable(version: str) -> str:
    """The refusal of a provisioner that has known vulnerabilities; empty for another.

    :param version: of a form that was checked.
    """
    if not local_path.is_vulnerable(version):
        return ""
    return (
        f"{names.TALOS_PROVISIONER_OPTION} is {version!r}, which has known vulnerabilities ({local_path.VULNERABILITIES}); "
        f"it must be {local_path.VERSION} or later."
    )


def lacking(values: t.Mapping[str, t.Any]) -> list[str]:
    """The variables that a machine needs and that are not set, a sentence each.

    :param values: in force, by name.
    """
    if not values[names.TALOS_NODE_OPTION]:
        return []
    found = [f"{name} is not set, but {names.TALOS_NODE_OPTION} is." for name in NEEDED if not values[name]]
    if "%" in str(values[names.TALOS_NODE_OPTION]) and not values[names.TALOS_ENDPOINT_OPTION]:
        found.append(
            f"{names.TALOS_ENDPOINT_OPTION} is not set, and {names.TALOS_NODE_OPTION} is a link-local address with a zone, which "
            "no other host can use for the API server."
        )
    return found

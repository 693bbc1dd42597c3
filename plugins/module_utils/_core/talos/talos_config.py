# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machine configurations: how the one that runs differs from the one that is wanted, without showing a secret."""

from __future__ import annotations

import hashlib
import hmac
import re
import typing as t
from dataclasses import dataclass, field
from enum import StrEnum

Document = t.Mapping[str, t.Any]

_MAIN = "v1alpha1"
# The appliance's data lies on a volume of its own, which the configuration asks for by this name.
DATA_VOLUME = "alga-data"
DATA_PATH = f"/var/mnt/{DATA_VOLUME}"
# Below it Talos would make a volume on a disk that has no room for the three claims.
MINIMUM_SIZE = "20GB"
# Where a configuration names an image: the kind of the document, empty for the main one, and the path in it.
Place = tuple[str, tuple[str, ...]]
# The parts of Kubernetes by their names. Talos 1.14 wrote of documents what was in the main one (VersionContract,
# MultidocKubernetesConfigSupported), and takes both; one part is never named in both.
KUBERNETES: t.Mapping[str, tuple[Place, ...]] = {
    "kube-apiserver": (("", ("cluster", "apiServer", "image")), ("KubeAPIServerConfig", ("image",))),
    "kube-controller-manager": (("", ("cluster", "controllerManager", "image")), ("KubeControllerManagerConfig", ("image",))),
    "kube-scheduler": (("", ("cluster", "scheduler", "image")), ("KubeSchedulerConfig", ("image",))),
    "kube-proxy": (("", ("cluster", "proxy", "image")), ("KubeProxyConfig", ("image",))),
    "kubelet": (("", ("machine", "kubelet", "image")), ("KubeletConfig", ("image",))),
}
# That of Talos 1.14 cannot be patched: any patch takes away its disk (talosctl 1.14.1), after which it is not valid.
_INSTALLER: tuple[Place, ...] = (("", ("machine", "install", "image")), ("UnattendedInstallConfig", ("installer", "image")))
_PLACES: tuple[Place, ...] = (
    ("", ("cluster", "etcd", "image")),
    ("", ("cluster", "coreDNS", "image")),
    ("KubeCoreDNSConfig", ("image",)),
    *(place for places in KUBERNETES.values() for place in places),
)
# The last version that writes one document of Kubernetes, and the document by which the others are known.
_LAST_WHOLE = "v1.13"
_NODE = "KubeNodeConfig"
# Of a value that nobody needs to read, such as a certificate or a file.
_LONG = 120
# Parts of a key's name that mark its value as a secret, in Talos's documents and in what they carry for others.
_SECRET_NAMES = (
    *("key", "secret", "token", "password", "passphrase", "auth", "credential", "private", "crt"),
    *("content", "env", "header", "args"),
)
_SHOWN_DIGITS = 8
_MINOR = re.compile(r"v?(\d+)\.(\d+)")
_ABSENT = "(absent)"


class ApplyMode(StrEnum):
    """When another configuration comes into force (Talos: modes of ApplyConfiguration)."""

    NO_REBOOT = "no-reboot"
    STAGED = "staged"
    REBOOT = "reboot"


@dataclass(frozen=True)
class Hider:
    """Shows what is no secret, and of everything else a fingerprint.

    :param key: of the fingerprints; without it nobody can try values.
    :param secrets: values that are never shown, wherever they stand.
    """

    key: bytes = field(repr=False)
    secrets: t.AbstractSet[str] = field(repr=False)

    def show(self, path: t.Sequence[str], value: t.Any) -> str:
        """The value for a person's eyes."""
        text = str(value)
        if text == _ABSENT:
            return text
        # A part of the path may be what somebody named, so every one of them counts.
        named = any(mark in part.lower() for part in path for mark in _SECRET_NAMES)
        if named or len(text) > _LONG or any(secret in text for secret in self.secrets):
            return f"hidden, fingerprint {hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:_SHOWN_DIGITS]}"
        return repr(value)


@dataclass(frozen=True)
class Difference:
    """One value that differs, as it may be shown."""

    path: str
    running: str
    wanted: str


def _identity(document: Document) -> str:
    """What a document is known by: its kind and its name (Talos: "duplicate document is not allowed")."""
    return " ".join(str(part) for part in (document.get("kind") or _MAIN, document.get("name")) if part)


def _leaves(value: t.Any, path: tuple[str, ...]) -> t.Iterator[tuple[tuple[str, ...], t.Any]]:
    """Every value below, with its path; an empty mapping or list is a value."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, str(index)))
    else:
        yield path, value


def differences(running: t.Sequence[Document], wanted: t.Sequence[Document], hider: Hider) -> list[Difference]:
    """Compare two configurations by what they say; the order of documents and of keys says nothing."""
    seen = {path: value for document in running for path, value in _leaves(document, (_identity(document),))}
    asked = {path: value for document in wanted for path, value in _leaves(document, (_identity(document),))}
    paths = [*asked, *(path for path in seen if path not in asked)]
    return [
        Difference(".".join(path), hider.show(path, seen.get(path, _ABSENT)), hider.show(path, asked.get(path, _ABSENT)))
        for path in paths
        if path not in seen or path not in asked or seen[path] != asked[path]
    ]


def _at(running: t.Sequence[Document], place: Place) -> str:
    kind, path = place
    value: t.Any = next((document for document in running if str(document.get("kind") or "") == kind), {})
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return str(value or "")


def image_of(running: t.Sequence[Document], part: str) -> str:
    """The image of a part of Kubernetes; empty where a configuration names none."""
    return next(filter(None, (_at(running, place) for place in KUBERNETES[part])), "")


def installer_of(running: t.Sequence[Document]) -> str:
    """The image of the installer; empty where a configuration names none."""
    return next(filter(None, (_at(running, place) for place in _INSTALLER)), "")


def kept(running: t.Sequence[Document]) -> list[Document]:
    """The patches that leave every image but the installer's as it runs, one a document.

    talosctl's own versions change with it, and an upgrade is a step of its own, which may have been killed between two of them.
    """
    patches: dict[str, dict[str, t.Any]] = {}
    for place in _PLACES:
        image, (kind, path) = _at(running, place), place
        if image:
            below = patches.setdefault(kind, {"apiVersion": _MAIN, "kind": kind} if kind else {})
            *above, last = path
            for key in above:
                below = below.setdefault(key, {})
            below[last] = image
    return list(patches.values())


def contract(running: t.Sequence[Document], versions: t.Iterable[str]) -> str:
    """For which version of Talos a configuration is written, so that whoever reads it knows every part of it.

    One that runs keeps its form: a machine that was upgraded has still what an older talosctl wrote.

    :param running: the configuration that runs; empty on a new machine.
    :param versions: of the machine, of what installs it and of talosctl; those that are not known are empty.
    """
    known = [version for version in versions if version]
    if running and not any(document.get("kind") == _NODE for document in running):
        known.append(_LAST_WHOLE)
    return min(known, key=minor, default="")


def alone(version: str) -> Document:
    """The patch by which a control plane takes pods, which it does not by itself.

    :param version: for which the configuration is written.
    """
    if minor(version) <= minor(_LAST_WHOLE):
        return {"cluster": {"allowSchedulingOnControlPlanes": True}}
    # The control plane's is the only one that talosctl writes, and Talos deletes no single key of these.
    return {"apiVersion": _MAIN, "kind": _NODE, "taints": {"$patch": "delete"}}


def minor(version: str) -> tuple[int, int]:
    """The major and the minor version, by which Talos knows how a configuration is written (VersionContract)."""
    found = _MINOR.match(version)
    if found is None:
        raise ValueError(f"{version!r} is not a version")
    return int(found.group(1)), int(found.group(2))


def tag_of(image: str) -> str:
    """The tag of an image's name; empty where it has none."""
    name, _at, _digest = image.partition("@")
    repository, colon, tag = name.rpartition(":")
    return tag if colon and "/" not in tag and repository else ""


def volume(disk: str) -> Document:
    """The user volume on which the appliance's data lies, mounted under /var/mnt; with no disk it is a directory of EPHEMERAL.

    :param disk: which disk it is on, as an expression of Talos's (CEL), such as ``disk.transport == "nvme"``.
    """
    document = {"apiVersion": _MAIN, "kind": "UserVolumeConfig", "name": DATA_VOLUME}
    if not disk:
        return {**document, "volumeType": "directory"}
    return {**document, "provisioning": {"diskSelector": {"match": disk}, "minSize": MINIMUM_SIZE}}

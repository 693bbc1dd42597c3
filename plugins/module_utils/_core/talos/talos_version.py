# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which version of Talos or Kubernetes a machine may be brought to from the one that it runs."""

from __future__ import annotations

import re

from .talos_config import tag_of

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?")
Version = tuple[int, int, int, bool, str]


# Talos has the kubelet in several sizes of one version.
_SIZE = re.compile(r"-(fat|slim)$")


def version_of(image: str) -> str:
    """The version that an image's tag says, such as v1.13.0; empty where it says none."""
    tag = _SIZE.sub("", tag_of(image))
    return tag if is_version(tag) else ""


def _read(text: str) -> Version:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a version")
    major, minor, patch, pre = found.groups()
    # A version before its release sorts before it.
    return int(major), int(minor), int(patch), pre is None, pre or ""


def is_version(text: str) -> bool:
    """Whether a text is a version, such as v1.36.0."""
    return _VERSION.fullmatch(text) is not None


def refusal(what: str, running: str, wanted: str) -> str:
    """Why a machine must not go from one version to another; empty where it may.

    Both support going from one minor version to the next, and not back (Talos: upgrade paths; Kubernetes: version skew policy).

    :param what: Talos or Kubernetes.
    :raises ValueError: when one of them is no version.
    """
    here, there = _read(running), _read(wanted)
    if there < here:
        return f"it runs {running}, which is newer than {wanted}, and {what} does not support downgrades"
    if here[0] != there[0] or there[1] - here[1] > 1:
        return f"it runs {running}, and {what} supports upgrading to {wanted} only through each minor version in between"
    return ""


def no_way_back(running: str, wanted: str) -> str:
    """What to say before an upgrade to another minor version; empty for one that a rollback undoes.

    A newer minor version brings a newer etcd, which changes the form of its data, and the earlier one then ends with ``version is
    not supported`` (seen from 1.14.1 back to 1.13.0: etcd 3.7.1 and 3.6.9).

    :raises ValueError: when one of them is no version.
    """
    if _read(running)[:2] == _read(wanted)[:2]:
        return ""
    return (
        "talosctl rollback may not undo this, because a newer minor version brings a newer etcd, whose data the earlier one "
        "cannot read; save a copy with talosctl etcd snapshot before"
    )


def same(running: str, wanted: str) -> bool:
    """Whether two texts name the same version."""
    return _read(running) == _read(wanted)


def at_least(version: str, other: str) -> bool:
    """Whether a version is another one or newer.

    :raises ValueError: when one of them is no version.
    """
    return _read(version) >= _read(other)

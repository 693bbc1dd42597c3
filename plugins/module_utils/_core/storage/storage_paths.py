# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where local-path-provisioner keeps its directories, and whose a directory is that was found there (R1, R2)."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from .storage import Directory

_KEYS = ("nodePathMap", "sharedFileSystemPath", "storageClassConfigs")
_OTHER_NODES = "DEFAULT_PATH_FOR_NON_LISTED_NODES"
# What separates the parts of a path that a pattern of a StorageClass is made of; names of Kubernetes have none of it but dots.
_SEPARATORS = re.compile(r"[/_]")
# The provisioner's own form of a name.
_OWN_FORM = re.compile(r"pvc-[^/_]+_[^/_]+_[^/_]+(/|$)")


def is_config(text: str) -> bool:
    """Tell whether a text is a configuration of the provisioner: in any namespace, under any name (R2)."""
    if not any(key in text for key in _KEYS):
        return False
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and any(key in found for key in _KEYS)


def places(text: str, nodes: t.Sequence[str]) -> list[tuple[str, str]]:
    """The paths that a configuration names, each with the node that has it.

    A shared file system is the same on every node, so one of them is enough. A StorageClass may have paths of its own
    (local-path-provisioner: ``storageClassConfigs``).

    :raises ValueError: when the text is no such configuration.
    """
    try:
        config = json.loads(text)
        found = _of(config, nodes)
        for each in (config.get("storageClassConfigs") or {}).values():
            found += _of(each, nodes)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
    return list(dict.fromkeys(found))


def _of(config: t.Mapping[str, t.Any], nodes: t.Sequence[str]) -> list[tuple[str, str]]:
    entries = {entry["node"]: entry["paths"] for entry in config.get("nodePathMap") or []}
    found = [(node, place) for node in nodes for place in entries.get(node, entries.get(_OTHER_NODES)) or []]
    shared = config.get("sharedFileSystemPath")
    return found + [(node, shared) for node in nodes[:1] if shared]


def claim_of(relative: str, namespace: str, claims: t.Sequence[str]) -> str:
    """The claim whose directory this is by its path below the provisioner's; empty where the path does not say so.

    The provisioner's own names are ``PV_NAMESPACE_CLAIM``; a ``pathPattern`` puts the same names together in another way, and
    without the namespace in it the directory may be another appliance's.
    """
    parts = _SEPARATORS.split(relative)
    for place, part in enumerate(parts):
        for claim in claims:
            if part == f"{namespace}-{claim}" or (part == claim and namespace in parts):
                return claim
        # A claim of this namespace by another name: a chart's template, or an existingClaim.
        if part == namespace and 0 < place == len(parts) - 2 and "/" not in relative:
            return parts[-1]
    return ""


def _is_anothers(relative: str, namespace: str) -> bool:
    return bool(_OWN_FORM.match(relative)) and namespace not in _SEPARATORS.split(relative)


def own(
    found: t.Iterable[Directory], place: str, namespace: str, claims: t.Sequence[str], others: t.Collection[str]
) -> tuple[Directory, ...]:
    """What of the found directories may hold the appliance's data, each with its claim where its path says so.

    Data of PostgreSQL is nobody else's until a volume of somebody else speaks of it: a path says little about whose it is.

    :param found: directories as they were seen; ``path`` is relative to the place, and one may be there twice.
    :param others: paths of the volumes that claims other than the appliance's speak of.
    """
    seen: dict[str, Directory] = {}
    for directory in found:
        path = place if directory.path == "." else f"{place.rstrip('/')}/{directory.path}"
        claim = claim_of(directory.path, namespace, claims)
        if _is_anothers(directory.path, namespace) or any(f"{path}/".startswith(f"{other}/") for other in others):
            continue
        if claim in claims or directory.begun:
            seen[path] = dataclasses.replace(directory, path=path, claim=claim)
    # What lies beside the data on its own volume was moved aside there.
    return tuple(
        each
        for path, each in seen.items()
        if not any(other.begun and path.startswith(f"{above}/") for above, other in seen.items())
    )

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which charts the operator wants to be checked."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

# What each key must be.
_KEYS: dict[str, tuple[type, str]] = {
    "name": (str, "a string"),
    "chart": (str, "a string"),
    "repository": (str, "a string"),
    "version": (str, "a string"),
    "values": (dict, "a mapping of names to values"),
    "values_files": (list, "a list of strings"),
}
_REQUIRED = ("name", "chart")


@dataclass(frozen=True)
class GivenChart:
    """A chart by its directory, its OCI reference, or its name in a repository.

    :param name: of its release.
    :param repository: URL of the repository; empty for a directory or an OCI reference.
    """

    name: str
    chart: str
    repository: str = ""
    version: str = ""
    values: t.Mapping[str, t.Any] = field(default_factory=dict)
    values_files: t.Sequence[str] = ()


def wrong_charts(given: t.Sequence[t.Any], option: str) -> list[str]:
    """Say what is wrong with the list; values, which may be secrets, are not repeated.

    :param option: where it was given, for the sentences.
    """
    found = []
    for number, each in enumerate(given):
        where = f"{option}[{number}]"
        if not isinstance(each, dict):
            found.append(f"{where} must be a mapping with name and chart.")
            continue
        found += [f"{where} has no {key}." for key in _REQUIRED if not each.get(key)]
        found += [f"{where} has {key}, which is none of {', '.join(_KEYS)}." for key in each if key not in _KEYS]
        found += [
            f"{where}.{key} must be {must}."
            for key, (kind, must) in _KEYS.items()
            if each.get(key) is not None and not isinstance(each[key], kind)
        ]
        files = each.get("values_files")
        if isinstance(files, list) and not all(isinstance(file, str) for file in files):
            found.append(f"{where}.values_files must be a list of strings.")
    names = [each.get("name") for each in given if isinstance(each, dict)]
    twice = sorted({str(name) for name in names if name and names.count(name) > 1})
    return found + [f"{option} has several charts with the name {name}." for name in twice]


def read_charts(given: t.Sequence[t.Mapping[str, t.Any]]) -> list[GivenChart]:
    """The charts of a list that is in order."""
    return [GivenChart(**{key: value for key, value in each.items() if value is not None}) for each in given]

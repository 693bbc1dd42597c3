# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other names for what says whose appliance it is: the same everywhere in a bundle, with a map that stays with the operator."""

from __future__ import annotations

import ipaddress
import re
import typing as t

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}(?![\w-])")
_ADDRESSES = (
    re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"),
    re.compile(r"(?<![\w:.-])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:.-])"),
)
# The same on every machine, so they say nothing of this one.
_EVERYBODY_S = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::/127"), ipaddress.ip_network("0.0.0.0/32"))
_SHORTEST = 3


class Pseudonyms:
    """Names that are given in the order in which something is met.

    :param known: what cannot be told by its form, by the kind that its name begins with, such as ``host`` and ``tenant``.
    """

    def __init__(self, known: t.Mapping[str, t.Iterable[str]]) -> None:
        self._given: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        names = {name: kind for kind, each in known.items() for name in each if len(name) >= _SHORTEST}
        for name in sorted(names):
            self._name(names[name], name)
        # A longer name is met before one that it begins with; a name inside of a word is another word.
        longest_first = sorted(names, key=lambda name: (-len(name), name))
        self._known = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])") if names else None

    def apply(self, text: str) -> str:
        """The text with other names in it."""
        text = _MAIL.sub(lambda found: self._name("mail", found[0]), text)
        text = self._known.sub(lambda found: self._given[found[0]], text) if self._known else text
        for form in _ADDRESSES:
            text = form.sub(self._address, text)
        return text

    def _address(self, found: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(found[0])
        except ValueError:
            return found[0]  # a version, or a time
        if any(address in network for network in _EVERYBODY_S if network.version == address.version):
            return found[0]
        return self._name("address", found[0])

    def _name(self, kind: str, name: str) -> str:
        if name not in self._given:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._given[name] = f"{kind}-{self._counts[kind]}"
        return self._given[name]

    @property
    def map(self) -> dict[str, str]:
        """What each name stands for."""
        return {pseudonym: name for name, pseudonym in self._given.items()}

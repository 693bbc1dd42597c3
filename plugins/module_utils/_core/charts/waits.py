# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loops of shell scripts that wait and never give up (W24, F22)."""

from __future__ import annotations

import re
import typing as t

from .bounds import is_bounded

_WORDS = re.compile(r"\b(until|while|for|do|done)\b")
# What a command may follow on its line, and the words that one may follow.
_BEFORE = frozenset(";&|({\n\r'\"`")
_AFTER = ("do", "then", "else")
# A program that ends the shell in which the loop is.
_LIMITED = re.compile(r"\btimeout\s[^\n;&|]*sh\s+(?:-o\s+\w+\s+|-\w+\s+)*?-\w*c\s+(?:\"[^\"]*|'[^']*)?$")
_LIMITED_REACH = 200
_SLEEPING = re.compile(r"\bu?sleep\b")
# Asks a server again and again, even without a pause.
_ASKING = re.compile(r"(?:until|while\s+!)\s[^;\n]*?\b(?:nc|curl|wget|pg_isready|psql|redis-cli|getent|nslookup)\s")
# Ends with its input.
_READING = re.compile(r"while\s+(?:IFS=\S*\s+)?read\b")


def endless_waits(script: str) -> t.Iterator[int]:
    """Where, in characters, a script has loops that wait and have no bound."""
    for start, end in _loops(script):
        loop = script[start:end]
        limited = _LIMITED.search(script[max(0, start - _LIMITED_REACH) : start])
        waits = _SLEEPING.search(loop) or _ASKING.match(loop)
        if waits and not (limited or _READING.match(loop) or is_bounded(loop)):
            yield start


def _loops(script: str) -> t.Iterator[tuple[int, int]]:
    """The outermost ``until`` and ``while`` loops, each with its end, in one pass."""
    opened: list[tuple[str, int, bool]] = []
    for word in _WORDS.finditer(script):
        if not _begins_a_command(script, word.start()):
            continue
        said = word[1]
        if said == "do" and opened:
            kind, start, _running = opened.pop()
            opened.append((kind, start, True))
        elif said == "done":
            # A word in a text may look like the beginning of a loop; it has no "do".
            while opened and not opened[-1][2]:
                opened.pop()
            if opened:
                kind, start, _running = opened.pop()
                if kind != "for" and not any(running and other != "for" for other, _start, running in opened):
                    yield start, word.end()
        elif said != "do":
            opened.append((said, word.start(), False))


def _begins_a_command(script: str, at: int) -> bool:
    while at and script[at - 1] in " \t":
        at -= 1
    return at == 0 or script[at - 1] in _BEFORE or script[max(0, at - 4) : at].endswith(_AFTER)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a loop of a shell script compares a counter or a clock, so that it gives up at some time."""

from __future__ import annotations

import re
import typing as t

_CLOCK = re.compile(r"\$\(\s*date\b.*\)|`\s*date\b.*`|\$\{?(?:EPOCH)?SECONDS\}?")
_NUMBER = re.compile(r"-?\d+")
_ARITHMETIC = re.compile(r"\$\(\((.*)\)\)")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)(?::?[-=?+][^}]*)?\}?")
_NAME = re.compile(r"[A-Za-z_]\w*")
_CHANGES = re.compile(r"\+\+|--|[-+]=")
# A comparison within a test, with what stands on its two sides; the length keeps a long line from taking long.
_TEST = re.compile(
    r"(?:\[\[?|\btest|\s-[ao]|&&|\|\||!)[ \t]+(?P<left>[^\n;\[]{1,200}?)[ \t]+(?P<how>-(?:lt|le|gt|ge|eq|ne)|==?|!=)[ \t]+"
    r"(?P<right>[^\n;]{1,200}?)(?=[ \t]*(?:\]|$|[;\n]|&&|\|\|)|[ \t]+-[ao][ \t])"
)
_ORDERED = ("-lt", "-le", "-gt", "-ge")
_BARE = re.compile(r"(?<!\$)\(\((?P<all>[^()]*?(?P<how>[<>]=?|[!=]=)[^()]*)\)\)")
_COUNTED = re.compile(
    r"\b(?P<set>[A-Za-z_]\w*)=[\"']?(?:\$\(\(|\$\[|\$\(\s*(?:date|expr)\b|`\s*(?:date|expr)\b)"
    r"|\blet\s+[\"']?(?P<let>[A-Za-z_]\w*)|\(\(\s*(?:\+\+|--)?\s*(?P<sum>[A-Za-z_]\w*)\s*(?:\+\+|--|[-+]?=(?!=)|\)\))"
)
_ASSIGNED = re.compile(r"\b([A-Za-z_]\w*)=[\"']?(?:\$\(|`)")


class _Names(t.NamedTuple):
    """The variables of a loop: those that count or hold the time, and those that hold what a command prints."""

    counted: set[str]
    printed: set[str]


def is_bounded(loop: str) -> bool:
    """Whether a loop compares something that changes by itself; what a command prints may never change."""
    counted = {name for found in _COUNTED.finditer(loop) for name in found.groups() if name}
    names = _Names(counted, set(_ASSIGNED.findall(loop)) - counted)
    tests = any(_bounds(names, each["how"] in _ORDERED, each["left"], each["right"]) for each in _TEST.finditer(loop))
    return tests or any(_bounds(names, each["how"][0] in "<>", f"$(({each['all']}))") for each in _BARE.finditer(loop))


def _bounds(names: _Names, ordered: bool, *sides: str) -> bool:
    """Whether a comparison ends the loop.

    :param ordered: whether it is one of order. A loop may also wait for a value that somebody else sets; where it asks for that
        very value, only a counter of its own bounds it.
    """
    moving = False
    for side in (each.strip("\"' \t") for each in sides):
        if _CLOCK.fullmatch(side):
            moving = True
            continue
        arithmetic = _ARITHMETIC.fullmatch(side)
        variable = _VARIABLE.fullmatch(side)
        if arithmetic is None and variable is None and not _NUMBER.fullmatch(side):
            return False
        used = set(_NAME.findall(arithmetic[1])) if arithmetic else {variable[1]} if variable else set()
        if used & names.printed:
            return False
        moving |= bool(used) if ordered else bool(used & names.counted or (arithmetic and _CHANGES.search(arithmetic[1])))
    return moving

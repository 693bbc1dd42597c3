# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Something that was found beside the state of the database, and what to do about it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One sentence about what was seen, and one about what to do next."""

    message: str
    next_action: str


def told(findings: t.Iterable[Finding]) -> tuple[str, str]:
    """What was seen and what to do next, each in one text; two empty texts where nothing was found."""
    found = tuple(findings)
    return " ".join(each.message for each in found), " ".join(each.next_action for each in found)

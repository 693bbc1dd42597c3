# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the first run grants the application's roles, as data; and what of it they lack now, as a sentence (R5)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from enum import StrEnum

from .. import names
from ..counting import in_quotes
from ..findings import Finding

# The same as the application's own bootstrap grants (contract, A6).
ROLES = (names.APPLICATION_ROLE, names.POOLER_ROLE)
ON_TABLES = ("SELECT", "INSERT", "UPDATE", "DELETE")
ON_SEQUENCES = ("USAGE", "SELECT")
_NAMED = 3


class On(StrEnum):
    """What a privilege is for, as a sentence names it; the last two are of what migrations will make (default privileges)."""

    DATABASE = "database"
    SCHEMA = "schema"
    TABLES = "tables"
    SEQUENCES = "sequences"
    LATER_TABLES = "future tables"
    LATER_SEQUENCES = "future sequences"


@dataclass(frozen=True)
class Lack:
    """Privileges that one role lacks on objects of one kind.

    :param objects: their names; of what is to come there are none.
    """

    role: str
    on: On
    privileges: tuple[str, ...]
    objects: tuple[str, ...] = ()

    def words(self) -> str:
        """The lack as it reads after "lacks"."""
        first = self.objects[:_NAMED]
        some = in_quotes(first) if self.on is On.DATABASE else ", ".join(first)
        more = len(self.objects) - _NAMED
        named = f" {some}" + (f" and {more} more" if more > 0 else "") if some else ""
        return f"{', '.join(self.privileges)} on {self.on.value}{named}"


def finding(database: str, lacks: t.Sequence[Lack]) -> Finding | None:
    """Everything that the roles lack, in one finding; none where they lack nothing."""
    if not lacks:
        return None
    each = {role: "; ".join(lack.words() for lack in lacks if lack.role == role) for role in roles(lacks)}
    lacking = ". ".join(f"Role {role} lacks {words}" for role, words in each.items())
    return Finding(
        f"In database '{database}', roles lack privileges that the first run granted them, as after a restore without "
        f"privileges: {lacking}.",
        "Run recover.yml, which grants them again.",
    )


def roles(lacks: t.Iterable[Lack]) -> tuple[str, ...]:
    """The roles that lack something."""
    return tuple(dict.fromkeys(lack.role for lack in lacks))

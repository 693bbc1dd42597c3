# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The migrations that an application image carries, against those that a database has (F16)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

NAMED = 10


@dataclass(frozen=True)
class Expected:
    """The migrations of one image, by the names that knex records: sorted names of files.

    :param image_id: the id by which the kubelet knows the image that was really read.
    """

    image_id: str
    migrations: tuple[str, ...]

    def unknown(self, applied: t.Iterable[str]) -> list[str]:
        """Migrations of a database that the image does not have: running it there would be a downgrade."""
        known = set(self.migrations)
        return [name for name in applied if name not in known]


def listed(found: t.Sequence[str]) -> str:
    """Names for a sentence, the first ten of many."""
    more = len(found) - NAMED
    return ", ".join(found[:NAMED]) + (f" and {more} more" if more > 0 else "")

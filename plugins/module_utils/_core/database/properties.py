# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a database was made: encoding, locale and the like, which are chosen once, and what is wrong with them (R17, R26)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..findings import Finding

ENCODING = "UTF8"
# Unlike template1, nobody can have changed it, and it records no collation version that could differ (PostgreSQL, Template
# Databases; initdb).
TEMPLATE = "template0"
# What PostgreSQL's image gives a new cluster, then what knows every character too (LANG of docker-library/postgres; locale -a).
LOCALES = ("en_US.utf8", "C.UTF-8", "C.utf8")
# Fits every encoding, and knows no letter beyond ASCII.
LAST_LOCALE = "C"


def options(template_encoding: str, known: t.Collection[str]) -> str:
    """The options of CREATE DATABASE that say everything which would otherwise be taken from what is there.

    The locale is the cluster's own. Only where that belongs to another encoding is one chosen.

    :param template_encoding: of :data:`TEMPLATE`, which is as the cluster was made.
    :param known: locales that the server has.
    """
    fixed = f"TEMPLATE {TEMPLATE} ENCODING '{ENCODING}'"
    if template_encoding == ENCODING:
        return fixed
    locale = next((each for each in LOCALES if each in known), LAST_LOCALE)
    return f"{fixed} LOCALE_PROVIDER libc LOCALE '{locale}'"


@dataclass(frozen=True)
class Properties:
    """How one database was made, as ``pg_database`` has it.

    :param connection_limit: -1 for none.
    :param collation_version: as it was recorded, empty where nothing is; ``actual_version`` as the operating system has it now.
    """

    encoding: str
    locale: str
    connection_limit: int = -1
    collation_version: str = ""
    actual_version: str = ""

    def words(self) -> str:
        """The two that last."""
        return f"encoding {self.encoding}, locale {self.locale}"

    def findings(self, database: str) -> tuple[Finding, ...]:
        """What is not as it has to be."""
        found = []
        if self.encoding != ENCODING:
            found.append(
                Finding(
                    f"Database '{database}' has {self.words()}, not {ENCODING}: the application misinterprets its text.",
                    "This cannot be changed in place. Plan a dump and a restore into a database created with TEMPLATE "
                    f"{TEMPLATE} ENCODING '{ENCODING}', and check the text that is not {ENCODING}.",
                )
            )
        if self.connection_limit == 0:
            found.append(
                Finding(
                    f"Database '{database}' accepts only superusers (CONNECTION LIMIT 0).",
                    f"Find out who closed it and whether the reason still applies, then ALTER DATABASE {database} CONNECTION "
                    "LIMIT -1.",
                )
            )
        if self.collation_version and self.actual_version and self.collation_version != self.actual_version:
            found.append(
                Finding(
                    f"Database '{database}' was created with collation version {self.collation_version}, but the operating "
                    f"system under PostgreSQL has {self.actual_version}: its indexes on text may not find their rows.",
                    f"Go back to an image with the previous operating system, or run REINDEX DATABASE {database} and then "
                    f"ALTER DATABASE {database} REFRESH COLLATION VERSION.",
                )
            )
        return tuple(found)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one row of table license_state, without which the application's licensing is out of order (F33, R32).

Columns, keys and defaults are those of the application's own bootstrap (alga-psa at 0451664, appliance-bootstrap.sh): an empty or
missing Secret is edition ``ee`` on trial, and a trial begins only without a license and not for the edition ``essentials``.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .. import names
from ..errors import Refused

EDITION, TRIAL, UPDATED = "edition_choice", "trial_started_at", "updated_at"
_DEFAULT_EDITION = "ee"
_EDITION_KEY, _INSTALL_KEY, _TOKEN_KEY = "EDITION_CHOICE", "INSTALL_EDITION", "LICENSE_TOKEN"
# What the Secret gives beside the edition, by column.
_COLUMNS = {
    "license_token": _TOKEN_KEY,
    "appliance_id": "APPLIANCE_ID",
    "check_in_url": "CHECK_IN_URL",
    "appliance_credential": "APPLIANCE_CREDENTIAL",
}


@dataclass(frozen=True)
class LicenseRow:
    """The row to make.

    :param values: texts by column.
    :param now: columns that get the present time.
    """

    values: t.Mapping[str, str] = field(repr=False)
    now: tuple[str, ...] = ()

    @property
    def edition(self) -> str:
        """The edition that is chosen."""
        return self.values[EDITION]


def row(given: t.Mapping[str, str], columns: t.Collection[str]) -> LicenseRow:
    """The row that a table of these columns gets.

    :param given: what the Secret holds; empty where there is none.
    :raises Refused: where the table has no column for what the Secret gives: what would be left out is not known to be harmless.
    """
    values = {EDITION: given.get(_EDITION_KEY) or _DEFAULT_EDITION}
    values |= {column: given[key] for column, key in _COLUMNS.items() if given.get(key)}
    on_trial = values[EDITION] == _DEFAULT_EDITION and not given.get(_TOKEN_KEY) and given.get(_INSTALL_KEY, "") != "essentials"
    now = (TRIAL,) if on_trial else ()
    if lacking := [column for column in (*values, *now) if column not in columns]:
        raise Refused(
            f"Could not insert the row of table {names.LICENSE_TABLE}: it has no column {', '.join(lacking)}, so this version "
            "of the application requires another row than the collection knows. Nothing was inserted, and the application's "
            "licensing does not work until the table has one. Insert the row as the application's own bootstrap does."
        )
    return LicenseRow(values, (*now, UPDATED) if UPDATED in columns else now)

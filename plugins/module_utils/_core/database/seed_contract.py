# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seed contract: which tables tell that seeds have run, and what betrays demonstration data. Configuration, checked."""

from __future__ import annotations

import difflib
import typing as t
from dataclasses import dataclass, field

from .. import names

TABLES, FILLED, DEMONSTRATION = "tables", "filled_by_migrations", "demonstration"
_TABLE, _COLUMN, _VALUES = "table", "column", "values"

Tables = t.Mapping[str, int]


@dataclass(frozen=True)
class Demonstration:
    """The fingerprint of demonstration data: values that a column of a table has nowhere else (F23)."""

    table: str = "tenants"
    column: str = "client_name"
    values: tuple[str, ...] = ("Oz",)


@dataclass(frozen=True)
class SeedContract:
    """What a seeded database holds, all in schema public.

    :param tables: the least number of rows of each table; the database counts as seeded when every table has them.
    :param filled_by_migrations: tables of these that migrations fill by themselves, so that their rows prove nothing.
    """

    tables: Tables = field(default_factory=lambda: dict.fromkeys(names.SEED_TABLES, 1))
    filled_by_migrations: tuple[str, ...] = ()
    demonstration: Demonstration = field(default_factory=Demonstration)

    def judged(self, filled: t.Collection[str]) -> dict[str, int]:
        """The tables whose rows prove something, with their least numbers.

        :param filled: further tables that were seen to be filled by migrations.
        """
        return {
            table: least for table, least in self.tables.items() if table not in self.filled_by_migrations and table not in filled
        }

    @property
    def most_rows(self) -> int:
        """The greatest number of rows that has to be told apart."""
        return max(self.tables.values())


def read(given: t.Mapping[str, t.Any], where: str) -> tuple[SeedContract, list[str]]:
    """Read a contract; what is left out has its default.

    :param where: name of the variable or option, for the errors.
    :returns: the contract and every error as a sentence.
    """
    errors = [f"{where} has an unknown key {key!r}; did you mean {_near(key)}?" for key in given if key not in _READ]
    parts = {key: _READ[key](given[key], f"{where}.{key}", errors) for key in given if key in _READ}
    contract = SeedContract() if errors else SeedContract(**parts)
    if not errors and not contract.judged(()):
        errors.append(f"{where}: every table is listed in {FILLED}, so no table is left that shows whether seeds have run.")
    if not errors and (unknown := set(contract.filled_by_migrations) - set(contract.tables)):
        errors.append(f"{where}.{FILLED} names {', '.join(sorted(unknown))}, which {where}.{TABLES} does not.")
    return contract, errors


def _near(key: str) -> str:
    return str(difflib.get_close_matches(str(key), _READ, n=1, cutoff=0.0)[0])


def _tables(value: t.Any, where: str, errors: list[str]) -> dict[str, int]:
    """A mapping of tables to their least numbers of rows, or a list of tables of which one row is enough."""
    pairs = dict.fromkeys(value, 1) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value
    if not isinstance(pairs, dict) or not pairs:
        errors.append(
            f"{where} must be a list of tables, or a mapping of tables to their minimum numbers of rows, and not empty."
        )
        return {}
    errors += [f"{where} names table {name!r}, which is not text." for name in pairs if not isinstance(name, str) or not name]
    errors += [
        f"{where}.{name} is {least!r}; it must be a whole number of rows above 0."
        for name, least in pairs.items()
        if isinstance(least, bool) or not isinstance(least, int) or least < 1
    ]
    return pairs


def _texts(value: t.Any, where: str, errors: list[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        errors.append(f"{where} must be a list of strings.")
        return ()
    return tuple(value)


def _demonstration(value: t.Any, where: str, errors: list[str]) -> Demonstration:
    if not isinstance(value, dict) or set(value) != {_TABLE, _COLUMN, _VALUES}:
        errors.append(f"{where} must have exactly the keys {_TABLE}, {_COLUMN} and {_VALUES}.")
        return Demonstration()
    errors += [
        f"{where}.{key} is {value[key]!r}; it must be a name."
        for key in (_TABLE, _COLUMN)
        if not isinstance(value[key], str) or not value[key]
    ]
    return Demonstration(value[_TABLE], value[_COLUMN], _texts(value[_VALUES], f"{where}.{_VALUES}", errors))


_READ: dict[str, t.Callable[[t.Any, str, list[str]], t.Any]] = {
    TABLES: _tables,
    FILLED: _texts,
    DEMONSTRATION: _demonstration,
}

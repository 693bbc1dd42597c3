# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in the environment variables that charts give to containers (W15)."""

from __future__ import annotations

import re
import typing as t

from .addresses import pooled_superuser
from .pods import Container
from .rendered import Charts
from .rows import ChartFinding, Row
from .variables import Variable

_QUOTED_BOOLEAN = re.compile(r"""(["'])(?:true|false|yes|no|on|off|1|0)\1""", re.IGNORECASE)
_HASHING = ("ITERATIONS", "SALT_BYTES")


def _found(row: Row, variable: Variable, message: str, next_action: str) -> ChartFinding:
    return ChartFinding(row, variable.item.chart, variable.place, message, next_action)


def missing_services(charts: Charts) -> t.Iterator[ChartFinding]:
    """Addresses of Services that nobody has (F52)."""
    for container, variable, named in charts.missing_services:
        if charts.live is not None and named in charts.live.services:
            continue
        near = sorted(known.name for known in charts.services if known.name.startswith(named.name))
        what = f"Variable {variable.name} of {container} names {named}, which none of the charts renders"
        if charts.live is not None and named in charts.live.unread:
            what += "; the kubeconfig's user is not allowed to see whether the cluster has it"
        elif charts.live is not None:
            what += " and the cluster does not have"
        do = "Correct the value, or check this chart together with the one that has the Service."
        yield _found(Row.MISSING_SERVICE, variable, f"{what}.", f"Did you mean {near[0]}? {do}" if near else do)


def pooled_superusers(charts: Charts) -> t.Iterator[ChartFinding]:
    """Containers that connect as the superuser through PgBouncer."""
    for container, given in charts.variables:
        variables = {variable.name: variable for variable in given}
        for name in pooled_superuser({each: variable.value for each, variable in variables.items()}):
            yield _found(
                Row.POOLED_SUPERUSER,
                variables[name],
                f"With {name}, {container} connects as the superuser postgres through PgBouncer.",
                "Point it at PostgreSQL itself, such as db:5432, or use the pooler's own role app_user_pgbouncer.",
            )


def unequal_hashing(charts: Charts) -> t.Iterator[ChartFinding]:
    """Containers that hash passwords in another way than the first one, which is the core's where it is given first."""
    first: dict[str, tuple[Container, str]] = {}
    for container, variables in charts.variables:
        for variable in variables:
            if variable.name not in _HASHING:
                continue
            reference, value = first.setdefault(variable.name, (container, variable.value))
            if variable.value != value:
                yield _found(
                    Row.UNEQUAL_HASHING,
                    variable,
                    f"{variable.name} is {variable.value!r} in {container}, and {value!r} in {reference}.",
                    "Give all of them the core's value, with which the stored passwords were made.",
                )


def quoted_booleans(charts: Charts) -> t.Iterator[ChartFinding]:
    """Booleans whose quotes belong to the value."""
    for container, variables in charts.variables:
        for variable in variables:
            if _QUOTED_BOOLEAN.fullmatch(variable.value.strip()):
                yield _found(
                    Row.QUOTED_BOOLEAN,
                    variable,
                    f"The value of {variable.name} in {container} includes the quotes: {variable.value}.",
                    "Override the variable in the chart's values, for example in extraEnv, without inner quotes.",
                )

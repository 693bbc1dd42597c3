# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the one row of table license_state where the table is there and empty (R32)."""

from __future__ import annotations

import contextlib

from ..._core import names
from ..._core.database.license_seed import LicenseRow, row
from ..cluster.kubernetes import KubernetesApi, as_text
from ..cluster.secrets import read_secret
from ..database.postgresql import Session, identifier
from ..database.server import InCluster


def wanted(api: KubernetesApi, namespace: str, server: InCluster, database: str) -> LicenseRow:
    """The row that the application's table gets.

    :raises Refused: where the table wants another one.
    :raises ObservationFailed: where something could not be read.
    """
    where = f"{namespace}/{names.LICENSE_SECRET}"
    data = read_secret(api, namespace, names.LICENSE_SECRET) or {}
    given = {key: as_text(value, key, where).strip() for key, value in data.items()}
    with contextlib.closing(server.connect(database)) as session:
        columns = session.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = :table",
            table=names.LICENSE_TABLE,
        )
    return row(given, [str(column[0]) for column in columns])


def insert(server: InCluster, database: str, made: LicenseRow) -> None:
    """Make the row; one that is there by then is left as it is."""
    with contextlib.closing(server.connect(database)) as session:
        _insert(session, made)


def _insert(session: Session, made: LicenseRow) -> None:
    columns = ", ".join(identifier(column) for column in (*made.values, *made.now))
    values = ", ".join([*(f"cast(:{column} AS text)" for column in made.values), *("now()" for _column in made.now)])
    # A license is as secret as a password, and a server that logs every statement logs its parameters too.
    session.execute("disable the logging of parameters", "SET log_parameter_max_length = 0")
    session.execute(
        f"insert the row of {names.LICENSE_TABLE}",
        f"INSERT INTO public.{names.LICENSE_TABLE} ({columns}) SELECT {values}"
        f" WHERE NOT EXISTS (SELECT 1 FROM public.{names.LICENSE_TABLE})",
        secret=True,  # the row that was refused is in PostgreSQL's own words
        **made.values,
    )

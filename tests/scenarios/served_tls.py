# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PostgreSQL with TLS, by its own settings and without a restart."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance

DATA = "/var/lib/postgresql/data"


def serve(appliance: Appliance, file: Path) -> None:
    """Have PostgreSQL serve TLS with a certificate.

    Args:
        file: the certificate and its key.
    """
    put = f"umask 0077; cat >{DATA}/{file.name}; chown postgres: {DATA}/{file.name}"
    appliance.kubectl("exec", "-i", "db-0", "-c", "db", "--", "sh", "-c", put, stdin=file.read_text())
    for setting, value in (("ssl", "on"), ("ssl_key_file", file.name), ("ssl_cert_file", file.name)):
        appliance.sql(f"ALTER SYSTEM SET {setting} = '{value}'", "postgres")
    _reload(appliance, "ssl_cert_file", file.name)


def stop(appliance: Appliance) -> None:
    """Take TLS away again."""
    for setting in ("ssl", "ssl_key_file", "ssl_cert_file"):
        appliance.sql(f"ALTER SYSTEM RESET {setting}", "postgres")
    _reload(appliance, "ssl", "off")


def _reload(appliance: Appliance, setting: str, value: str) -> None:
    appliance.sql("SELECT pg_reload_conf()", "postgres")
    shown = f"SELECT current_setting('{setting}')"
    wait_for("PostgreSQL's settings", lambda: None if appliance.sql(shown) == value else "the old ones", seconds=60)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patience is for what stands still: a slow bootstrap is never killed, a blocked one is reported with what it waits for."""

from __future__ import annotations

import re
import subprocess

from appliance import ROWS, Appliance
from node.commands import wait_for

BUILDING = "server_building"
# Longer in all than the patience, and each step shorter.
SLOW = {"STAND_IN_MIGRATION_DELAY_MS": "700"}
PATIENCE = 25


def test_what_stands_still_is_reported_with_what_it_waits_for_and_what_advances_is_not_killed_f28_u14(place: Appliance) -> None:
    command = place.command("fresh", alga_patience=PATIENCE, alga_bootstrap_env=SLOW)
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def migrating() -> str | None:
        try:
            return None if int(place.sql("SELECT count(*) FROM knex_migrations", BUILDING)) > 10 else "not there yet"
        except subprocess.CalledProcessError as error:
            return str(error.stderr)

    wait_for("the migrations to begin", migrating, seconds=120)
    # Somebody's long transaction: a later migration creates an index concurrently, and has to wait for its end.
    hold = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM users; SELECT pg_sleep(600)"
    psql = ("exec", "db-0", "-c", "db", "--", "psql", "-U", "postgres", "-d", BUILDING, "-c", hold)
    holder = subprocess.Popen(place.kubectl_command(*psql), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        output, _none = run.communicate(timeout=300)
        assert run.returncode == 2
        assert f"after {PATIENCE} seconds without progress" in output
        waiting = r"waits for Lock virtualxid, ShareLock, held by process \d+ \(postgres, psql, active\)"
        assert re.search(waiting, output), output
        assert "The Job was left as it is" in output
        running = place.kubectl("get", "job", "alga-appliance-bootstrap", "-o", "jsonpath={.status.active}")
        assert running == "1", "nobody kills what may still come to its end"
    finally:
        place.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)'", "postgres")
        holder.wait(timeout=30)

    outcome = place.playbook("fresh")
    assert outcome.code == 0, outcome.output
    assert place.rows() == ROWS
    times = "SELECT finished_at - started_at > make_interval(secs => 25) FROM alga_appliance.runs"
    assert place.sql(times) == "t", "the migrations before it took longer than the patience"

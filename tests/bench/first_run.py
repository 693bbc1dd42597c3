# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a first run takes beside the application's own commands: create, migrate and seed, in the same image.

The image is the stand-in's with as many migrations as the application's own. Both work on the same PostgreSQL of a new
appliance, in turn, and which is first changes with each repetition:

- "bare": one pod that runs the image's commands one after the other on a database that is dropped afterwards. Measured from
  the first line of its script to the last, by the container's clock, which leaves out what the pod takes to start.
- "first run": from the moment on which the API server has the bootstrap Job to the end of the run in the ledger, which is
  written right before the database is published by its rename. It has the start of two pods in it.

All clocks are this machine's.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import statistics
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.bench.controller import REPETITIONS, verdict
from ansible_collections.alga.appliance.tests.scenarios import image_variants
from ansible_collections.alga.appliance.tests.scenarios.appliance import NAMESPACE, Appliance, empty_place

GOAL = 1.2
# Stopped between PostgreSQL and the bootstrap.
NO_SERVICE = {"alga_db_service": "not-there", "alga_progress_timeout": 3}
JOB = "alga-appliance-bootstrap"
POD = "bench-bare"
DATABASE, COLLABORATION = "bench_bare", "bench_bare_hocuspocus"
PARTS = ("create", "migrate", "seed")
KNEX = "--knexfile /app/server/knexfile.cjs"
SCRIPT = f"""set -eu
at() {{ echo "at $(date +%s.%N)"; }}
at
node /app/server/setup/create_database.js
at
NODE_ENV=migration npx knex migrate:latest {KNEX}
at
NODE_ENV=migration npx knex seed:run {KNEX}
at
"""
AT = re.compile(r"^at ([\d.]+)$", re.MULTILINE)
SECRETS = {
    "DB_PASSWORD_ADMIN": "DB_PASSWORD_SUPERUSER",
    **{key: key for key in ("DB_PASSWORD_SERVER", "DB_PASSWORD_PGBOUNCER", "DB_PASSWORD_HOCUSPOCUS")},
}


def bare_pod(image: str) -> dict[str, t.Any]:
    """The pod that runs the image's own commands."""
    plain = {
        "APP_ENV": "production",
        "DB_HOST": f"db.{NAMESPACE}.svc",
        "DB_PORT": "5432",
        "DB_NAME_SERVER": DATABASE,
        "DB_NAME_HOCUSPOCUS": COLLABORATION,
        "DB_USER_SERVER": "app_user",
        "MIGRATIONS_DIR": "/app/server/migrations",
        "SEEDS_DIR": "/app/server/seeds/dev",
    }
    secrets = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": "db-credentials", "key": key}}} for name, key in SECRETS.items()
    ]
    container = {
        "name": "bare",
        "image": image,
        "imagePullPolicy": "Always",
        "command": ["/bin/sh", "-c", SCRIPT],
        "env": [*({"name": name, "value": value} for name, value in plain.items()), *secrets],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD},
        "spec": {"restartPolicy": "Never", "containers": [container]},
    }


def bare(appliance: Appliance, image: str) -> list[float]:
    """The seconds of create, migrate and seed. Of what they make, the roles stay, with the passwords of the Secret."""
    appliance.kubectl("create", "-f", "-", stdin=json.dumps(bare_pod(image)))

    def phase() -> str | None:
        found = appliance.kubectl("get", "pod", POD, "-o", "jsonpath={.status.phase}")
        return None if found in ("Succeeded", "Failed") else found

    wait_for("the application's own commands", phase, seconds=300)
    log = appliance.kubectl("logs", POD)
    times = [float(each) for each in AT.findall(log)]
    if len(times) != len(PARTS) + 1:
        for secret in appliance.secret().values():
            log = log.replace(secret, "(hidden)")
        sys.exit(f"{log[-2000:]}\nThe application's own commands failed.")
    migrations = appliance.sql("SELECT count(*) FROM knex_migrations", DATABASE)
    if int(migrations) != image_variants.MANY:
        sys.exit(f"The application's own commands applied {migrations} migrations instead of {image_variants.MANY}.")
    appliance.kubectl("delete", "pod", POD)
    for database in (DATABASE, COLLABORATION):
        appliance.sql(f"DROP DATABASE {database} WITH (FORCE)", "postgres")
    return [after - before for before, after in itertools.pairwise(times)]


@contextlib.contextmanager
def first_seen(appliance: Appliance, job: str) -> t.Iterator[list[float]]:
    """Note when a Job is seen for the first time, to the millisecond; the API server's own times are whole seconds."""
    seen: list[float] = []
    command = appliance.kubectl_command("get", "jobs", "--watch", "--no-headers", "--output=custom-columns=:.metadata.name")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:

        def look() -> None:
            for line in watch.stdout or ():
                if line.strip() == job and not seen:
                    seen.append(time.time())

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield seen
        finally:
            watch.terminate()
            thread.join()


def first_run(appliance: Appliance) -> float:
    """The seconds from the Job to publication."""
    with first_seen(appliance, JOB) as seen:
        outcome = appliance.playbook("fresh")
    if outcome.code:
        sys.exit(outcome.output)
    migrations, published = appliance.sql(
        "SELECT migrations_after, extract(epoch FROM finished_at) FROM alga_appliance.runs"
    ).split("|")
    if int(migrations) != image_variants.MANY:
        sys.exit(f"The first run applied {migrations} migrations instead of {image_variants.MANY}.")
    return float(published) - seen[0]


def ready(appliance: Appliance) -> None:
    """Bring a new appliance to where PostgreSQL answers and has no application database."""
    outcome = appliance.playbook("fresh", **NO_SERVICE)
    if not outcome.failed:
        sys.exit(f"{outcome.output}\nThe first run was to stop before the bootstrap.")

    def state() -> str | None:
        found = str(appliance.module("alga_pg_state")["state"])
        return None if found == "absent" else found

    wait_for("PostgreSQL", state, seconds=90)


def run(folder: Path) -> None:
    """Measure both in turn, each time on a new appliance, and report."""
    image = image_variants.publish("many", add=image_variants.many_migrations())
    values = {part: {"image": {"tag": image.rpartition(":")[2]}} for part in ("server", "setup")}
    count = image_variants.MANY
    print(f"Measuring a first run with {count} migrations, {REPETITIONS} repetitions in turn with bare commands.", flush=True)
    parts: list[list[float]] = []
    runs: list[float] = []
    for repetition in range(REPETITIONS):
        with empty_place(folder, {"alga_values": values}) as appliance:
            ready(appliance)
            if repetition % 2 == 0:
                parts.append(bare(appliance, image))
                runs.append(first_run(appliance))
            else:
                runs.append(first_run(appliance))
                parts.append(bare(appliance, image))
    own = [sum(each) for each in parts]
    for name, seconds in (("bare commands", own), ("first run", runs)):
        print(f"{name:<14} median {statistics.median(seconds):5.1f} s, {', '.join(f'{each:.1f}' for each in seconds)}")
    split = ", ".join(
        f"{part} {statistics.median(each):.1f} s" for part, each in zip(PARTS, zip(*parts, strict=True), strict=True)
    )
    ratio = statistics.median(runs) / statistics.median(own)
    added = statistics.median(whole - part for whole, part in zip(runs, own, strict=True))
    print(f"Of the bare commands: {split}. The first run adds {added:.1f} s.")
    print(f"{verdict(ratio <= GOAL)}: from Job to publication {ratio:.2f}x the bare commands, wanted {GOAL}x or less.")

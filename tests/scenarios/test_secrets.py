# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret in any output, in process arguments or in PostgreSQL's log (F9, F10, U15): every playbook, at -vvv --diff."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import ROWS, Appliance, empty_place

CANARY = "canary-in-the-values"
KEYS = "alga-core-sebastian-secrets"
LOUD = ("-vvv", "--diff")
NO_SERVICE = {"alga_db_service": "not-there", "alga_progress_timeout": 3}


class Watcher:
    """Collects the arguments of every process on the machine while something runs."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.seen.update(processes.command_line(pid) for pid in processes.every())

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    # The generated keys are a hook's (R29): helm answers with its hooks beside the manifest.
    values = {"licence": {"token": CANARY}, "secretsByHook": True}
    with empty_place(tmp_path_factory.mktemp("secrets"), {"alga_values": values}) as made:
        yield made


def test_no_secret_is_shown_or_logged(place: Appliance) -> None:
    outputs = []
    with Watcher() as watcher:
        outputs.append(place.playbook("fresh", "--check", *LOUD).output)
        # Stopped between PostgreSQL and its roles, so that PostgreSQL can be told to log every statement that makes them.
        outputs.append(place.playbook("fresh", *LOUD, **NO_SERVICE).output)
        wait_for(
            "PostgreSQL", lambda: None if place.module("alga_pg_state")["state"] == "absent" else "not there yet", seconds=60
        )
        place.sql("ALTER SYSTEM SET log_statement = 'all'", "postgres")
        place.sql("SELECT pg_reload_conf()", "postgres")
        made = place.playbook("fresh", *LOUD)
        assert made.code == 0, made.output
        assert place.rows() == ROWS
        outputs += [made.output, place.playbook("fresh", *LOUD).output]
        outputs += [
            place.playbook(name, *options, *LOUD).output for name in ("recover", "status") for options in ((), ("--check",))
        ]
        for name in ("alga_pg_state", "alga_db_credentials", "alga_seed_gate"):
            options = f"kubeconfig={place.kubeconfig} environment=demonstration"
            command = ["ansible", "localhost", *LOUD, "-m", f"alga.appliance.{name}", "-a", options]
            asked = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
            assert '"decision"' in asked.stdout
            outputs.append(asked.stdout + asked.stderr)

    log = place.kubectl("logs", "db-0", "-c", "db")
    assert "CREATE ROLE" in log, "otherwise there was nothing to find"
    job = place.kubectl("logs", "job/alga-appliance-bootstrap")
    assert "(hidden)" in job, "the application's knexfile prints a password, which is taken out"
    made_by_hook = json.loads(place.kubectl("get", "secret", KEYS, "-o", "json"))
    assert "helm.sh/hook" in made_by_hook["metadata"]["annotations"] and KEYS not in place.release()
    secrets = {CANARY, *(value for name in ("db-credentials", "alga-psa-shared", KEYS) for value in place.secret(name).values())}
    assert min(map(len, secrets)) > 10
    places = {"output": "\n".join(outputs), "PostgreSQL's log": log, "the Job's log": job}
    places["process arguments"] = b"\n".join(watcher.seen).decode(errors="replace")
    assert "ansible-playbook" in places["process arguments"]
    found = [
        f"{name}: ...{text[max(0, at - 60) : at]}"
        for name, text in places.items()
        for secret in secrets
        if (at := text.find(secret)) >= 0
    ]
    assert found == []


def test_a_password_option_is_not_shown_when_the_task_fails(place: Appliance) -> None:
    answer = place.module(
        "alga_pg_state", kubeconfig=None, login_host="127.0.0.1", login_port=1, login_password=CANARY, expect=["seeded"]
    )
    assert answer["failed"]
    assert CANARY not in json.dumps(answer)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot be read has an answer of its own, and none of them is "empty" (F27, U6)."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import typing as t
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import yaml

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios import served_tls
from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART, Appliance
from ansible_collections.alga.appliance.tests.unit.authority import DAY, Authority, authority

MODULE = "ansible_collections.alga.appliance.plugins.modules.alga_pg_state"
MAKES_SOMETHING = {"build", "create", "open", "absent", "migrated", "created"}


def change_password(appliance: Appliance, password: str) -> None:
    """Overwrite the superuser's password in the Secret, and nothing else."""
    data = {"DB_PASSWORD_SUPERUSER": base64.b64encode(password.encode()).decode()}
    appliance.kubectl("patch", "secret", "db-credentials", "--type=merge", "-p", json.dumps({"data": data}))


@pytest.fixture
def wrong_password(fresh: Appliance) -> Iterator[dict[str, t.Any]]:
    password = fresh.secret()["DB_PASSWORD_SUPERUSER"]
    change_password(fresh, "another-password")
    yield {}
    change_password(fresh, password)


@pytest.fixture
def stopped(fresh: Appliance) -> Iterator[dict[str, t.Any]]:
    fresh.kubectl("scale", "statefulset", "db", "--replicas=0")
    fresh.kubectl("wait", "--for=delete", "pod/db-0", "--timeout=150s")
    yield {}
    fresh.kubectl("scale", "statefulset", "db", "--replicas=1")
    fresh.kubectl("wait", "--for=jsonpath={.status.readyReplicas}=1", "statefulset/db", "--timeout=150s")
    wait_for(
        "PostgreSQL",
        lambda: (
            None
            if fresh.module("alga_pg_state", expect=["seeded"], environment="demonstration")["failed"] is False
            else "not yet"
        ),
        seconds=60,
    )


def kubeconfig(appliance: Appliance, folder: Path, change: t.Callable[[dict[str, t.Any]], None]) -> str:
    """A changed copy of the kubeconfig."""
    content = yaml.safe_load(Path(appliance.kubeconfig).read_text())
    change(content)
    copy = folder / "kubeconfig"
    copy.touch(mode=0o600)
    copy.write_text(yaml.safe_dump(content))
    return str(copy)


@pytest.fixture
def api_down(fresh: Appliance, tmp_path: Path) -> dict[str, t.Any]:
    def change(content: dict[str, t.Any]) -> None:
        content["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"

    return {"kubeconfig": kubeconfig(fresh, tmp_path, change)}


@pytest.fixture
def forbidden(fresh: Appliance, tmp_path: Path) -> dict[str, t.Any]:
    token = fresh.kubectl("create", "token", "default").strip()

    def change(content: dict[str, t.Any]) -> None:
        content["users"][0]["user"] = {"token": token}

    return {"kubeconfig": kubeconfig(fresh, tmp_path, change)}


@pytest.fixture
def wrong_service() -> dict[str, t.Any]:
    return {"service": "db-elsewhere"}


CASES = [
    ("stopped", "unreachable", "no_running_pod"),
    ("wrong_password", "auth_failed", None),
    ("wrong_service", "unreachable", "service_not_found"),
    ("api_down", "unknown", "api_unreachable"),
    ("forbidden", "unknown", "api_forbidden"),
]


@pytest.mark.parametrize(("case", "state", "reason"), CASES, ids=[case for case, _state, _reason in CASES])
def test_each_failure_has_its_own_answer(
    fresh: Appliance, request: pytest.FixtureRequest, case: str, state: str, reason: str | None
) -> None:
    options = request.getfixturevalue(case)
    answer = fresh.module("alga_pg_state", environment="demonstration", **options)
    assert (answer["state"], answer["evidence"].get("reason")) == (state, reason), answer
    assert answer["next_action"]
    refused = fresh.module("alga_pg_state", expect=["seeded"], **options)
    assert refused["failed"] and answer["msg"] in refused["msg"]
    gate = fresh.module("alga_seed_gate", **options)
    assert (gate["decision"], gate["state"]) == ("blocked", state)


def test_the_answers_differ() -> None:
    assert len({(state, reason) for _case, state, reason in CASES}) == len(CASES)


@pytest.mark.parametrize("case", ["wrong_password", "api_down", "forbidden"])
def test_recover_stops_there_and_makes_nothing(fresh: Appliance, request: pytest.FixtureRequest, case: str) -> None:
    options = request.getfixturevalue(case)
    objects, roles = fresh.objects(), fresh.roles()
    outcome = fresh.playbook("recover", **{f"alga_{name}": value for name, value in options.items()})
    assert outcome.failed == 1
    assert (fresh.objects(), fresh.roles()) == (objects, roles)


def test_status_says_that_the_password_does_not_belong_to_this_data(fresh: Appliance, wrong_password: dict[str, t.Any]) -> None:
    outcome = fresh.playbook("status")
    assert outcome.code == 0, outcome.output
    assert "password for role postgres does not match" in outcome.output
    assert "do not create a new one" in outcome.output


def test_a_postgresql_by_host_and_port(fresh: Appliance) -> None:
    address = fresh.kubectl("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}")
    fresh.sql("CREATE ROLE reader LOGIN PASSWORD 'reads' IN ROLE pg_read_all_data")
    superuser = fresh.secret()["DB_PASSWORD_SUPERUSER"]
    by_address = {"kubeconfig": None, "login_host": address, "ssl_mode": "disable"}
    for user, password in (("postgres", superuser), ("reader", "reads")):
        options = {**by_address, "login_user": user, "environment": "demonstration"}
        answer = fresh.module("alga_pg_state", login_password=password, **options)
        assert answer["state"] == "seeded", answer
        answer = fresh.module("alga_pg_state", login_password="wrong", **options)
        assert (answer["state"], answer["evidence"]["sqlstate"]) == ("auth_failed", "28P01")
    fresh.sql("DROP ROLE reader")
    password = fresh.secret()["DB_PASSWORD_SERVER"]
    answer = fresh.module("alga_pg_state", **by_address, login_user="app_user", login_password=password)
    assert (answer["state"], answer["evidence"]["sqlstate"]) == ("unknown", "42501"), "what it may not read is not empty"
    answer = fresh.module("alga_pg_state", **by_address, login_port=1)
    assert (answer["state"], answer["evidence"]["reason"]) == ("unreachable", "connection_failed")


@pytest.fixture
def serves(fresh: Appliance) -> Iterator[t.Callable[[Path], None]]:
    """Gives PostgreSQL a certificate, and takes TLS away again."""
    yield lambda file: served_tls.serve(fresh, file)
    served_tls.stop(fresh)


def test_a_postgresql_by_address_is_verified_and_libpq_decides_the_same(
    fresh: Appliance, serves: t.Callable[[Path], None], tmp_path: Path
) -> None:
    address = fresh.kubectl("get", "pod", "db-0", "-o", "jsonpath={.status.podIP}")
    password = fresh.secret()["DB_PASSWORD_SUPERUSER"]
    own, other = authority(tmp_path, "own"), authority(tmp_path, "other")

    def answer(mode: str, trusted: Authority | None = None) -> str:
        """The state, or what was said of TLS."""
        ca_cert = {"ca_cert": str(trusted.file)} if trusted else {}
        options = {"kubeconfig": None, "login_host": address, "login_password": password, "environment": "demonstration"}
        found = fresh.module("alga_pg_state", **options, **ca_cert, ssl_mode=mode)
        said = found["msg"] if found["evidence"].get("reason") == "tls_failed" else found["state"]
        login = {"host": address, "user": "postgres", "password": password, "dbname": "server", "sslmode": mode}
        refusal = pytest.raises(psycopg2.OperationalError) if found["state"] == "unknown" else contextlib.nullcontext()
        with refusal:
            psycopg2.connect(**login, sslrootcert=str(trusted.file) if trusted else "").close()
        return str(said)

    assert "does not offer TLS" in answer("verify-full", own) and "does not offer TLS" in answer("require")
    assert answer("prefer") == "seeded"
    serves(own.issue(address))
    assert [answer(mode, own) for mode in ("verify-full", "verify-ca")] == ["seeded", "seeded"]
    assert [answer(mode) for mode in ("require", "prefer", "disable")] == ["seeded", "seeded", "seeded"]
    assert "its certificate was rejected: unable to get local issuer certificate" in answer("verify-full", other)
    serves(own.issue("192.0.2.1"))
    assert "IP address mismatch" in answer("verify-full", own)
    assert answer("verify-ca", own) == "seeded"
    serves(own.issue(address, -DAY))
    assert "certificate has expired" in answer("verify-ca", own)
    assert answer("require") == "seeded"


def test_the_module_on_a_target_answers_as_the_controller_does(fresh: Appliance) -> None:
    options = {"kubeconfig": fresh.kubeconfig, "environment": "demonstration"}
    ended = subprocess.run(
        [sys.executable, "-m", MODULE],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": options}),
        capture_output=True,
        text=True,
        check=True,
    )
    answer, local = json.loads(ended.stdout), fresh.module("alga_pg_state", **options)
    assert {key: answer[key] for key in ("state", "decision", "msg", "evidence")} == {
        key: local[key] for key in ("state", "decision", "msg", "evidence")
    }


def test_everything_that_is_wrong_is_said_at_once(fresh: Appliance, tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("name: [")
    objects = fresh.objects()
    outcome = fresh.playbook(
        "fresh",
        alga_kubeconfig="/nowhere/kubeconfig",
        alga_chart=str(tmp_path),
        alga_namespace="Not A Name",
        alga_release="x" * 70,
        alga_environment="test",
        alga_seed_set="other",
        alga_values="text",
        alga_db_storage_size="50",
        alga_progress_timeout="soon",
        alga_chrt=str(CHART),
    )
    assert outcome.failed == 1
    assert "10 problems found" in outcome.message, outcome.message
    assert fresh.objects() == objects
    mode = fresh.module("alga_preflight", kubeconfig=None, mode="repair", settings={})
    assert mode["failed"] and "'repair'" in mode["msg"]

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several controllers at once, killed, slow and robbed ones: one works, the others wait or refuse by name (F20)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import ROWS, Appliance, empty_place
from ansible_collections.alga.appliance.tests.scenarios.test_interruption import BUILDING, SLOW, reach

LEASE = ("lease", "alga-appliance")
DURATION = 15
# What a second run is told about the first.
HELD = r"Lease msp/alga-appliance is held by \S+@\S+ {}\.yml "


class Watch:
    """Every version of some objects as the API server tells it, from now on."""

    def __init__(self, appliance: Appliance, kind: str, name: str) -> None:
        selected = ["--namespace", "msp", "get", kind, f"--field-selector=metadata.name={name}"]
        shown = ["--watch", "--output-watch-events", "--output=json"]
        command = [os.environ["KUBECTL"], "--kubeconfig", appliance.kubeconfig, *selected, *shown]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._text = ""
        self._reader = threading.Thread(target=self._read)

    def _read(self) -> None:
        assert self._process.stdout
        self._text = self._process.stdout.read()

    def __enter__(self) -> Watch:
        self._reader.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()

    def events(self) -> list[tuple[str, dict[str, t.Any]]]:
        """Type and object of every event; only after the watch has ended."""
        decoder, text, found = json.JSONDecoder(), self._text.strip(), []
        while text:
            event, end = decoder.raw_decode(text)
            found.append((event["type"], event["object"]))
            text = text[end:].lstrip()
        return found

    def turns(self) -> list[str]:
        """The Lease's holders, one after the other."""
        holders = [item["spec"].get("holderIdentity", "") for _type, item in self.events()]
        return [holder for before, holder in zip(["", *holders], holders, strict=False) if holder and holder != before]


def holder(appliance: Appliance) -> str:
    """Who holds the Lease."""
    return appliance.kubectl("get", *LEASE, "--ignore-not-found", "--output=jsonpath={.spec.holderIdentity}")


def hand_to(appliance: Appliance, name: str) -> None:
    """Make somebody hold the Lease who renewed it a moment ago by any clock, and never will again."""
    now = subprocess.run(["date", "-u", "+%Y-%m-%dT%H:%M:%S.%6NZ"], capture_output=True, text=True, check=True).stdout.strip()
    spec = {"holderIdentity": name, "leaseDurationSeconds": DURATION, "acquireTime": now, "renewTime": now}
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": LEASE[1]}, "spec": spec}
    appliance.kubectl("apply", "-f", "-", stdin=json.dumps(lease))


def begin(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a playbook and keep what it says."""
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def end(run: subprocess.Popen[bytes], seconds: float = 400) -> tuple[int, str]:
    """Its exit code and what it said."""
    output, _nothing = run.communicate(timeout=seconds)
    return run.returncode, output.decode()


def held_by_a_new_run(appliance: Appliance, run: subprocess.Popen[bytes]) -> str:
    """Wait until a run that was just started holds the Lease."""
    before = holder(appliance)
    wait_for("the Lease", lambda: None if holder(appliance) not in ("", before) else f"it runs: {run.poll() is None}", seconds=60)
    return holder(appliance)


def play(appliance: Appliance, folder: Path, tasks: list[dict[str, t.Any]]) -> list[str]:
    """The command line of a play that acquires the Lease, does something and releases it."""
    acquire = {"state": "acquired", "playbook": "test.yml", "wait_timeout": 200}
    release = {"state": "released", "holder": "{{ lease_result.evidence.lease }}"}
    content = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/alga.appliance.appliance": {"kubeconfig": appliance.kubeconfig}},
        "tasks": [
            {"alga.appliance.alga_lease": acquire, "register": "lease_result"},
            *tasks,
            {"alga.appliance.alga_lease": release, "register": "released"},
            {"ansible.builtin.debug": {"msg": "released: {{ released.changed }}"}},
        ],
    }
    file = folder / "play.json"
    file.write_text(json.dumps([content]))
    return ["ansible-playbook", str(file)]


def until_told(folder: Path) -> dict[str, t.Any]:
    """A task that is at work until :func:`tell` comes."""
    return {"ansible.builtin.wait_for": {"path": str(folder / "told"), "timeout": 300}}


def tell(folder: Path) -> None:
    """Let the play of this folder go on."""
    (folder / "told").touch()


def plays(folder: Path) -> set[int]:
    """Every process of plays that have this folder in their command line."""
    commands = {pid: processes.command_line(pid) for pid in processes.every()}
    mark = str(folder).encode()
    return {pid for pid, command in commands.items() if mark in command and b"ansible-playbook" in command}


def nobody_is_left(folder: Path) -> str | None:
    """Tell whether a process of a play of this folder still lives."""
    return f"processes {left} live" if (left := plays(folder)) else None


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Appliance, list[tuple[int, str]], Watch, Watch]]:
    """An appliance that ten runs of fresh.yml wanted to make at once."""
    with empty_place(tmp_path_factory.mktemp("appliance")) as made:
        with Watch(made, "lease", LEASE[1]) as lease, Watch(made, "secret", "db-credentials") as secret:
            command = made.command("fresh", alga_progress_timeout=500)
            runs = [begin(command) for _number in range(10)]
            ended = [end(run, 900) for run in runs]
        yield made, ended, lease, secret


@pytest.fixture
def place(built: tuple[Appliance, list[tuple[int, str]], Watch, Watch]) -> Appliance:
    return built[0]


def test_of_ten_first_runs_one_builds_and_nine_wait_and_refuse_f20(
    built: tuple[Appliance, list[tuple[int, str]], Watch, Watch],
) -> None:
    appliance, ended, lease, secret = built
    assert sorted(code for code, _output in ended) == [0] + [2] * 9, "\n".join(output for _code, output in ended)
    refused = [output for code, output in ended if code]
    sentence = "fresh.yml expects no data but found data of this appliance"
    assert [output for output in refused if sentence not in output] == []
    assert any(re.search(HELD.format("fresh"), output) for output in refused), "otherwise none of them saw an empty place too"
    assert holder(appliance) == ""
    turns = lease.turns()
    assert 1 < len(turns) == len(set(turns)), "nobody came back to it after another"
    assert [kind for kind, _item in secret.events()].count("ADDED") == 1
    assert [kind for kind, _item in secret.events()].count("DELETED") == 0
    assert appliance.rows() == ROWS
    assert appliance.sql("SELECT mode, outcome FROM alga_appliance.runs") == "fresh|complete"
    roles = "SELECT max(xmin::text::bigint) FROM pg_authid WHERE rolcanlogin"
    entry = "SELECT xmin::text::bigint FROM alga_appliance.runs"
    assert appliance.sql(f"SELECT ({roles}) < ({entry})") == "t"


def test_ten_plays_take_turns_f20(place: Appliance, tmp_path: Path) -> None:
    command = play(place, tmp_path, [{"ansible.builtin.pause": {"seconds": 1}}])
    with Watch(place, *LEASE) as watch:
        runs = [begin(command) for _number in range(10)]
        ended = [end(run) for run in runs]
    assert [code for code, _output in ended] == [0] * 10, "\n".join(output for _code, output in ended)
    assert all("released: True" in output for _code, output in ended)
    turns = watch.turns()
    assert len(turns) == len(set(turns)) == 10
    assert sum(bool(re.search(HELD.format("test"), output)) for _code, output in ended) > 5
    wait_for("every process of the ten plays to end", lambda: nobody_is_left(tmp_path), seconds=60)


@pytest.mark.parametrize("number", [2, 3])
def test_recovers_at_once_converge_one_after_the_other_f20(place: Appliance, number: int) -> None:
    objects, roles = place.objects(), place.roles()
    command = place.command("recover")
    with Watch(place, *LEASE) as watch:
        runs = [begin(command) for _number in range(number)]
        ended = [end(run) for run in runs]
    for code, output in ended:
        assert code == 0 and "changed=0 " in output, output
    turns = watch.turns()
    assert len(turns) == len(set(turns)) == number
    assert sum(bool(re.search(HELD.format("recover"), output)) for _code, output in ended) == number - 1
    assert (place.objects(), place.roles(), place.rows()) == (objects, roles, ROWS)
    assert holder(place) == ""


@pytest.mark.parametrize("killed_too", ["nothing else", "what renews beside it"])
def test_the_lease_of_a_killed_run_is_taken_over_by_name_f20(place: Appliance, tmp_path: Path, killed_too: str) -> None:
    run = begin(play(place, tmp_path, [until_told(tmp_path)]))
    killed = held_by_a_new_run(place, run)
    if killed_too == "what renews beside it":
        beside = plays(tmp_path) - set(processes.family(run.pid))
        assert len(beside) == 1
        os.kill(beside.pop(), signal.SIGKILL)
    processes.kill_family(run.pid)
    run.wait()
    outcome = place.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert f"was held by {killed}" in outcome.output
    assert "This run has taken over" in outcome.output
    assert holder(place) == ""


def test_a_holder_that_does_nothing_for_long_is_not_robbed_f20(place: Appliance, tmp_path: Path) -> None:
    change = {"alga.appliance.alga_shared_secret": {"lease": "{{ lease_result.evidence.lease }}"}}
    run = begin(play(place, tmp_path, [until_told(tmp_path), change]))
    name = held_by_a_new_run(place, run)
    answer = place.module("alga_lease", state="acquired", wait_timeout=DURATION + 8)
    assert answer["failed"], answer
    assert f"it is held by {name}, which acquired it at" in answer["msg"]
    assert "Nothing was changed." in answer["msg"]
    assert answer["evidence"]["held_by"] == name
    tell(tmp_path)
    code, output = end(run)
    assert code == 0 and "released: True" in output, output
    wait_for("every process of the play to end", lambda: nobody_is_left(tmp_path), seconds=60)


def test_a_robbed_run_stops_and_names_the_robber_f20(place: Appliance, tmp_path: Path) -> None:
    change = {"alga.appliance.alga_shared_secret": {"lease": "{{ lease_result.evidence.lease }}"}}
    run = begin(play(place, tmp_path, [until_told(tmp_path), change]))
    held_by_a_new_run(place, run)
    hand_to(place, "somebody@elsewhere")
    tell(tmp_path)
    code, output = end(run)
    assert code == 2
    assert "which no longer holds it: it is held by somebody@elsewhere" in output
    assert holder(place) == "somebody@elsewhere", "nothing of the robbed run writes it any more"


def test_check_mode_acquires_nothing_and_says_who_holds_it_f20(place: Appliance) -> None:
    hand_to(place, "somebody@elsewhere")
    before = place.kubectl("get", *LEASE, "--output=jsonpath={.metadata.resourceVersion}")
    outcome = place.playbook("recover", "--check", "-v")
    assert outcome.code == 0, outcome.output
    assert "is held by somebody@elsewhere" in outcome.output
    assert place.kubectl("get", *LEASE, "--output=jsonpath={.metadata.resourceVersion}") == before


def test_a_living_session_speaks_for_its_silent_holder_f20(place: Appliance) -> None:
    hand_to(place, "somebody@elsewhere")
    sql = "SELECT pg_advisory_lock(x'616c6761'::int), pg_sleep(300)"
    shell = [os.environ["KUBECTL"], "--kubeconfig", place.kubeconfig, "--namespace=msp", "exec", "db-0", "-c", "db", "--"]
    session = subprocess.Popen([*shell, "psql", "-U", "postgres", "-XAtc", sql], stdout=subprocess.DEVNULL)
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    wait_for("the session", lambda: None if place.sql(locks, "postgres") == "1" else "no lock yet", seconds=60)
    answer = place.module("alga_lease", state="acquired", wait_timeout=DURATION + 8)
    assert answer["failed"], answer
    assert "held by somebody@elsewhere" in answer["msg"]
    assert "there is evidence that it is alive: PostgreSQL process" in answer["msg"]
    assert holder(place) == "somebody@elsewhere"
    place.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'", "postgres")
    session.wait()
    answer = place.module("alga_lease", state="acquired", wait_timeout=DURATION + 8)
    assert answer["decision"] == "take_over", answer
    assert answer["evidence"]["held_by"] == "somebody@elsewhere"


def test_acquiring_what_is_ours_changes_nothing_and_only_its_holder_releases_f20(place: Appliance, tmp_path: Path) -> None:
    again = {"state": "acquired", "holder": "{{ lease_result.evidence.lease }}"}
    other = {"state": "released", "holder": "somebody@elsewhere"}
    facts = ["not again.changed", "again.state == 'ours'", "not other.changed", "other.state == 'held'"]
    tasks: list[dict[str, t.Any]] = [
        {"alga.appliance.alga_lease": again, "register": "again"},
        {"alga.appliance.alga_lease": other, "register": "other"},
        {"ansible.builtin.assert": {"that": [*facts, "lease_result.evidence.lease in other.msg"]}},
    ]
    code, output = end(begin(play(place, tmp_path, tasks)))
    assert code == 0 and "released: True" in output, output
    assert holder(place) == ""


def test_a_failed_run_leaves_the_lease_free_f20(place: Appliance) -> None:
    with Watch(place, *LEASE) as watch:
        outcome = place.playbook("recover", alga_db_service="not-there", alga_progress_timeout=3)
    assert outcome.failed == 1
    assert len(watch.turns()) == 1
    assert holder(place) == ""


def test_a_namespace_deleted_under_the_lease_breaks_nothing_f20(place: Appliance, tmp_path: Path) -> None:
    run = begin(play(place, tmp_path, [until_told(tmp_path)]))
    held_by_a_new_run(place, run)
    place.kubectl("delete", *LEASE)  # as the deletion of its namespace does
    tell(tmp_path)
    code, output = end(run)
    assert code == 0 and "released: False" in output, output


def test_a_worker_that_outlived_its_controller_is_alive_f20(tmp_path: Path) -> None:
    appliance = Appliance(tmp_path)
    appliance.wipe()
    run = begin(appliance.command("fresh", alga_bootstrap_env=SLOW))
    reach(appliance, "migrations", run)
    name = holder(appliance)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    answer = appliance.module("alga_lease", state="acquired", wait_timeout=2)
    assert answer["failed"], answer
    assert answer["evidence"]["held_by"] == name
    outcome = appliance.playbook("fresh")
    assert outcome.code == 0, outcome.output
    assert re.search(rf"(is|was) held by {re.escape(name)}", outcome.output)
    assert appliance.rows() == ROWS
    assert BUILDING not in appliance.databases()
    assert appliance.sql("SELECT mode, outcome FROM alga_appliance.runs") == "fresh|complete"
    assert holder(appliance) == ""
    wait_for("every process of the killed run to end", lambda: nobody_is_left(tmp_path), seconds=60)
    appliance.wipe()

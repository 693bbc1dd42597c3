# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of talosctl, what is made of its answers, and what of none."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import process
from ansible_collections.alga.appliance.plugins.module_utils._adapters.process import Unanswered
from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos.talosctl import (
    Talosctl,
    TalosRefused,
    client_version,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import TalosState
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door, EtcdData, classify
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_site import endpoint_of


@pytest.mark.parametrize(
    ("version", "upgrade", "support"),
    [
        ("v1.12.0", [], []),
        ("v1.13.0", ["--drain=false"], []),
        ("v1.13.4-beta.0", ["--drain=false"], []),
        ("v1.14.1", ["--drain=false"], ["--no-encryption"]),
    ],
)
def test_a_version_is_told_what_it_knows(version: str, upgrade: list[str], support: list[str]) -> None:
    def command(arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        assert (arguments, stdin) == (["talosctl", "version", "--client", "--short"], "")
        return 0, f"Talos {version}\n", ""

    talosctl = Talosctl("talosctl", command, "192.0.2.10", Path("/nowhere"))
    assert (talosctl.told("upgrade"), talosctl.told("support")) == (upgrade, support)


def items(kind: str, **specs: t.Any) -> str:
    return "\n".join(json.dumps({"metadata": {"id": name, "type": kind}, "spec": spec}) for name, spec in specs.items())


BOOTING = items(
    "machinestatus", machine={"stage": "booting", "status": {"unmetConditions": [{"name": "services", "reason": "x"}]}}
)
RUNNING = {"running": True, "healthy": True, "unknown": False}
MOUNTED = items("mountstatus", ETCD={"target": "/var/lib/etcd"}, EPHEMERAL={"target": "/var"})
# "list" of 1.13 writes a heading after the names, when there are several machines the machine before each, and 1.14 names alone.
NAMES = {"1.13": ".\n{}NODE   NAME\n", "1.13, several": "NODE   NAME\n10.0.0.1   .\n{}", "1.14": ".\n{}"}
NOWHERE = (1, "", "error streaming results: rpc error: code = Unknown desc = lstat /var/lib/etcd: no such file or directory\n")
GONE = (1, "", 'rpc error: code = Unavailable desc = connection error: desc = "write: broken pipe"\n')


class Machine:
    """Answers what is asked of talosctl; a list of answers is given one after the other, the last again and again."""

    def __init__(self, **answers: t.Any) -> None:
        self.answers = {"machinestatus": BOOTING, "services": "", "version": "", "mountstatus": MOUNTED, **answers}
        self.asked: list[str] = []

    def __call__(self, arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        assert seconds, "every call has a deadline"
        word = arguments[2] if arguments[1] == "get" else arguments[1]
        self.asked.append(word)
        answer = self.answers[word]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return (0, answer, "") if isinstance(answer, str) else answer

    def seen(self, monkeypatch: pytest.MonkeyPatch, door: Door = Door.OURS) -> t.Any:
        monkeypatch.setattr(talos_door, "look", lambda _node, _authority: (door, ""))
        return Talosctl("talosctl", self, "192.0.2.10", Path("/nowhere")).observe("authority")


@pytest.mark.parametrize("form", NAMES.values(), ids=list(NAMES))
@pytest.mark.parametrize(
    ("name", "data", "state"),
    [("", EtcdData.EMPTY, TalosState.CONFIGURED), ("member\n", EtcdData.PRESENT, TalosState.BOOTING)],
)
def test_the_data_of_etcd_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, form: str, name: str, data: EtcdData, state: TalosState
) -> None:
    seen = Machine(list=form.format(name)).seen(monkeypatch)
    assert (seen.etcd_data, classify(seen)) == (data, state)


@pytest.mark.parametrize(
    "answers",
    [
        {"mountstatus": "", "list": ".\n"},
        {"mountstatus": [MOUNTED, ""], "list": ".\n"},
        {"mountstatus": items("mountstatus", EPHEMERAL={"target": "/var"}), "list": ".\n"},
        {"list": NOWHERE},
        {"list": "NODE   NAME\n"},
        {"list": ""},
    ],
)
def test_a_directory_that_is_not_the_mounted_volume_is_not_empty(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, t.Any]
) -> None:
    seen = Machine(**answers).seen(monkeypatch)
    assert (seen.etcd_data, classify(seen)) == (EtcdData.UNSEEN, TalosState.BOOTING)


def test_nobody_looks_for_data_where_etcd_runs_or_services_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for answers in (
        {"services": items("services", etcd=RUNNING)},
        {"machinestatus": items("machinestatus", machine={"stage": "rebooting"})},
        {"machinestatus": ""},
    ):
        machine = Machine(**answers)
        machine.seen(monkeypatch)
        assert "list" not in machine.asked and "mountstatus" not in machine.asked


@pytest.mark.parametrize("word", ["machinestatus", "services", "version", "mountstatus", "list"])
@pytest.mark.parametrize("answer", [GONE, Unanswered()], ids=["gone", "hangs"])
def test_a_machine_that_breaks_off_is_unknown_and_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, word: str, answer: t.Any
) -> None:
    seen = Machine(**{"list": ".\n", word: answer}).seen(monkeypatch)
    assert classify(seen) is TalosState.UNKNOWN and seen.why in (
        'connection error: desc = "write: broken pipe" (Unavailable)',
        f"talosctl {'list' if word == 'list' else 'get'} gave no answer within 30 seconds",
    )


def test_a_machine_in_maintenance_mode_is_asked_for_its_stage_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(machinestatus=items("machinestatus", machine={"stage": "maintenance", "status": {"ready": True}}))
    assert classify(machine.seen(monkeypatch, Door.OPEN)) is TalosState.MAINTENANCE
    assert machine.asked == ["machinestatus"]


def test_a_refusal_is_quoted_with_its_code() -> None:
    for text in ("error: {}\n", "1 error occurred:\n\t* 192.0.2.10: {}\n\n"):
        said = text.format("rpc error: code = AlreadyExists desc = etcd data directory is not empty")
        talosctl = Talosctl("talosctl", Machine(bootstrap=(1, "", said)), "192.0.2.10", Path("/nowhere"))
        with pytest.raises(TalosRefused, match=r"code 1: etcd data directory is not empty \(AlreadyExists\)\. ") as raised:
            talosctl.call("bootstrap")
        assert raised.value.code == "AlreadyExists"


def test_a_program_that_hangs_is_an_answer() -> None:
    def hangs(arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        return process.run([sys.executable, "-c", "import time; time.sleep(60)"], stdin, seconds=0.2)

    with pytest.raises(ObservationFailed, match=r"talosctl: it did not finish version within 60 seconds"):
        client_version(hangs, "talosctl")
    with pytest.raises(TalosRefused, match=r"talosctl bootstrap .* 192\.0\.2\.10 gave no answer within 60 seconds") as raised:
        Talosctl("talosctl", hangs, "192.0.2.10", Path("/nowhere")).call("bootstrap")
    assert raised.value.code == "DeadlineExceeded"


@pytest.mark.parametrize(
    ("node", "host", "endpoint"),
    [
        ("192.0.2.10", "192.0.2.10", "https://192.0.2.10:6443"),
        ("192.0.2.10:50001", "192.0.2.10", "https://192.0.2.10:6443"),
        ("machine.example", "machine.example", "https://machine.example:6443"),
        ("2001:db8::1", "2001:db8::1", "https://[2001:db8::1]:6443"),
        ("[2001:db8::1]:50001", "2001:db8::1", "https://[2001:db8::1]:6443"),
    ],
)
def test_a_machine_is_a_node_without_its_port(node: str, host: str, endpoint: str) -> None:
    asked: list[list[str]] = []

    def command(arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> tuple[int, str, str]:
        asked.append(arguments[2:])
        return 0, "", ""

    talosctl = Talosctl("talosctl", command, node, Path("/file"))
    talosctl.call("bootstrap")
    talosctl.call("version", insecure=True)
    assert asked == [["--talosconfig", "/file", "--nodes", host, "--endpoints", node], ["--insecure", "--nodes", node]]
    assert endpoint_of(node) == endpoint

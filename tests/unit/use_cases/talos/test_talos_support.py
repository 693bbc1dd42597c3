# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What describes a machine is put into its place whole, for those whom the operator named, and over no file."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_support import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit import complete_machine as machine
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import Output, ScriptedCommand


class Writing:
    """A program that writes what it was asked for into the file that it was given, and then answers by its script."""

    def __init__(self, script: ScriptedCommand) -> None:
        self.script = script

    def __call__(self, arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> Output:
        if "--output" in arguments and "get" not in arguments:
            Path(arguments[arguments.index("--output") + 1]).write_text("age" if "--encrypt" in arguments else "canary")
        return self.script(arguments, stdin, seconds=seconds)


Ask = t.Callable[..., t.Any]


@pytest.fixture
def ask(ports: Ports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    monkeypatch.setattr(talos_door, "look", lambda *_machine: (Door.OURS, ""))
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")

    def perform(
        answers: t.Any = None, *, recipients: t.Sequence[str] = (), check_mode: bool = False, file: str = "support"
    ) -> t.Any:
        there = {
            **machine.bootstrapped(),
            "version --client": (0, "Talos v1.14.0\n", ""),
            "support": machine.OK,
            **(answers or {}),
        }
        options = machine.options(str(tmp_path), file=str(tmp_path / file), recipients=list(recipients))
        command = Writing(ports.command(there=there))
        return USE_CASE.answer(options, complete.run(check_mode=check_mode, command=command))

    return perform


def test_it_is_encrypted_before_it_has_its_place(ask: Ask, tmp_path: Path) -> None:
    assert ask(check_mode=True)["changed"] and not (tmp_path / "support").exists()
    result = ask({"age --encrypt": machine.OK}, recipients=["age1x"])
    assert result["changed"] and (tmp_path / "support").read_text() == "age" and complete.silent(result)


def test_a_file_that_exists_is_not_overwritten(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "support").write_text("kept")
    with pytest.raises(Refused, match=r"exists and is not overwritten\. Nothing was"):
        ask()
    assert (tmp_path / "support").read_text() == "kept"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"age --encrypt": (1, "", "age: error: malformed recipient")}, "malformed recipient"),
        ({"support": machine.refused("Unavailable", "connection refused"), "age --encrypt": machine.OK}, "connection refused"),
    ],
)
def test_what_did_not_succeed_leaves_no_file(ask: Ask, tmp_path: Path, answers: t.Any, said: str) -> None:
    with pytest.raises(ApplianceError, match=said):
        ask(answers, recipients=["age1x"])
    assert not (tmp_path / "support").exists()


def test_without_age_nothing_is_written_in_the_clear(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(ApplianceError, match=r"the program age"):
        ask(recipients=["age1x"])
    assert not (tmp_path / "support").exists()


def test_a_private_key_in_place_of_a_public_one_goes_to_no_program(ask: Ask, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"a private key of age") as raised:
        ask(recipients=["AGE-SECRET-KEY-1CANARY"])
    assert "CANARY" not in raised.value.message and not (tmp_path / "support").exists()


def test_a_folder_that_is_not_there_is_said_in_a_sentence(ask: Ask) -> None:
    with pytest.raises(ApplianceError, match=r"Could not write the support bundle to .*no/support: No such file or directory"):
        ask(file="no/support")

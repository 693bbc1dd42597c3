# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copy off the cluster: written once, verified, and never left incomplete."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow.escrow import RECORD, USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, ScriptedCommand, patches
from ansible_collections.alga.appliance.tests.unit.use_cases.escrow.copies import ENCRYPTED, RECORD_URL, document, standing


def ask(file: Path, command: ScriptedCommand, *, check_mode: bool = False) -> t.Any:
    options = complete.options(USE_CASE, file=str(file), recipients=["age1x"], identity_file="id")
    return USE_CASE.answer(options, complete.run(check_mode=check_mode, command=command))


def test_a_copy_is_written_verified_and_then_kept(ports: Ports, tmp_path: Path) -> None:
    file = tmp_path / "copy.age"
    age = ports.command({"age --encrypt": (0, ENCRYPTED, ""), "age --decrypt": (0, document(), "")})
    api = standing(ports, writes=[patches(RECORD_URL)])
    result = ask(file, age)
    assert result["changed"] and file.read_text() == ENCRYPTED and complete.silent(result, age.calls)
    record = {"metadata": {"name": RECORD}, "data": api.bodies[0]["data"]}
    standing(ports, objects={RECORD_URL: record})
    assert not ask(file, ports.command())["changed"], "the second run asks age nothing and writes nothing"


def test_check_mode_writes_no_file(ports: Ports, tmp_path: Path) -> None:
    standing(ports)
    assert ask(tmp_path / "copy.age", ports.command(), check_mode=True)["changed"]
    assert not list(tmp_path.iterdir())


def test_a_copy_that_does_not_decrypt_to_the_same_is_no_copy(ports: Ports, tmp_path: Path) -> None:
    standing(ports)
    age = ports.command({"age --encrypt": (0, ENCRYPTED, ""), "age --decrypt": (0, "something else", "")})
    with pytest.raises(ApplianceError, match=r"Nothing was written"):
        ask(tmp_path / "copy.age", age)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.CREDENTIALS, f"{complete.SECRETS}/{complete.APPLICATION_SECRET}"])
def test_a_secret_that_could_not_be_read_is_not_left_out_f27(ports: Ports, tmp_path: Path, unread: str, answer: Answer) -> None:
    file = tmp_path / "copy.age"
    file.write_text(ENCRYPTED)
    standing(ports, objects={unread: answer})
    with pytest.raises(ApplianceError):
        ask(file, ports.command(there={"age --decrypt": (0, document(), "")}))
    assert file.read_text() == ENCRYPTED

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restored where something is lost, and never over a value or other data."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow.escrow_restore import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    FORBIDDEN,
    UNKNOWN,
    Answer,
    Executed,
    ScriptedApi,
    ScriptedCommand,
    posts,
)
from ansible_collections.alga.appliance.tests.unit.use_cases.escrow.copies import ENCRYPTED, document, standing

WHERE = f"msp/{names.CREDENTIALS_SECRET}"
ASKS = Executed("db-0", "main", "psql", json.dumps({"identity": complete.IDENTITY, "roles": {}}).encode())


def ask(file: Path, command: ScriptedCommand, *, check_mode: bool = False, **given: t.Any) -> t.Any:
    options = {"file": str(file), "recipients": ["age1x"], "identity_file": "id", "confirm": WHERE, **given}
    return USE_CASE.answer(complete.options(USE_CASE, **options), complete.run(check_mode=check_mode, command=command))


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.CREDENTIALS, f"{complete.SECRETS}/{complete.APPLICATION_SECRET}"])
def test_a_secret_that_could_not_be_read_is_not_left_out_f27(ports: Ports, tmp_path: Path, unread: str, answer: Answer) -> None:
    file = tmp_path / "copy.age"
    file.write_text(ENCRYPTED)
    standing(ports, objects={unread: answer})
    with pytest.raises(ApplianceError):
        ask(file, ports.command(there={"age --decrypt": (0, document(), "")}))
    assert file.read_text() == ENCRYPTED


def restoring(ports: Ports, tmp_path: Path, text: str, secret: Answer, **script: t.Any) -> tuple[ScriptedApi, Path, t.Any]:
    file = tmp_path / "copy.age"
    file.write_text(ENCRYPTED)
    api = standing(ports, objects={complete.CREDENTIALS: secret}, **{"executes": [ASKS], **script})
    return api, file, ports.command({"age --decrypt": (0, text, "")})


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_lost_is_made_again_with_its_values_and_marks(ports: Ports, tmp_path: Path, check_mode: bool) -> None:
    writes = [] if check_mode else [posts(complete.SECRETS)]
    api, file, age = restoring(ports, tmp_path, document(), None, writes=writes)
    result = ask(file, age, check_mode=check_mode, confirm="" if check_mode else WHERE)
    assert (result["state"], result["changed"]) == ("restored", True) and complete.silent(result, age.calls)
    assert [body["data"] for body in api.bodies] == ([] if check_mode else [complete.secret()["data"]])


def test_a_value_that_exists_is_never_replaced(ports: Ports, tmp_path: Path) -> None:
    other = complete.secret(data=dict.fromkeys(names.CREDENTIAL_KEYS, "canary-other"))
    _api, file, age = restoring(ports, tmp_path, document(), other)
    result = ask(file, age)
    assert not result["changed"] and str(file) in result["msg"] and complete.silent(result)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (document(identity="99"), "belongs to data of another system identifier"),
        (document(namespace="other"), "was made of an appliance in namespace other"),
        ("{}", "holds no copy of an appliance's Secrets"),
    ],
)
def test_the_copy_of_another_appliance_is_refused(ports: Ports, tmp_path: Path, text: str, said: str) -> None:
    executes = [ASKS] if text != "{}" else []
    _api, file, age = restoring(ports, tmp_path, text, None, executes=executes)
    with pytest.raises(Refused, match=r"Nothing was changed"):
        ask(file, age)


def test_without_a_confirmation_nothing_is_restored(ports: Ports, tmp_path: Path) -> None:
    _api, file, age = restoring(ports, tmp_path, document(), None)
    with pytest.raises(Refused, match=r"[Nn]othing was"):
        ask(file, age, confirm="msp")


@pytest.mark.parametrize(
    ("file", "identity_file", "said"), [("none", "id", "does not exist"), ("copy.age", "", "no key was named")]
)
def test_a_copy_that_is_not_there_or_cannot_be_read_restores_nothing(
    ports: Ports, tmp_path: Path, file: str, identity_file: str, said: str
) -> None:
    (tmp_path / "copy.age").write_text(ENCRYPTED)
    standing(ports)
    with pytest.raises(Refused, match=r"Correct alga_escrow"):
        ask(tmp_path / file, ports.command(), identity_file=identity_file)


def test_whose_data_this_is_is_asked_and_not_assumed(ports: Ports, tmp_path: Path) -> None:
    """The claim's record says one thing; that the server in its pod could not be asked must not end in a restore."""
    _api, file, age = restoring(ports, tmp_path, document(), None, executes=[])
    _api._answers[complete.PODS] = FORBIDDEN
    with pytest.raises(ApplianceError, match="403"):
        ask(file, age)

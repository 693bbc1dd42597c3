# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a machine is ready for: one look, its own words, and no state where it could not be read."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import TalosState
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_state import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit import complete_machine as machine
from ansible_collections.alga.appliance.tests.unit.conftest import Ports

Look = t.Callable[[Door, t.Any], t.Any]


@pytest.fixture
def look(ports: Ports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Look:
    """The module on a machine behind a door, with what it answers."""

    def perform(door: Door, answers: t.Any) -> t.Any:
        monkeypatch.setattr(talos_door, "look", lambda *_machine: (door, "ECONNREFUSED" if door is Door.CLOSED else ""))
        return USE_CASE.answer(machine.options(str(tmp_path)), complete.run(command=ports.command(there=answers)))

    return perform


@pytest.mark.parametrize(
    ("door", "changed", "state"),
    [
        (Door.OURS, {}, TalosState.BOOTSTRAPPED),
        (Door.OURS, {"machinestatus": machine.resources(machine={"stage": "upgrading"})}, TalosState.UPGRADING),
        (Door.OPEN, {"machinestatus": machine.resources(machine={"stage": "maintenance"})}, TalosState.MAINTENANCE),
        (Door.OTHER, {}, TalosState.CONFIGURED_WITH_OTHER_PKI),
        (Door.CLOSED, {}, TalosState.UNREACHABLE),
        # It answers at its door and no further.
        (Door.OURS, {"machinestatus": machine.refused("Unavailable")}, TalosState.UNKNOWN),
    ],
)
def test_each_door_and_stage_is_a_state_and_nothing_is_changed(look: Look, door: Door, changed: t.Any, state: TalosState) -> None:
    result = look(door, machine.bootstrapped(**changed))
    assert (result["state"], result["changed"]) == (state.value, False)
    assert result["msg"] and (result["next_action"] or state is TalosState.BOOTSTRAPPED or state is TalosState.UPGRADING)


@pytest.mark.parametrize("code", ["PermissionDenied", "Unknown", "Internal"])
def test_a_machine_that_answered_and_could_not_be_read_has_no_state(look: Look, code: str) -> None:
    with pytest.raises(Exception, match=r"talosctl get") as raised:
        look(Door.OURS, machine.bootstrapped(machinestatus=machine.refused(code, "canary")))
    cause: t.Any = raised.value.__cause__
    assert isinstance(cause, ObservationFailed) and USE_CASE.failure(t.cast("t.Any", raised.value))["state"] == "unknown"

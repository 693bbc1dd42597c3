# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What could not be read, as the operator reads it: the state it leaves, and once what to do next."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core.database import database
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import decide
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Mode, Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Result, Run, UseCase
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Observed, read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.database import pg_state
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing import situation
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing.situation import Observer
from ansible_collections.alga.appliance.tests.unit.every_use_case import USE_CASES

RUN = Run(check_mode=False, diff=False, command=lambda _arguments, _stdin, seconds=None: (0, "", ""))


def told(error: ObservationFailed, case: UseCase[t.Any] = pg_state.USE_CASE) -> ApplianceError:
    def perform(_options: object, _run: Run) -> Result:
        raise error

    with pytest.raises(ApplianceError) as caught:
        dataclasses.replace(case, perform=perform).answer({}, RUN)
    return caught.value


@pytest.mark.parametrize("reason", Reason)
def test_what_leaves_a_module_outside_its_decision_has_its_state_and_its_next_action(reason: Reason) -> None:
    error = ObservationFailed("It was tried.", reason=reason, evidence={"status": 1})
    answer = database.failed(error)
    seen = told(error)
    assert seen.message == f"It was tried. {answer.next_action}"
    assert seen.evidence == {"state": answer.state.value, "reason": reason.value, "status": 1}


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_a_failure_has_a_state_of_its_module_or_none(case: UseCase[t.Any]) -> None:
    own = [str(state) for state in case.states]
    for reason in Reason:
        result = case.failure(told(ObservationFailed("It was tried.", reason=reason), case))
        assert result["state"] in [*own, None]
        assert result["evidence"].get("state", own[0]) in own
        assert result["state"] or "unknown" not in own
    assert case.failure(ApplianceError("x", evidence={"state": "of another module"}))["state"] is None


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_the_documented_states_are_the_module_s(case: UseCase[t.Any]) -> None:
    source = (Path(__file__).parents[3] / f"plugins/modules/{case.name}.py").read_text()
    returned = yaml.safe_load(source.partition('RETURN = r"""')[2].partition('"""')[0])
    said = "".join(returned["state"]["description"])
    named = re.findall(r"V\(([^)]*)\)", said)
    expected = [] if case.states is DatabaseState or case.name == "alga_release" else [str(state) for state in case.states]
    assert sorted(set(named) - {"absent"}) == sorted(set(expected) - {"absent"})


def test_who_knows_better_what_to_do_next_says_so_alone_f48() -> None:
    seen = told(ObservationFailed("No pull.", reason=Reason.LOOK_FAILED, next_action="Correct alga_values."))
    assert seen.message == "No pull. Correct alga_values."


@pytest.mark.parametrize(
    ("own", "said"),
    [("Correct alga_values.", "Correct alga_values."), ("", "Grant the kubeconfig's user the permission named here.")],
)
def test_volumes_that_cannot_be_read_are_refused_with_one_next_action_f27(
    monkeypatch: pytest.MonkeyPatch, own: str, said: str
) -> None:
    def database_is_away(_server: object, _question: object) -> t.NoReturn:
        raise ObservationFailed("No pod.", reason=Reason.NO_RUNNING_POD)

    def forbidden(_api: object, _params: object) -> t.NoReturn:
        raise ObservationFailed("GET was answered with 403.", reason=Reason.API_FORBIDDEN, next_action=own)

    monkeypatch.setattr(situation, "observe_database", database_is_away)
    monkeypatch.setattr(situation, "observe_storage", forbidden)
    facts = Observer(t.cast("t.Any", object()), read(Observed, {})).facts()
    for mode in Mode:
        decision = decide(dataclasses.replace(facts, mode=mode))
        assert decision.rule == "storage_unknown"
        assert decision.message.endswith("the state of its data is unknown. GET was answered with 403.")
        assert decision.next_action == said


def test_a_state_that_is_not_expected_is_refused_with_its_next_action(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_options: object) -> t.NoReturn:
        raise ObservationFailed("A port-forward was answered with 500.", reason=Reason.NODE_FAILED)

    monkeypatch.setattr(pg_state, "cluster", silent)
    with pytest.raises(ApplianceError) as caught:
        pg_state.USE_CASE.answer({"kubeconfig": "k", "expect": ["seeded"]}, RUN)
    next_action = (
        "Check the node with kubectl get nodes: its kubelet, which carries every port-forward, does not respond to the API "
        "server."
    )
    said = "A port-forward was answered with 500. The state is unreachable, but seeded was expected."
    assert (caught.value.message, caught.value.next_action) == (f"{said} {next_action}", next_action)

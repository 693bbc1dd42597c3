# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A use case in the controller's process ends as its module does: secret options appear nowhere, warnings are not lost, and a
failure's sentence is read last."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from ansible.module_utils.common import warnings
from ansible.plugins.callback import CallbackBase

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import BY_NAME
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.results import build
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Result, Run, UseCase
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import option
from ansible_collections.alga.appliance.plugins.plugin_utils import _action

CANARY = "canary-in-an-option"


@dataclass(frozen=True)
class Options:
    """Of a module that does not exist."""

    node: str | None = option(type="str")
    count: int | None = option(type="int")
    password: str | None = option(type="str", no_log=True, aliases=["secret"])
    patches: list[dict[str, t.Any]] | None = option(type="list", elements="dict", no_log=True)


Perform = t.Callable[[Options, Run], Result]


def told(
    given: dict[str, t.Any],
    perform: Perform,
    variables: dict[str, t.Any] | None = None,
    role: str = "",
) -> dict[str, t.Any]:
    """What the action plugin of a use case answers to a task with these options, which may be a role's."""

    class Action(_action.ApplianceAction):
        use_case = UseCase("alga_x", Options, perform, states=("seen",))

        def __init__(self) -> None:
            connection = SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir=None))
            self._task = t.cast("t.Any", SimpleNamespace(args=given, check_mode=False, diff=False, async_val=0))
            self._task._role = SimpleNamespace(get_name=lambda: role) if role else None
            self._templar = t.cast("t.Any", SimpleNamespace(template=lambda value: value))
            self._play_context = t.cast("t.Any", SimpleNamespace(connection="local"))
            self._connection = t.cast("t.Any", connection)
            self._display = t.cast("t.Any", SimpleNamespace(display=lambda _message: None))

    return Action().run(None, variables or {})


def repeating(options: Options, _run: Run) -> Result:
    return build(
        state="seen", decision="x", message=f"It said {vars(options)}.", evidence={"said": [vars(options)]}, changed=True
    )


def failing(options: Options, _run: Run) -> Result:
    raise ApplianceError(f"It said {vars(options)}.", evidence={"said": vars(options), "state": "seen"})


@pytest.mark.parametrize("perform", [repeating, failing])
@pytest.mark.parametrize(
    "given",
    [
        {"password": CANARY},
        {"patches": [{"machine": {"registries": {"auth": [CANARY]}}}]},
        {"password": CANARY, "count": f"not a number, as {CANARY} is"},
    ],
    ids=["an option", "inside a structure", "in another option that is refused"],
)
def test_a_secret_option_is_repeated_nowhere(given: dict[str, t.Any], perform: Perform) -> None:
    answer = told(given, perform)
    assert CANARY not in str(answer), answer
    assert "count" in given or "********" in answer["msg"], "otherwise nothing was repeated"
    assert answer.get("failed") is True or (answer["changed"] is True and answer["state"] == "seen")


def test_a_structure_hides_no_number_and_nothing_that_another_option_says_openly() -> None:
    patches = [{"machine": {"time": "1", "address": "192.0.2.17"}}]
    given = {"node": "192.0.2.17", "patches": patches}
    answer = told(given, lambda _options, _run: build(state="", decision="", message="192.0.2.17 1"))
    assert answer["msg"] == "192.0.2.17 1"


@pytest.mark.parametrize("given", [{"node": "x"}, {"count": "not a number"}, {"nobody's": 1}])
def test_a_failure_has_the_keys_of_a_success(given: dict[str, t.Any]) -> None:
    keys = {*build(state="", decision="", message=""), "failed"}
    assert keys <= told(given, failing).keys()


def test_a_warning_about_the_options_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("ansible.utils.display.Display.warning", lambda _self, msg, **_more: shown.append(msg))
    # Ansible 2.16 collects warnings for the result; later ones show them at once in the controller's process.
    monkeypatch.setattr(warnings, "_global_warnings", type(warnings._global_warnings)())
    answer = told({"password": CANARY, "secret": CANARY}, lambda _options, _run: build(state="", decision="", message=""))
    assert "alias" in str([*shown, *answer.get("warnings", [])])


FACTS = {"state": "absent", "claims": [{"name": "a"}]}
FAILED = {"failed": True, **Refused("It was refused.", next_action="Ask.", evidence=FACTS).as_result(["absent"])}


def test_the_sentence_is_on_a_line_of_its_own_behind_the_evidence() -> None:
    """Behind it is only what is as short."""
    printed = CallbackBase()._dump_results(_action.shown(FAILED))
    assert json.loads(printed) == FAILED, "nothing is kept from whoever reads the result"
    assert [line.strip(" ,") for line in printed.splitlines()[-4:]] == [
        '"msg": "It was refused."',
        '"next_action": "Ask."',
        '"state": "absent"',
        "}",
    ]


def test_what_went_well_is_printed_as_ever() -> None:
    assert _action.shown({"changed": True}) == {"changed": True}


GIVEN = dict.fromkeys(_action.IDENTITY, "") | {"alga_kubeconfig": "/workshop"}
CHECKED = {name: BY_NAME[name].default for name in _action.IDENTITY} | {"alga_kubeconfig": "/workshop"}


@pytest.mark.parametrize(
    ("given", "role", "refused"),
    [
        ({"alga_kubeconfig": "/workshop", "alga_context": "", "alga_progress_timeout": 7}, "alga.appliance.core", ""),
        ({"alga_kubeconfig": "/workshop", "alga_namespace": "msp"}, "alga.appliance.core", ""),
        ({"alga_kubeconfig": "/other"}, "alga.appliance.core", "was given alga_kubeconfig '/other'"),
        ({"alga_kubeconfig": "/workshop", "alga_context": "b"}, "alga.appliance.core", "was given alga_context 'b'"),
        ({}, "alga.appliance.core", "was given alga_kubeconfig None"),
        ({"alga_kubeconfig": "/other"}, "somebody.else.core", ""),
        ({"alga_kubeconfig": "/other"}, "", ""),
    ],
)
def test_no_role_works_on_another_appliance_than_its_play_has_checked(given: dict[str, t.Any], role: str, refused: str) -> None:
    answer = told({}, repeating, {"preflight_result": {"settings": CHECKED, "given": GIVEN}, **given}, role)
    assert bool(answer.get("failed")) == bool(refused)
    assert refused in answer["msg"]

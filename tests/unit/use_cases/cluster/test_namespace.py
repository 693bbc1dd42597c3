# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of two first runs that both miss the namespace one makes it, and the other goes on in it (F20)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.cluster.namespace import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import CONFLICT, UNKNOWN, Answer, posts, then

NAMESPACES = path("namespaces")


@pytest.mark.parametrize(("faster", "state", "changed"), [(False, "absent", True), (True, "present", False)])
def test_a_namespace_that_another_run_made_first_is_kept_f20(ports: Ports, faster: bool, state: str, changed: bool) -> None:
    there = then(None, {"metadata": {"name": "msp"}})
    ports.api({f"{NAMESPACES}/msp": there}, writes=[posts(NAMESPACES, CONFLICT if faster else True)])
    result = USE_CASE.answer(complete.options(USE_CASE), complete.run())
    assert (result["state"], result["changed"]) == (state, changed)


LEAVING = {"metadata": {"name": "msp", "deletionTimestamp": "2026-01-01T00:00:00Z"}}


@pytest.mark.parametrize("check_mode", [True, False])
def test_one_that_is_being_deleted_is_not_taken_for_one_that_is_there(ports: Ports, check_mode: bool) -> None:
    ports.api({f"{NAMESPACES}/msp": LEAVING})
    with pytest.raises(Refused, match=r"is being deleted, and nothing can be created in it") as raised:
        USE_CASE.answer(complete.options(USE_CASE), complete.run(check_mode=check_mode))
    assert not raised.value.changed


@pytest.mark.parametrize("found", [LEAVING, None])
def test_one_that_exists_already_and_goes_again_is_not_there(ports: Ports, found: Answer) -> None:
    ports.api({f"{NAMESPACES}/msp": then(None, found)}, writes=[posts(NAMESPACES, CONFLICT)])
    with pytest.raises(ApplianceError, match=r"is being deleted|already exists") as raised:
        USE_CASE.answer(complete.options(USE_CASE), complete.run())
    assert not raised.value.changed


def test_check_mode_makes_none_and_one_that_is_there_is_left_as_it_is(ports: Ports) -> None:
    ports.api({f"{NAMESPACES}/msp": None})
    assert USE_CASE.answer(complete.options(USE_CASE), complete.run(check_mode=True))["changed"]
    ports.api({f"{NAMESPACES}/msp": {"metadata": {"name": "msp"}}})
    assert not USE_CASE.answer(complete.options(USE_CASE), complete.run())["changed"]


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_one_that_could_not_be_read_is_not_made_f27(ports: Ports, answer: Answer) -> None:
    ports.api({f"{NAMESPACES}/msp": answer})
    with pytest.raises(ApplianceError):
        USE_CASE.answer(complete.options(USE_CASE), complete.run())

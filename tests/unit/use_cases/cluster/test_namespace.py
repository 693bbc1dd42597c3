# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of two first runs that both miss the namespace one makes it, and the other goes on in it (F20)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.cluster.namespace import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import CONFLICT, UNKNOWN, Answer, posts

NAMESPACES = path("namespaces")


@pytest.mark.parametrize(("faster", "state", "changed"), [(False, "absent", True), (True, "present", False)])
def test_a_namespace_that_another_run_made_first_is_kept_f20(ports: Ports, faster: bool, state: str, changed: bool) -> None:
    ports.api({f"{NAMESPACES}/msp": None}, writes=[posts(NAMESPACES, CONFLICT if faster else True)])
    result = USE_CASE.answer(complete.options(USE_CASE), complete.run())
    assert (result["state"], result["changed"]) == (state, changed)


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

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report: what differs has a row, and what could not be read leaves the comparison unknown."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.known_keys import Loss, LostKey
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import decide
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases import appliance_info
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import drift_report
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing.situation import Observer
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports

WITHOUT_POOLER = {names.ROLE_KEYS[role]: password for role, password in complete.PASSWORDS.items() if role != names.POOLER_ROLE}


def report(
    ports: Ports, *, asked: t.Any = None, there: t.Any = None, forwards: bool = True, lost: t.Sequence[LostKey] = ()
) -> drift_report.Report:
    """Of a complete appliance, but for what a test changes of it."""
    ports.postgresql(
        {"postgres": {}, "server": complete.inside()}, everywhere=complete.everywhere({"postgres": "", "server": ""})
    )
    api = ports.api(asked or {}, there=there or complete.objects(), forwards=forwards)
    observer = Observer(api, complete.read_options(appliance_info.USE_CASE), as_it_runs=True)
    facts = observer.facts()
    return drift_report.drift_report(observer, facts, decide(facts), complete.run(), [*lost])


def test_a_postgresql_that_gives_no_answer_leaves_the_comparison_unknown(ports: Ports) -> None:
    found = report(ports, asked={f"{complete.PODS}?labelSelector=app=db": []}, forwards=False)
    evidence = found.result()["evidence"]
    assert "running" in evidence["not_compared"]
    assert {row["verdict"] for row in evidence["roles"]} == {"unknown"}


def test_a_secret_that_lacks_a_key_has_a_row_for_it_f3(ports: Ports) -> None:
    found = report(ports, asked={complete.CREDENTIALS: complete.secret(data=WITHOUT_POOLER)})
    result = found.result()
    verdicts = {row["role"]: row["verdict"] for row in result["evidence"]["roles"]}
    assert verdicts == {role: "incomplete" if role == names.POOLER_ROLE else "ok" for role in names.ROLE_KEYS}
    assert (result["state"], result["decision"], result["drift"]) == ("partial", "refuse", True)
    assert "DB_PASSWORD_PGBOUNCER" in result["msg"] and complete.silent(result)


def test_a_secret_that_is_gone_is_refused_without_rows_f2(ports: Ports) -> None:
    result = report(ports, asked={complete.CREDENTIALS: None}).result()
    assert (result["state"], result["decision"], result["evidence"]["roles"]) == ("absent", "refuse", [])


def test_where_nothing_is_there_is_no_drift(ports: Ports) -> None:
    result = report(ports, there=complete.nothing()).result()
    assert (result["state"], result["decision"], result["drift"]) == ("absent", "create", False)


def test_a_lost_key_is_said_before_the_rows_r29(ports: Ports) -> None:
    found = report(ports, lost=[LostKey(complete.APPLICATION_SECRET, "CRYPTR_KEY", Loss.MISSING)])
    result = found.result()
    assert (result["decision"], result["drift"]) == ("refuse", True)
    assert "CRYPTR_KEY" in result["msg"] and result["next_action"]
    with pytest.raises(Refused, match=r"CRYPTR_KEY.*Nothing was changed\.$"):
        found.refuse_drift("Nothing was changed.")


def test_an_appliance_as_it_should_be_is_not_refused(ports: Ports) -> None:
    found = report(ports)
    found.refuse_drift("Nothing was changed.")
    diff = found.diff()
    assert not found.differs and diff["before"] == diff["after"] and "verifier of app_user" in diff["after"]
    assert complete.silent(diff)

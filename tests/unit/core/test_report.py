# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict of status, and the comparison of credentials behind it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import credentials, scram
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.report import judge
from ansible_collections.alga.appliance.plugins.module_utils._core.results import build

KEEP = build(state="complete", decision="keep", message="The Secret is kept.")
DRIFT = build(state="complete", decision="keep", message="app_user differs.", next_action="put the old one back", drift=True)
REFUSE = build(state="absent", decision="refuse", message="The Secret is gone.", next_action="Restore it.", drift=True)
DATA = build(state="present", decision="observe", message="Data is here.", evidence={"first_run": ""})
BEGUN = build(state="present", decision="observe", message="Data is here.", evidence={"first_run": "r1"})
UNFIT = build(
    state="other_version",
    decision="observe",
    message="Data of 15 under 17.",
    next_action="Set db.image.",
    evidence={"first_run": ""},
)
EMPTY = build(state="none", decision="observe", message="Nothing is here.", evidence={"first_run": ""})
SEEDED = build(state="seeded", decision="observe", message="It is seeded.")
UNFINISHED = build(state="seeded", decision="observe", message="It is seeded.", evidence={"unfinished_run": "r1"})
NO_SERVICE = build(state="unreachable", decision="observe", message="No Service.", evidence={"reason": "service_not_found"})
NO_POD = build(
    state="unreachable", decision="observe", message="No pod.", next_action="Run recover.yml.", evidence={"reason": "x"}
)
UNLICENSED = build(
    state="seeded",
    decision="observe",
    message="Table license_state is empty.",
    next_action="Run recover.yml.",
    evidence={"licensed": False},
)
WRONG_PASSWORD = build(
    state="auth_failed", decision="observe", message="Not its password.", next_action="Restore it; do not make a new one."
)
RUNS = build(state="answering", decision="observe", message="It answers.")
WAITS = build(state="waiting", decision="observe", message="Its Redis waits.", next_action="Look at the pods.")
BUILDING = build(state="building", decision="observe", message="It is built.", next_action="Run fresh.yml again.")


@pytest.mark.parametrize(
    ("storage", "secret", "database", "healthy", "words"),
    [
        (DATA, KEEP, SEEDED, True, "Nothing needs to be done"),
        (DATA, DRIFT, SEEDED, False, "put the old one back"),
        (DATA, REFUSE, SEEDED, False, "Restore it."),
        (DATA, DRIFT, WRONG_PASSWORD, False, "do not make a new one"),
        (EMPTY, KEEP, NO_SERVICE, True, "Run fresh.yml to install one."),
        (DATA, KEEP, NO_SERVICE, False, ""),
        (DATA, KEEP, NO_POD, False, "Run recover.yml."),
        (UNFIT, KEEP, NO_POD, False, "Set db.image."),
        (UNFIT, REFUSE, NO_POD, False, "Set db.image."),
        (DATA, KEEP, UNLICENSED, False, "Run recover.yml."),
        (BEGUN, KEEP, BUILDING, False, "finishes its own first run"),
        (BEGUN, KEEP, UNFINISHED, False, "finishes its own first run"),
    ],
)
def test_the_verdict(
    storage: dict[str, t.Any], secret: dict[str, t.Any], database: dict[str, t.Any], healthy: bool, words: str
) -> None:
    verdict = judge(storage, secret, database, RUNS if healthy else WAITS)
    assert verdict.healthy is healthy
    assert words in verdict.next_action
    assert verdict.message


def test_data_that_is_whole_says_nothing_about_what_runs_on_it() -> None:
    verdict = judge(DATA, KEEP, SEEDED, WAITS)
    assert (verdict.healthy, verdict.message, verdict.next_action) == (
        False,
        "It is seeded. Its Redis waits.",
        "Look at the pods.",
    )


def test_each_role_is_compared_by_its_verifier_f1_f5() -> None:
    stored = {"same": scram.verifier(b"pw", iterations=2), "other": scram.verifier(b"xx", iterations=2), "none": None}
    compared = credentials.compare(dict.fromkeys(["same", "other", "none", "gone"], "pw"), stored)
    assert compared == {"same": Match.MATCH, "other": Match.MISMATCH, "none": Match.UNKNOWN, "gone": Match.MISSING}

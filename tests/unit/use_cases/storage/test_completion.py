# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a first run is recorded once, on the Secret and then on the claim, with the identity of the data."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage.completion import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, ScriptedApi, patches

OTHERS = [name for name in complete.CLAIMS.values() if name != complete.CLAIM]
BEGUN = complete.claim(**{names.STATE_ANNOTATION: names.INITIALIZING, names.RUN_ANNOTATION: complete.RUN_ID})


def ask(*, check_mode: bool = False) -> t.Any:
    options = complete.options(USE_CASE, system_identifier=complete.IDENTITY)
    return USE_CASE.answer(options, complete.run(check_mode=check_mode))


def ready(ports: Ports, claim: t.Any, secret: t.Any, *, writes: t.Sequence[t.Any]) -> ScriptedApi:
    keys = complete.secret(complete.APPLICATION_SECRET, {"CRYPTR_KEY": "canary-key"})
    there = complete.objects(claims=[claim, *map(complete.claim, OTHERS)], secret=secret)
    there[f"{complete.SECRETS}/{complete.APPLICATION_SECRET}"] = keys
    return ports.api({}, there=there, writes=writes)


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_end_of_a_first_run_is_marked_on_the_secret_and_then_on_the_claim(ports: Ports, check_mode: bool) -> None:
    """Killed in between, the claim still says that the first run is not over."""
    writes = [] if check_mode else [patches(complete.CREDENTIALS), patches(complete.DATABASE_CLAIM)]
    api = ready(ports, BEGUN, complete.secret(), writes=writes)
    result = ask(check_mode=check_mode)
    assert result["changed"] and complete.silent(result, api.bodies)
    if not check_mode:
        marks = api.bodies[1]["metadata"]["annotations"]
        assert (marks[names.STATE_ANNOTATION], marks[names.IDENTITY_ANNOTATION]) == (names.READY, complete.IDENTITY)
        assert names.KEYS_ANNOTATION in marks
        # And once more: nothing is left to do.
        claim = complete.ready_claim(**marks)
        bound = complete.secret()
        bound["metadata"]["annotations"] |= api.bodies[0]["metadata"]["annotations"]
        ready(ports, claim, bound, writes=[])
        assert not ask()["changed"]


def test_a_claim_that_is_gone_is_not_marked(ports: Ports) -> None:
    ports.api({}, there=complete.nothing())
    with pytest.raises(Refused) as raised:
        ask()
    assert raised.value.message == (
        f"Could not mark PersistentVolumeClaim msp/{complete.CLAIM} as complete: it does not exist. Run recover.yml, which "
        "reports what is left."
    )


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.DATABASE_CLAIM, complete.CREDENTIALS])
def test_what_could_not_be_read_gets_no_mark_f27(ports: Ports, unread: str, answer: Answer) -> None:
    ports.api({unread: answer}, there=complete.objects())
    with pytest.raises(ApplianceError):
        ask()

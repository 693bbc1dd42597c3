# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete, adopt and rescue: what they do over everything that can be seen, and what they never do (F2, F3, U2)."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.credentials import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.repair import (
    Action,
    Plan,
    Refusal,
    Seen,
    decide,
    refused,
    steps,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.states import CredentialState, StorageState

KEY, ROLE = names.ROLE_KEYS[names.COLLABORATION_ROLE], names.COLLABORATION_ROLE
RIGHT = dict.fromkeys(names.ROLE_KEYS, Match.MATCH)
COMPLETE = Seen(
    CredentialState.COMPLETE,
    storage=StorageState.PRESENT,
    roles=RIGHT,
    identity="7",
    identities={"claim": "7"},
    source=CredentialState.COMPLETE,
    same=True,
)
PARTIAL = dataclasses.replace(COMPLETE, secret=CredentialState.PARTIAL, missing=(KEY,), source=CredentialState.PARTIAL)
LOST = dataclasses.replace(
    COMPLETE,
    secret=CredentialState.ABSENT,
    missing=names.CREDENTIAL_KEYS,
    roles=dict.fromkeys(names.ROLE_KEYS, Match.UNKNOWN),
    source=CredentialState.ABSENT,
)


def seen(base: Seen, **changes: t.Any) -> Seen:
    return dataclasses.replace(base, **changes)


def roles(**changes: Match) -> dict[str, Match]:
    return {**RIGHT, **changes}


@pytest.mark.parametrize(
    ("action", "given", "plan"),
    [
        (Action.COMPLETE, COMPLETE, Plan()),
        (Action.COMPLETE, LOST, Plan(refusal=Refusal.NO_SECRET)),
        (Action.COMPLETE, seen(PARTIAL, roles=roles(hocuspocus_user=Match.MISSING)), Plan(generate=(KEY,))),
        (Action.COMPLETE, seen(PARTIAL, storage=StorageState.NONE, roles=None), Plan(generate=(KEY,))),
        (
            Action.COMPLETE,
            seen(PARTIAL, roles=roles(hocuspocus_user=Match.UNKNOWN)),
            Plan(refusal=Refusal.ROLE_EXISTS, about=[ROLE]),
        ),
        (
            Action.COMPLETE,
            seen(PARTIAL, roles=roles(hocuspocus_user=Match.MISSING, app_user=Match.MISMATCH)),
            Plan(refusal=Refusal.PASSWORD_DIFFERS, about=["app_user"]),
        ),
        (Action.COMPLETE, seen(PARTIAL, roles=None), Plan(refusal=Refusal.SERVER_UNREAD)),
        (Action.ADOPT, COMPLETE, Plan()),
        (Action.ADOPT, seen(COMPLETE, identities={}), Plan(bind="7")),
        (Action.ADOPT, seen(COMPLETE, secret=CredentialState.ABSENT, same=False), Plan(copy=True)),
        (Action.ADOPT, seen(COMPLETE, same=False), Plan(refusal=Refusal.SECRET_DIFFERS)),
        (Action.ADOPT, PARTIAL, Plan(refusal=Refusal.SOURCE_INCOMPLETE)),
        (Action.ADOPT, seen(COMPLETE, storage=StorageState.NONE, roles=None), Plan(refusal=Refusal.NO_DATA)),
        (Action.ADOPT, seen(COMPLETE, identity="8"), Plan(refusal=Refusal.OTHER_IDENTITY, about=["claim"])),
        (Action.RESCUE, COMPLETE, Plan()),
        (Action.RESCUE, LOST, Plan(generate=names.CREDENTIAL_KEYS, alter=tuple(names.ROLE_KEYS))),
        (Action.RESCUE, seen(LOST, roles=None, identity=""), Plan(generate=names.CREDENTIAL_KEYS)),
        (Action.RESCUE, seen(COMPLETE, roles=roles(app_user=Match.MISMATCH)), Plan(alter=("app_user",))),
        (Action.RESCUE, seen(COMPLETE, roles=None), Plan(refusal=Refusal.SERVER_UNREAD)),
        (Action.RESCUE, seen(LOST, storage=StorageState.NONE), Plan(refusal=Refusal.NO_DATA)),
        (Action.RESCUE, seen(LOST, identity="8"), Plan(refusal=Refusal.OTHER_IDENTITY, about=["claim"])),
    ],
)
def test_what_an_action_does_f2_f3_u2(action: Action, given: Seen, plan: Plan) -> None:
    assert decide(action, given) == plan


def every() -> t.Iterator[Seen]:
    """Everything that can be seen of two roles; the other two are right."""
    choices = itertools.product(
        CredentialState,
        StorageState,
        (None, *itertools.product(Match, repeat=2)),
        ("", "7", "8"),
        ({}, {"claim": "7"}),
        CredentialState,
        (True, False),
        (True, False),
    )
    for secret, storage, two, identity, known, source, same, installed in choices:
        found = None if two is None else roles(app_user=two[0], hocuspocus_user=two[1])
        missing = {CredentialState.ABSENT: names.CREDENTIAL_KEYS, CredentialState.PARTIAL: (KEY,)}.get(secret, ())
        yield Seen(secret, missing, storage, found, identity, known, source, same, installed)


def test_what_no_action_ever_does() -> None:
    tried = 0
    for given in every():
        plans = {action: decide(action, given) for action in Action}
        tried += 1
        unproved = given.roles is None or Match.MISMATCH in given.roles.values() or Match.UNKNOWN in given.roles.values()
        data = given.storage is not StorageState.NONE
        assert not plans[Action.COMPLETE].alter and not plans[Action.ADOPT].alter, "only a rescue alters"
        assert not plans[Action.ADOPT].generate
        if data and unproved:
            assert not plans[Action.COMPLETE].generate and not plans[Action.ADOPT].copy
        for plan in plans.values():
            assert plan.empty or plan.refusal is None
            if given.storage not in (StorageState.PRESENT, StorageState.FIRST_RUN, StorageState.NONE):
                assert plan.empty, "nothing is done where it is not known what the volumes hold"
            if given.roles is not None and given.identities and given.identity != "7" and data:
                assert plan.empty, "nothing is done to another appliance's data"
    assert tried > 10_000


REFUSED = {
    Refusal.NO_SECRET: (
        "it does not exist, so there is nothing to complete. If there is no data, fresh.yml creates it; if there is data, "
        "restore it from a backup, or run rescue_credentials.yml."
    ),
    Refusal.NO_DATA: (
        "no volume, claim or directory holds data of this appliance, so there is no password to keep. Run fresh.yml."
    ),
    Refusal.DATA_UNKNOWN: (
        "the appliance's volumes are not in a state in which a server can verify passwords. Run status.yml and first fix "
        "what it reports."
    ),
    Refusal.SERVER_UNREAD: "PostgreSQL could not be queried: nothing answers. Wait.",
    Refusal.ROLE_EXISTS: (
        "PostgreSQL already has role app_user, and a new password would not authenticate to it. Restore the key from a "
        "backup, or run rescue_credentials.yml."
    ),
    Refusal.PASSWORD_DIFFERS: (
        "its password for role app_user could not be verified against PostgreSQL, so it may belong to another appliance. "
        "Find the correct Secret, or run rescue_credentials.yml."
    ),
    Refusal.SOURCE_INCOMPLETE: (
        "the Secret to adopt does not contain DB_PASSWORD_HOCUSPOCUS, DB_PASSWORD_PGBOUNCER, DB_PASSWORD_SERVER, "
        "DB_PASSWORD_SUPERUSER. Set alga_adopt_secret to the correct one."
    ),
    Refusal.SECRET_DIFFERS: (
        "it exists with values other than those of the Secret to adopt, and is never overwritten. Find out which of the two "
        "is correct; without alga_adopt_secret the existing one is adopted."
    ),
    Refusal.OTHER_IDENTITY: (
        "the system identifier of PostgreSQL is not the one that is recorded in app_user: this is another appliance's data, "
        "so no Secret is adopted for it."
    ),
}


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_says_what_to_do_next(refusal: Refusal) -> None:
    said = refused(refusal, ["app_user"], "msp/db-credentials", "nothing answers. Wait.")
    assert said == f"Secret msp/db-credentials was left unchanged: {REFUSED[refusal]}"


def test_a_plan_is_told_before_it_is_done() -> None:
    told = steps(Plan(generate=(KEY,), alter=(ROLE,), bind="7"), "msp/db-credentials")
    assert [KEY in told[0], ROLE in told[1], "bound" in told[2]] == [True, True, True]
    assert "msp/old" in steps(Plan(copy=True), "msp/db-credentials", "msp/old")[0]


def test_a_whole_secret_that_nobody_can_ask_about_waits_for_the_release() -> None:
    whole = Seen(CredentialState.COMPLETE, storage=StorageState.PRESENT)
    assert decide(Action.RESCUE, whole).refusal is Refusal.SERVER_UNREAD
    plan = decide(Action.RESCUE, dataclasses.replace(whole, installed=False))
    assert plan.empty and plan.refusal is None

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the fault matrix see what they are for."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import verifier
from ansible_collections.alga.appliance.tests.faults import invariants, looks
from ansible_collections.alga.appliance.tests.faults.looks import Kept, State
from ansible_collections.alga.appliance.tests.scenarios.appliance import ROWS

KEPT = Kept({"Secret/db-credentials": "a"}, {"PersistentVolumeClaim/db": "pvc-1"}, {"data": 7}, "42", {"app_user": ["5", "v"]})
STATE = State(
    objects={"Job/bootstrap": ""},
    databases=["postgres", "server"],
    tables={"public.notes": 1},
    ledger=[["fresh", "complete"]],
    rows=ROWS,
    migration_lock="0",
    advisory_locks=0,
    holders={"Lease/appliance": ""},
    releases={"alga-core": "deployed"},
    passwords={"app_user": True},
    ready_pods=["db"],
)


def kept(**changed: t.Any) -> Kept:
    return dataclasses.replace(KEPT, **changed)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (kept(secrets={"Secret/db-credentials": "b"}), "the data of Secret/db-credentials was changed"),
        (kept(secrets=None), "the data of Secret/db-credentials is gone"),
        (kept(volumes={"PersistentVolumeClaim/db": "pvc-2"}), "the volume of PersistentVolumeClaim/db was changed"),
        (kept(directories={}), "the directory or file data is gone"),
        (kept(directories={"data": 8}), "the directory or file data was changed"),
        (kept(identifier=None), "PostgreSQL's system identifier was 42 and is None"),
        (kept(roles={"app_user": ["6", "v"]}), "role app_user was changed"),
        (kept(roles={}), "role app_user is gone"),
    ],
)
def test_what_must_stay(after: Kept, said: str) -> None:
    assert invariants.changed(KEPT, after) == [said]


def test_what_is_new_or_was_unknown_is_no_change() -> None:
    assert invariants.changed(KEPT, KEPT) == []
    assert invariants.changed(Kept(), KEPT) == []
    assert invariants.changed(KEPT, kept(directories={"data": 7, "more": 8})) == []


def test_what_a_first_run_moved_aside_is_not_lost_f35() -> None:
    begun = kept(directories={"v": 1, "v/data": 7, "v/data/base": 8})
    anew = kept(directories={"v": 1, "v/data": 9, "v/data/base": 10}, identifier="43", aside=frozenset({7}))
    assert invariants.changed(begun, anew) == []
    roles = {"postgres": ["5", "w"]}
    assert invariants.changed(begun, dataclasses.replace(anew, roles=roles)) == [], "its roles went with it"
    assert invariants.changed(KEPT, kept(roles=roles)) != []
    assert invariants.changed(begun, dataclasses.replace(anew, aside=frozenset())) != [], "it is nowhere any more"
    elsewhere = dataclasses.replace(anew, directories={"v": 2, "v/data": 9})
    assert invariants.changed(begun, elsewhere) == ["the directory or file v was changed"]


def test_what_is_not_known_for_a_while_is_compared_with_what_was_known_before() -> None:
    """PostgreSQL is not up right after a fault; its roles are neither gone then nor forgotten."""
    down = kept(roles=None)
    assert invariants.changed(KEPT, down) == []
    assert invariants.changed(down.since(KEPT), kept(roles={})) == ["role app_user is gone"]
    assert kept(roles={}).since(KEPT).roles == {}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"rows": "2|7|9|40|140"}, f"the seeds' rows are 2|7|9|40|140 and not {ROWS}"),
        ({"databases": ["server", "server_building"]}, "database server_building is still there"),
        ({"migration_lock": "1"}, "the migration lock is 1"),
        ({"advisory_locks": 1}, "1 advisory locks are held"),
        ({"holders": {"Lease/appliance": "dead"}}, "Lease/appliance is held by dead"),
        ({"releases": {"alga-core": "pending-install"}}, "release alga-core is pending-install"),
        ({"passwords": {"app_user": False}}, "the Secret's password does not open role app_user"),
    ],
)
def test_what_must_not_be_left(state: dict[str, t.Any], said: str) -> None:
    assert invariants.left(dataclasses.replace(STATE, **state)) == [said]
    assert invariants.left(STATE) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"objects": {}}, "objects: Job/bootstrap is None and not "),
        ({"tables": {"public.notes": 1, "public.more": 0}}, "tables: public.more is 0 and not None"),
        ({"ledger": []}, "ledger: is [] and not [['fresh', 'complete']]"),
        ({"ready_pods": []}, "ready_pods: is [] and not ['db']"),
    ],
)
def test_how_a_final_state_differs(state: dict[str, t.Any], said: str) -> None:
    assert invariants.differences(STATE, dataclasses.replace(STATE, **state)) == [said]
    assert invariants.differences(STATE, STATE) == []


def test_a_password_and_its_verifier() -> None:
    assert looks.opens("canary", verifier(b"canary"))
    assert not looks.opens("another", verifier(b"canary"))
    assert not looks.opens("canary", "md5abc")


def test_revisions_of_a_release_are_one_object() -> None:
    revisions = [
        {"kind": "Secret", "type": "helm.sh/release.v1", "metadata": {"name": f"sh.helm.release.v1.alga-core.v{number}"}}
        for number in (1, 12)
    ]
    assert len({looks.normal(item) for item in revisions}) == 1

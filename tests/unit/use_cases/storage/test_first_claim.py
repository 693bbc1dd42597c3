# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The volume that the database's claim gets is looked into before anything is made over it (R1)."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import StorageState
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import (
    Claim,
    StorageObservation,
    Volume,
    classify,
)
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage import first_claim

CLAIM = names.claims(names.FULLNAME)[names.DATABASE_SECTION]
NOTHING = StorageObservation("msp", CLAIM)
MADE = Claim(CLAIM, "Bound", "pv-1", state=names.MADE)
BOUND = StorageObservation("msp", CLAIM, (MADE,), (Volume("pv-1", "Bound", CLAIM, "/data/msp/db"),))
DATA = Contents(begun=True, version="17", control=True, identity="42", databases=4)
OPTIONS = read(first_claim.Claiming, {"helper_image": "busybox:1", "storage_class": "slow", "sizes": {"db": "2Gi"}})


class Server:
    """Takes claims and their marks, and nothing else."""

    def __init__(self) -> None:
        self.created: list[dict[str, t.Any]] = []
        self.merged: list[dict[str, t.Any]] = []

    def create(self, url: str, body: dict[str, t.Any]) -> None:
        assert url.endswith("/namespaces/msp/persistentvolumeclaims")
        self.created.append(body)

    def merge(self, url: str, body: dict[str, t.Any]) -> None:
        assert url.endswith(f"/persistentvolumeclaims/{CLAIM}")
        self.merged.append(body["metadata"]["annotations"])


def proved(
    monkeypatch: pytest.MonkeyPatch,
    server: Server,
    seen: StorageObservation = NOTHING,
    *,
    inside: Contents | None = None,
    claim: Claim = MADE,
    check_mode: bool = False,
) -> tuple[StorageObservation, list[str]]:
    """Run it; the volume holds what is inside, and is not looked into where that is None."""

    def bind(_api: t.Any, _namespace: str, _claim: str, _image: str, *, fix: str) -> Contents:
        assert inside is not None and CLAIM in fix
        return inside

    monkeypatch.setattr(first_claim, "bind", bind)
    monkeypatch.setattr(first_claim, "listed", lambda _api, _params: dataclasses.replace(BOUND, claims=(claim,)))
    run = Run(check_mode=check_mode, diff=False, command=lambda _arguments, _stdin, seconds=None: (0, "", ""))
    return first_claim.prove_empty(t.cast("t.Any", server), OPTIONS, run, seen)


def test_an_empty_volume_is_proved_to_be_one_and_still_counts_as_nothing_r1(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    seen, done = proved(monkeypatch, server, inside=Contents())
    assert seen.proved_empty and classify(seen) is StorageState.NONE
    assert "pv-1 (path /data/msp/db)" in done[-1]
    (body,) = server.created
    assert body["metadata"]["annotations"][names.STATE_ANNOTATION] == names.MADE
    assert body["spec"]["storageClassName"] == "slow" and body["spec"]["resources"]["requests"]["storage"] == "2Gi"
    assert proved(monkeypatch, server, seen) == (seen, []), "what was proved is not looked into again"


@pytest.mark.parametrize(
    ("inside", "claim", "said"),
    [
        (
            DATA,
            MADE,
            "already contains a data directory of PostgreSQL 17 (system identifier 42), to which no object in the cluster "
            "refers.",
        ),
        (
            Contents(begun=True, version="17"),
            MADE,
            "contains an unfinished data directory: it has no global/pg_control. PostgreSQL must not be started on it.",
        ),
        (
            Contents(),
            dataclasses.replace(MADE, state=names.READY, identity="42"),
            "is recorded as a complete appliance's but contains no data directory. PostgreSQL must not be started on it: its "
            "image would create a new, empty cluster there.",
        ),
    ],
)
def test_a_volume_that_holds_anything_is_refused_with_its_place_r1(
    monkeypatch: pytest.MonkeyPatch, inside: Contents, claim: Claim, said: str
) -> None:
    with pytest.raises(Refused) as raised:
        proved(monkeypatch, Server(), inside=inside, claim=claim)
    assert raised.value.message.startswith(
        f"PersistentVolume pv-1 (path /data/msp/db), to which PersistentVolumeClaim msp/{CLAIM} was bound, {said} No Secret was "
        "created and PostgreSQL was not started; the claim keeps this volume. "
    )
    data = dataclasses.replace(BOUND, contents=DATA)
    assert classify(data) is StorageState.PRESENT and not data.proved_empty


def test_a_claim_that_somebody_made_and_nothing_bound_is_marked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    unbound = dataclasses.replace(NOTHING, claims=(Claim(CLAIM, "Pending", state=names.INITIALIZING, run="r1"),))
    seen, _done = proved(monkeypatch, server, unbound, inside=Contents())
    assert server.merged == [{names.STATE_ANNOTATION: names.MADE, names.RUN_ANNOTATION: None}] and not server.created
    assert seen.proved_empty


def test_check_mode_makes_nothing_and_says_what_it_cannot_know_r1(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    seen, done = proved(monkeypatch, server, check_mode=True)
    assert seen.proved_empty and "are unknown until it is bound" in done[-1]
    assert not server.created and not server.merged


def test_a_volume_that_was_not_looked_into_is_not_empty_r1() -> None:
    assert not BOUND.proved_empty and classify(BOUND) is StorageState.PRESENT

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes, Secret, database and Job as they really come, and what is decided from them."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image, Job, JobState, Stage
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import (
    DatabaseObservation,
    classify,
    failed,
    mark,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import Decision, decide
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Facts, Secret
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.findings import Finding
from ansible_collections.alga.appliance.plugins.module_utils._core.states import (
    CredentialState,
    Mode,
    Reason,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import (
    Claim,
    StorageObservation,
)

CLAIM = names.claims(names.FULLNAME)[names.DATABASE_SECTION]
FILES = names.claims(names.FULLNAME)["server"]
COMPLETE = Secret("msp/db-credentials", CredentialState.COMPLETE)
MISSING = Secret("msp/db-credentials", CredentialState.ABSENT)
DOWN = failed(ObservationFailed("None of its 0 pods is running.", reason=Reason.NO_RUNNING_POD))

NOTHING = StorageObservation("msp", CLAIM)
PRESENT = StorageObservation("msp", CLAIM, claims=(Claim(CLAIM, "Bound", "pv-1", state=names.READY),))
FIRST_RUN = StorageObservation("msp", CLAIM, claims=(Claim(CLAIM, "Bound", "pv-1", state=names.INITIALIZING, run="r1"),))

KILLED = dataclasses.replace(FIRST_RUN, contents=Contents(version="17", begun=True))
# initdb came to its end, and what its image does afterwards did not.
CUT_OFF = dataclasses.replace(FIRST_RUN, hosts=0)

BUILT: dict[str, t.Any] = {"databases": {"server_building": mark("r1")}}
MIGRATED: dict[str, t.Any] = {"databases": {"server_building": mark("r1", stage="migrate")}}
SEEDED: dict[str, t.Any] = {"databases": {"server_building": mark("r1", stage="seed")}}
DONE: dict[str, t.Any] = {
    "databases": {"server": ""},
    "tables": 9,
    "migrations": ("a",),
    "expected": ("a",),
    "rows": dict.fromkeys(names.SEED_TABLES, 1),
    "ledger": {"run": "r1"},
    "recorded": ("r1",),
}
# A first run of the chart's own Job: on the application's database itself, which carries the mark.
MARKED: dict[str, t.Any] = {"databases": {"server": mark("r1")}, "tables": 9, "expected": ("a", "b")}
EMPTY = {**MARKED, "tables": 0}
HALF = {**MARKED, "migrations": ("a",), "rows": dict.fromkeys(names.SEED_TABLES, 0)}
FULL = {**HALF, "migrations": ("a", "b"), "rows": dict.fromkeys(names.SEED_TABLES, 1)}
SEEDLESS = {**FULL, "rows": dict.fromkeys(names.SEED_TABLES, 0)}
PARTIAL = {**FULL, "rows": {**dict.fromkeys(names.SEED_TABLES, 0), "users": 7}}
BEHIND = {**DONE, "expected": ("a", "b")}
LOCKED = {**DONE, "locked": True}
ELSEWHERE: dict[str, t.Any] = {"databases": {"server_old": ""}, "elsewhere": ("server_old",)}
UNWRITTEN = (Finding("The setting is on.", "Reset it."),)


def facts(
    mode: Mode,
    storage: StorageObservation | None,
    database: dict[str, t.Any] | None,
    *,
    secret: Secret = COMPLETE,
    **further: t.Any,
) -> Facts:
    """Facts over one observation; a database that is None does not answer."""
    seen = None if database is None else DatabaseObservation(server="db.msp", database="server", **database)
    answer = DOWN if seen is None else classify(seen)
    return Facts(mode, secret, answer, seen=seen, storage=storage, image=Image("app:2", "sha256:2"), **further)


def decided(mode: Mode, storage: StorageObservation | None, database: dict[str, t.Any] | None, **further: t.Any) -> Decision:
    return decide(facts(mode, storage, database, **further))


def job(state: JobState, database: str, stage: Stage = Stage.MIGRATE, run: str = "r1") -> Job:
    return Job(state, run=run, stage=stage, database=database)


def charts(state: JobState, stage: Stage = Stage.SEED, run: str = "r1") -> Job:
    """The chart's own Job."""
    return Job(state, run=run, stage=stage, database="server", name=f"{names.FULLNAME}-bootstrap-r2")

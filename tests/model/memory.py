# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read, as the collection's real observations, and what its real code decides from them.

Histories meet the same things again and again, so each is built, classified and decided once, and remembered by what was read.
"""

from __future__ import annotations

import dataclasses
import typing as t

from things import CLAIMS, DATABASE_CLAIM, TABLES

from ansible_collections.alga.appliance.plugins.module_utils._core import decision as rules
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap import Image, Job
from ansible_collections.alga.appliance.plugins.module_utils._core.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.database import (
    Answer,
    DatabaseObservation,
    classify,
    failed,
    marked_filled,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.decision import Decision
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.seed_contract import SeedContract
from ansible_collections.alga.appliance.plugins.module_utils._core.situation import Facts, Secret
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Mode, Reason
from ansible_collections.alga.appliance.plugins.module_utils._core.storage import Claim, Directory, StorageObservation, Volume

SECRET = f"Secret {names.NAMESPACE}/{names.CREDENTIALS_SECRET}"
MOST = 200_000


class Content(t.NamedTuple):
    """What a reader finds inside a database; the rows by the order of the contract's tables."""

    migrations: tuple[str, ...]
    locked: bool
    rows: tuple[int, ...]
    other_tables: int
    ledger: tuple[tuple[str, str, tuple[str, ...]], ...]


class Reading(t.NamedTuple):
    """Everything that is read about one database; its content is None where it does not exist.

    :param declared: tables that the operator declares as filled by migrations (alga_seed_contract).
    """

    name: str
    identifier: str
    match: bool | None
    identity: str
    catalogs: tuple[tuple[str, str], ...]
    expected: tuple[str, ...] | None
    backends: int
    jobs: tuple[str, ...]
    content: Content | None
    declared: tuple[str, ...] = ()


class Question(t.NamedTuple):
    """What a decision is asked about, beside the database and the volumes; a reason is why the database was not read."""

    mode: Mode
    secret: Secret
    reason: Reason | None
    unread: str
    job: Job
    image: Image
    expect: tuple[str, ...]
    release_lock: bool


Key = tuple[t.Any, ...]
_databases: dict[Reading, DatabaseObservation] = {}
_storages: dict[Key, StorageObservation] = {}
_answers: dict[int, Answer] = {}
_decisions: dict[Key, tuple[Facts, Decision]] = {}


def forget() -> None:
    """Forget everything; for code that was broken on purpose, and before it is too much."""
    for known in (_databases, _storages, _answers, _decisions):
        known.clear()


def tidy() -> None:
    """Forget everything once it is too much; between two histories, because an observation is known by its identity."""
    if len(_decisions) + len(_databases) > MOST:
        forget()


def database(reading: Reading) -> DatabaseObservation:
    """The observation of one database."""
    found = _databases.get(reading)
    if found is None:
        found = _databases[reading] = _database(reading)
    return found


def answer(seen: DatabaseObservation) -> Answer:
    """The state of the ladder for an observation that this module made."""
    found = _answers.get(id(seen))
    if found is None:
        found = _answers[id(seen)] = classify(seen)
    return found


def _database(read: Reading) -> DatabaseObservation:
    databases = dict(read.catalogs)
    seen: dict[str, t.Any] = {
        "server": "db.msp",
        "database": read.name,
        "databases": databases,
        "system_identifier": read.identifier,
        "superuser_match": read.match,
        "contract": SeedContract(filled_by_migrations=read.declared),
        "expected": read.expected,
        "identities": {SECRET: read.identity} if read.identity else {},
        "backends": read.backends,
        "jobs": read.jobs,
    }
    if read.content is not None:
        seen |= _inside(read.content, marked_filled(databases.get(read.name, "")))
    return DatabaseObservation(**seen)


def _inside(read: Content, filled: tuple[str, ...]) -> dict[str, t.Any]:
    # The first migration makes every table of the contract but one, the second the last.
    made = {0: 0, 1: len(TABLES) - 1}.get(len(read.migrations), len(TABLES))
    seen: dict[str, t.Any] = {
        "tables": made + read.other_tables,
        "migrations": read.migrations if read.migrations or read.locked else None,
        "locked": read.locked,
        "rows": {
            table: count if place < made else None for place, (table, count) in enumerate(zip(TABLES, read.rows, strict=True))
        },
        "filled": filled,
        "recorded": tuple(run for run, _seed_set, _filled in read.ledger),
    }
    seeded = [(seed_set, tables) for _run, seed_set, tables in read.ledger if seed_set]
    if seeded:
        seen |= {"ledger_seeded": seeded[0][0], "filled": seeded[0][1]}
    return seen


def storage(key: Key) -> StorageObservation:
    """The observation of the volumes."""
    found = _storages.get(key)
    if found is None:
        found = _storages[key] = _storage(*key)
    return found


def _storage(claims: Key, volumes: Key, stopped: bool, image: str) -> StorageObservation:
    seen = tuple(
        Claim(name, "Bound" if volume else "Pending", volume, terminating, state, run, kept=True, identity=identity)
        for name, volume, terminating, state, run, identity in claims
    )
    bound = {claim.volume for claim in seen}
    known = tuple(
        Volume(name, "Bound" if name in bound else "Released", claim, f"/data/{name}") for name, claim, _cluster in volumes
    )
    answered = {volume.claim for volume in known} | {each.name for each in seen if each.volume or each.name != DATABASE_CLAIM}
    directories = None
    if not answered.issuperset(CLAIMS.values()):
        directories = tuple(
            Directory(path=f"/data/{name}", claim=claim, **_contents(cluster, image)) for name, claim, cluster in volumes
        )
    own = next((each.volume for each in seen if each.name == DATABASE_CLAIM), "")
    inside = next((contents(cluster, image) for name, _claim, cluster in volumes if stopped and name == own), None)
    return StorageObservation(names.NAMESPACE, DATABASE_CLAIM, seen, known, directories, inside)


def contents(cluster: tuple[str, bool] | None, image: str) -> Contents:
    """What a volume holds, as a pod with that image sees it."""
    return Contents(**_contents(cluster, image))


def _contents(cluster: tuple[str, bool] | None, image: str) -> dict[str, t.Any]:
    seen: dict[str, t.Any] = {"image": "db", "image_version": image}
    return seen if cluster is None else {**seen, "version": cluster[0], "control": cluster[1], "begun": True}


def decision(asked: Question, seen: DatabaseObservation | None, volumes: StorageObservation | None) -> tuple[Facts, Decision]:
    """The facts, and what the real decision makes of them."""
    known = (asked, id(seen), id(volumes))
    found = _decisions.get(known)
    if found is None:
        found = _decisions[known] = _decide(asked, seen, volumes)
    return found


def _decide(asked: Question, seen: DatabaseObservation | None, volumes: StorageObservation | None) -> tuple[Facts, Decision]:
    if seen is not None:
        claim = volumes.claim(DATABASE_CLAIM) if volumes is not None else None
        if claim is not None and claim.identity:
            seen = dataclasses.replace(
                seen, identities={**seen.identities, f"PersistentVolumeClaim {claim.name}": claim.identity}
            )
        said = classify(seen)
    else:
        assert asked.reason is not None
        said = failed(ObservationFailed(f"{asked.reason.value}.", reason=asked.reason))
    facts = Facts(
        mode=asked.mode,
        secret=asked.secret,
        answer=said,
        seen=seen,
        storage=volumes,
        unread=asked.unread,
        job=asked.job,
        image=asked.image,
        expect=asked.expect,
        release_lock=asked.release_lock,
    )
    return facts, rules.decide(facts)

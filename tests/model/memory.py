# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read, as the collection's real observations, and what its real code decides from them.

Histories meet the same things again and again, so each is built, classified and decided once, and remembered by what was read.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image, Job
from ansible_collections.alga.appliance.plugins.module_utils._core.database import grants
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import (
    Answer,
    DatabaseObservation,
    classify,
    failed,
    marked_filled,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.database.seed_contract import SeedContract
from ansible_collections.alga.appliance.plugins.module_utils._core.decision import decision as rules
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import Decision
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Facts, Secret
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.findings import Finding
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Mode, Reason, StorageState
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import (
    Claim,
    Directory,
    StorageObservation,
    Volume,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import classify as classify_storage
from ansible_collections.alga.appliance.tests.model.things import CLAIMS, DATABASE_CLAIM, TABLES

SECRET = f"Secret {names.NAMESPACE}/{names.CREDENTIALS_SECRET}"
MOST = 200_000
READ_ONLY = (Finding("default_transaction_read_only is on for every session.", "Undo it."),)


class Content(t.NamedTuple):
    """What a reader finds inside a database; the rows by the order of the contract's tables.

    :param lacking: roles without what the first run grants them (R5).
    """

    migrations: tuple[str, ...]
    locked: bool
    rows: tuple[int, ...]
    other_tables: int
    ledger: tuple[tuple[str, str, tuple[str, ...]], ...]
    lacking: tuple[str, ...] = ()


class Server(t.NamedTuple):
    """What is read about the server, and what of its catalogs.

    :param read_only: whether the server writes nothing (R4).
    """

    identifier: str
    match: bool | None
    identity: str
    catalogs: tuple[tuple[str, str], ...]
    backends: int
    read_only: bool


class Reading(t.NamedTuple):
    """Everything that is read about one database; its content is None where it does not exist.

    :param declared: tables that the operator declares as filled by migrations (alga_seed_contract).
    """

    name: str
    server: Server
    expected: tuple[str, ...] | None
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
# PostgreSQL's major version, whether initdb came to its end, and the system identifier of a data directory.
On = tuple[str, bool, str]
_databases: dict[Reading, DatabaseObservation] = {}
_storages: dict[Key, StorageObservation] = {}
_answers: dict[int, Answer] = {}
_known: dict[tuple[int, str], DatabaseObservation] = {}
_facts: dict[Key, Facts] = {}
_decisions: dict[int, Decision] = {}
_keys: dict[Key, t.Any] = {}
_states: dict[int, StorageState] = {}


def forget() -> None:
    """Forget everything; for code that was broken on purpose, and before it is too much."""
    for known in (_databases, _storages, _answers, _known, _facts, _decisions, _keys, _states):
        known.clear()


def tidy() -> None:
    """Forget everything once it is too much; between two histories, because an observation is known by its identity."""
    if len(_facts) + len(_databases) > MOST:
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
    databases = dict(read.server.catalogs)
    seen: dict[str, t.Any] = {
        "server": "db.msp",
        "database": read.name,
        "databases": databases,
        "system_identifier": read.server.identifier,
        "superuser_match": read.server.match,
        "contract": SeedContract(filled_by_migrations=read.declared),
        "expected": read.expected,
        "identities": {SECRET: read.server.identity} if read.server.identity else {},
        "read_only": READ_ONLY if read.server.read_only else (),
        "backends": read.server.backends,
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
        "lacks": tuple(grants.Lack(role, grants.On.TABLES, grants.ON_TABLES, TABLES[:1]) for role in read.lacking),
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


def storage_state(seen: StorageObservation) -> StorageState:
    """The state of volumes that this module observed."""
    found = _states.get(id(seen))
    if found is None:
        found = _states[id(seen)] = classify_storage(seen)
    return found


def _storage(claims: Key, volumes: Key, stopped: bool) -> StorageObservation:
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
            Directory(path=f"/data/{name}", claim=claim, **_contents(cluster, "")) for name, claim, cluster in volumes
        )
    own = next((each.volume for each in seen if each.name == DATABASE_CLAIM), "")
    inside = next((contents(cluster, "") for name, _claim, cluster in volumes if stopped and name == own), None)
    return StorageObservation(names.NAMESPACE, DATABASE_CLAIM, seen, known, directories, inside)


def contents(cluster: On | None, image: str) -> Contents:
    """What a volume holds, as a pod with that image sees it."""
    return Contents(**_contents(cluster, image))


def _contents(cluster: On | None, image: str) -> dict[str, t.Any]:
    seen: dict[str, t.Any] = {"image": "db", "image_version": image}
    return (
        seen
        if cluster is None
        else {
            **seen,
            "version": cluster[0],
            "control": cluster[1],
            "identity": cluster[2] if cluster[1] else "",
            "begun": True,
        }
    )


def facts(asked: Question, seen: DatabaseObservation | None, volumes: StorageObservation | None) -> Facts:
    """The facts of observations that this module made."""
    key = (asked, id(seen), id(volumes))
    found = _facts.get(key)
    if found is None:
        found = _facts[key] = _put_together(asked, seen, volumes)
    return found


def decide(known: Facts) -> Decision:
    """What the real decision makes of facts that this module put together."""
    found = _decisions.get(id(known))
    if found is None:
        found = _decisions[id(known)] = rules.decide(known)
    return found


def _identified(seen: DatabaseObservation, claim: Claim) -> DatabaseObservation:
    key = (id(seen), claim.identity)
    found = _known.get(key)
    if found is None:
        places = {**seen.identities, f"PersistentVolumeClaim {names.NAMESPACE}/{claim.name}": claim.identity}
        found = _known[key] = dataclasses.replace(seen, identities=places)
    return found


def _put_together(asked: Question, seen: DatabaseObservation | None, volumes: StorageObservation | None) -> Facts:
    if seen is not None:
        claim = volumes.claim(DATABASE_CLAIM) if volumes is not None else None
        if claim is not None and claim.identity:
            seen = _identified(seen, claim)
        said = answer(seen)
    else:
        assert asked.reason is not None
        said = failed(ObservationFailed(f"{asked.reason.value}.", reason=asked.reason))
    return Facts(
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


def keys(question: str, read: Key, answer: t.Callable[..., t.Any], *arguments: t.Any) -> t.Any:
    """What is said about the generated keys, by what was read of them."""
    key = (question, *read)
    if key not in _keys:
        _keys[key] = answer(*arguments)
    return _keys[key]

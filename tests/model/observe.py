# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller sees, read by read and in the order of _use_cases/situation.py, as the real observations."""

from __future__ import annotations

import memory
from controller import DONE, Controller, Effects, Unread
from things import CLAIMS, DATABASE_CLAIM, TABLES, Cluster, Database
from world import DATABASE, World

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap import Image, Job, JobState, Stage
from ansible_collections.alga.appliance.plugins.module_utils._core.contents import Trouble, judge
from ansible_collections.alga.appliance.plugins.module_utils._core.database import DatabaseObservation
from ansible_collections.alga.appliance.plugins.module_utils._core.situation import Secret
from ansible_collections.alga.appliance.plugins.module_utils._core.states import CredentialState, DatabaseState, Reason
from ansible_collections.alga.appliance.plugins.module_utils._core.storage import StorageObservation

SECRET = f"{names.NAMESPACE}/{names.CREDENTIALS_SECRET}"
APPLIANCES = frozenset(CLAIMS.values())
UNREADABLE = (DatabaseState.UNKNOWN, DatabaseState.AUTH_FAILED, DatabaseState.POOLER)
Expected = tuple[str, ...] | None


def readable(world: World, kind: str) -> None:
    """Ask the API server for objects of one kind.

    :raises Unread: when it does not answer, or forbids it.
    """
    if world.fault:
        if world.fault == "unreachable":
            raise Unread(Reason.API_UNREACHABLE)
        if world.fault == kind:
            raise Unread(Reason.API_FORBIDDEN)


def reachable(world: World) -> None:
    """The way to PostgreSQL: Service, pod, Secret, port-forward.

    :raises Unread: with the reason of the first link that is missing.
    """
    readable(world, "")
    if not world.statefulset:
        raise Unread(Reason.SERVICE_NOT_FOUND)
    if world.postgresql in ("none", "crashing"):
        raise Unread(Reason.NO_RUNNING_POD)
    readable(world, "secrets")
    if world.pooler:
        raise Unread(Reason.POOLER_ANSWERED)
    if world.postgresql == "initdb":
        raise Unread(Reason.CONNECTION_FAILED)
    if world.postgresql == "starting":
        raise Unread(Reason.STARTING_UP)


def database(world: World, me: Controller, name: str = DATABASE, expected: Expected = None) -> Effects:
    """Read one database: the server's catalogs, then the database, then the Jobs where knex's lock is held."""
    reachable(world)
    cluster, life = world.cluster(), world.life
    inside = cluster.databases.get(name)
    match = None if world.secret is None else world.secret.number == cluster.passwords[names.SUPERUSER]
    identity = world.secret.identity if world.secret is not None else ""
    catalogs = tuple([(each, found.comment) for each, found in cluster.databases.items()])
    backends = 0
    content: memory.Content | None = None
    jobs: tuple[str, ...] = ()
    if inside is not None:
        backends = inside.outside + _job_connected(world, name)
        me.inside = name
        yield DONE
        me.inside = ""
        if world.life != life:
            raise Unread(Reason.QUERY_FAILED)
        content = _content(inside)
    yield DONE
    if content is not None and content.locked:
        readable(world, "jobs")
        jobs = (names.JOB,) if world.job is not None and world.job.state == "running" else ()
    return memory.database(
        memory.Reading(name, cluster.identifier, match, identity, catalogs, expected, backends, jobs, content, world.declared)
    )


def _content(found: Database) -> memory.Content:
    return memory.Content(
        tuple(found.migrations),
        found.locked,
        tuple([found.rows.get(table, 0) for table in TABLES]),
        found.other_tables,
        tuple([(entry.run, entry.seed_set, entry.filled) for entry in found.ledger]),
    )


def _job_connected(world: World, name: str) -> int:
    return int(world.job is not None and world.job.locked and world.job.database == name)


def storage(world: World) -> StorageObservation:
    """Claims and volumes; the directories where those leave the question open, the contents where no pod runs."""
    readable(world, "volumes")
    claims = tuple(
        [(each.name, each.volume, each.terminating, each.state, each.run, each.identity) for each in world.claims.values()]
    )
    volumes = tuple([(each.name, each.claim, _on(each.cluster)) for each in world.volumes.values() if each.claim in APPLIANCES])
    image = world.image_major if world.statefulset else ""
    return memory.storage((claims, volumes, world.postgresql in ("none", "crashing"), image))


def trouble(world: World) -> Trouble | None:
    """Why PostgreSQL must not be started on the volume of the database's claim, where it does not run."""
    readable(world, "volumes")
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None or not claim.volume or world.postgresql not in ("none", "crashing"):
        return None
    contents = memory.contents(_on(world.volumes[claim.volume].cluster), world.image_major)
    return judge(contents, "The volume")


def _on(cluster: Cluster | None) -> tuple[str, bool] | None:
    return None if cluster is None else (cluster.major, cluster.made)


def secret(world: World) -> Secret:
    """The Secret of the contract."""
    readable(world, "secrets")
    if world.secret is None:
        return Secret(SECRET, CredentialState.ABSENT)
    if not world.secret.complete:
        return Secret(SECRET, CredentialState.PARTIAL, (names.SUPERUSER_KEY,))
    return Secret(SECRET, CredentialState.COMPLETE)


def job(world: World) -> Job:
    """The bootstrap Job."""
    readable(world, "jobs")
    found = world.job
    if found is None:
        return Job()
    return Job(JobState(found.state), found.run, Stage(found.stage), found.database, found.before, "then")


def image(world: World) -> Image:
    """The image of the application's Deployment."""
    readable(world, "")
    return Image(world.deployment.version.name, world.deployment.version.name) if world.deployment else Image()


def expected(world: World) -> Expected:
    """The migrations of that image; None while there is no Deployment."""
    readable(world, "")
    return world.deployment.version.migrations if world.deployment else None


def facts(world: World, me: Controller, migrations: Expected = None) -> Effects:
    """Read everything, the database first; what cannot be read is part of the facts."""
    seen: DatabaseObservation | None = None
    try:
        seen = yield from database(world, me, DATABASE, migrations)
        reason = None
    except Unread as error:
        if error.reason is Reason.API_UNREACHABLE:
            raise
        reason = error.reason
    volumes, credentials, unread = None, Secret(SECRET, CredentialState.UNKNOWN), ""
    found, application = Job(), Image()
    try:
        looked = storage(world)
        yield DONE
        read = secret(world)
        yield DONE
        working = job(world)
        yield DONE
        volumes, credentials, found, application = looked, read, working, image(world)
    except Unread as error:
        unread = error.reason.value
    facts, decision = memory.decision(
        memory.Question(me.mode, credentials, reason, unread, found, application, me.expect, me.release_lock), seen, volumes
    )
    me.blind = unread or (facts.answer.state.value if facts.answer.state in UNREADABLE else "")
    return facts, decision

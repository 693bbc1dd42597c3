# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller sees, read by read and in the order of _use_cases/observing/situation.py, as the real observations."""

from __future__ import annotations

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image, Job, JobState, Stage
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import DatabaseObservation
from ansible_collections.alga.appliance.plugins.module_utils._core.database.grants import ROLES
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Facts, Secret
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import CredentialState, DatabaseState, Reason
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents, Trouble, judge
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import StorageObservation
from ansible_collections.alga.appliance.tests.model import memory
from ansible_collections.alga.appliance.tests.model.controller import Controller, pause, unread
from ansible_collections.alga.appliance.tests.model.things import CLAIMS, DATABASE_CLAIM, TABLES, Cluster, Database
from ansible_collections.alga.appliance.tests.model.world import DATABASE, World

SECRET = f"{names.NAMESPACE}/{names.CREDENTIALS_SECRET}"
APPLIANCES = frozenset(CLAIMS.values())
UNREADABLE = (DatabaseState.UNKNOWN, DatabaseState.AUTH_FAILED, DatabaseState.POOLER)
NO_SECRET = Secret(SECRET, CredentialState.ABSENT)
PARTIAL_SECRET = Secret(SECRET, CredentialState.PARTIAL, (names.SUPERUSER_KEY,))
COMPLETE_SECRET = Secret(SECRET, CredentialState.COMPLETE)
UNKNOWN_SECRET = Secret(SECRET, CredentialState.UNKNOWN)
NO_JOB, NO_IMAGE = Job(), Image()
Expected = tuple[str, ...] | None


def readable(world: World, kind: str) -> None:
    """Ask the API server for objects of one kind.

    :raises ObservationFailed: when it does not answer, or forbids it.
    """
    if world.fault:
        if world.fault == "unreachable":
            raise unread(Reason.API_UNREACHABLE)
        if world.fault == kind:
            raise unread(Reason.API_FORBIDDEN)


def reachable(world: World) -> None:
    """The way to PostgreSQL: Service, pod, Secret, port-forward.

    :raises ObservationFailed: with the reason of the first link that is missing.
    """
    readable(world, "")
    if not world.statefulset:
        raise unread(Reason.SERVICE_NOT_FOUND)
    if world.postgresql in ("none", "crashing"):
        raise unread(Reason.NO_RUNNING_POD)
    readable(world, "secrets")
    if world.hanging:
        raise unread(Reason.HANGING)
    if world.pooler:
        raise unread(Reason.POOLER_ANSWERED)
    if world.postgresql == "initdb":
        raise unread(Reason.CONNECTION_FAILED)
    if world.postgresql == "starting":
        raise unread(Reason.STARTING_UP)


def database(world: World, me: Controller, name: str = DATABASE, expected: Expected = None) -> DatabaseObservation:
    """Read one database: the server's catalogs, then the database, then the Jobs where knex's lock is held."""
    reachable(world)
    cluster, life, version, key = world.cluster(), world.life, world.version, (name, expected)
    known: tuple[int, memory.Server, DatabaseObservation] | None = world.databases_read.get(key)
    if known is not None and known[0] != version:
        known = None
    server = known[1] if known is not None else _server(world, cluster, name)
    inside = cluster.databases.get(name)
    if inside is not None:
        me.inside = name
        pause()
        me.inside = ""
        if world.life != life:
            raise unread(Reason.QUERY_FAILED)
    content = _content(inside, cluster) if inside is not None and (known is None or world.version != version) else None
    pause()
    if known is not None and world.version == version:
        return known[2]
    if known is not None and content is None and inside is not None:
        content = _content(inside, cluster)
    jobs: tuple[str, ...] = ()
    if content is not None and content.locked:
        readable(world, "jobs")
        jobs = (names.JOB,) if world.job is not None and world.job.state == "running" else ()
    seen = memory.database(memory.Reading(name, server, expected, jobs, content, world.declared))
    if world.version == version:
        world.databases_read[key] = version, server, seen
    return seen


def _server(world: World, cluster: Cluster, name: str) -> memory.Server:
    secret, inside = world.secret, cluster.databases.get(name)
    return memory.Server(
        cluster.identifier,
        None if secret is None else secret.number == cluster.passwords[names.SUPERUSER],
        secret.identity if secret is not None else "",
        tuple([(each, found.comment) for each, found in cluster.databases.items()]),
        0 if inside is None else inside.outside + _job_connected(world, name),
        world.read_only,
    )


def _content(found: Database, cluster: Cluster) -> memory.Content:
    rows = found.rows
    lacking = () if found.locked or len(found.granted) == len(ROLES) else _lacking(found, cluster)
    return memory.Content(
        tuple(found.migrations),
        found.locked,
        tuple([rows.get(table, 0) for table in TABLES]) if rows else NO_ROWS,
        found.other_tables,
        tuple([(entry.run, entry.seed_set, entry.filled) for entry in found.ledger]),
        lacking,
    )


NO_ROWS = tuple(0 for _table in TABLES)


def _lacking(found: Database, cluster: Cluster) -> tuple[str, ...]:
    return tuple(role for role in ROLES if role in cluster.passwords and role not in found.granted)


def _job_connected(world: World, name: str) -> int:
    return int(world.job is not None and world.job.locked and world.job.database == name)


def storage(world: World) -> StorageObservation:
    """Claims and volumes; the directories where those leave the question open, the contents where no pod runs."""
    return _storage(world, inside=world.postgresql in ("none", "crashing"))


def listed(world: World) -> StorageObservation:
    """Claims and volumes, without a look into any."""
    return _storage(world, inside=False)


def _storage(world: World, *, inside: bool) -> StorageObservation:
    readable(world, "volumes")
    known: tuple[int, StorageObservation] | None = world.volumes_read.get(inside)
    if known is not None and known[0] == world.version:
        return known[1]
    claims = tuple(
        [(each.name, each.volume, each.terminating, each.state, each.run, each.identity) for each in world.claims.values()]
    )
    volumes = tuple([(each.name, each.claim, _on(each.cluster)) for each in world.volumes.values() if each.claim in APPLIANCES])
    # The image's version is alga_release's to judge, which knows the image that helm would bring.
    seen = memory.storage((claims, volumes, inside))
    world.volumes_read[inside] = world.version, seen
    return seen


def trouble(world: World) -> Trouble | None:
    """Why PostgreSQL must not be started on the volume of the database's claim, where it does not run."""
    readable(world, "volumes")
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None or not claim.volume or world.postgresql not in ("none", "crashing"):
        return None
    contents = memory.contents(_on(world.volumes[claim.volume].cluster), world.image_major)
    return judge(contents, "The volume", claim.identity if claim.state == names.READY else None)


def _on(cluster: Cluster | None) -> memory.On | None:
    return None if cluster is None else (cluster.major, cluster.made, cluster.identifier)


def secret(world: World) -> Secret:
    """The Secret of the contract."""
    readable(world, "secrets")
    if world.secret is None:
        return NO_SECRET
    return COMPLETE_SECRET if world.secret.complete else PARTIAL_SECRET


def job(world: World) -> Job:
    """The bootstrap Job."""
    readable(world, "jobs")
    found = world.job
    if found is None:
        return NO_JOB
    return Job(JobState(found.state), found.run, Stage(found.stage), found.database, found.before, "then")


def image(world: World) -> Image:
    """The image of the application's Deployment."""
    readable(world, "")
    return Image(world.deployment.version.name, world.deployment.version.name) if world.deployment else NO_IMAGE


def expected(world: World) -> Expected:
    """The migrations of that image; None while there is no Deployment."""
    readable(world, "")
    return world.deployment.version.migrations if world.deployment else None


def facts(world: World, me: Controller, migrations: Expected = None) -> Facts:
    """Read everything, the database first; what cannot be read is part of the facts."""
    seen: DatabaseObservation | None = None
    try:
        seen = database(world, me, DATABASE, migrations)
        reason = None
    except ObservationFailed as error:
        if error.reason is Reason.API_UNREACHABLE:
            raise
        reason = error.reason
    volumes, credentials, missing = None, UNKNOWN_SECRET, ""
    found, application = NO_JOB, NO_IMAGE
    try:
        looked = storage(world)
        pause()
        read = secret(world)
        pause()
        working = job(world)
        pause()
        volumes, credentials, found, application = looked, read, working, image(world)
    except ObservationFailed as error:
        missing = error.reason.value
    known = memory.facts(
        memory.Question(me.mode, credentials, reason, missing, found, application, me.expect, me.release_lock), seen, volumes
    )
    me.state = known.answer.state
    # Why nothing was read counts here, and not what the collection makes of it.
    hung = reason.value if reason is Reason.HANGING else ""
    me.blind = missing or hung or (known.answer.state.value if known.answer.state in UNREADABLE else "")
    me.undecided = True
    return known


def contents(world: World) -> Contents:
    """What the volume of the database's claim holds, as any pod sees it."""
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None or not claim.volume:
        raise unread(Reason.LOOK_FAILED)
    return memory.contents(_on(world.volumes[claim.volume].cluster), "")

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller does to the world, one API call or SQL statement each (_adapters/administration.py, jobs.py, storage.py)."""

from __future__ import annotations

import invariants
from controller import Controller, Ended, Unread
from observe import readable
from things import DATABASE_CLAIM, Claim, Database, Deployment, Entry, Secret, Work
from world import DATABASE, World

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap import Job
from ansible_collections.alga.appliance.plugins.module_utils._core.database import marked_run
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason

ROLES = (names.APPLICATION_ROLE, names.POOLER_ROLE, names.COLLABORATION_ROLE)


class Session:
    """A session that belongs to one life of the server."""

    def __init__(self, world: World) -> None:
        self.world, self.life = world, world.life

    def alive(self) -> None:
        """Check that the server still is the one it was opened on.

        :raises Unread: when it is not.
        """
        if self.world.life != self.life or self.world.postgresql != "up":
            raise Unread(Reason.QUERY_FAILED)


def request(world: World, me: Controller, kind: str, words: str) -> None:
    """One changing request to the API server, proved to be under the Lease where there is one."""
    readable(world, kind)
    if world.leases and world.lease is not me:
        raise Ended("failed", "the Lease is no longer ours")
    invariants.change(world, me, words)


def create_namespace(world: World, me: Controller) -> None:
    readable(world, "")
    world.namespace = True
    world.say(f"{me.name}: makes the namespace")
    world.touch()


def create_secret(world: World, me: Controller) -> None:
    readable(world, "secrets")
    if world.secret is not None:
        # The database's claim may have been made before: this is no refusal that changed nothing.
        raise Ended("failed", "the Secret was created by somebody else")
    request(world, me, "secrets", "generates the Secret")
    invariants.begun(me)
    invariants.secret_generated(world)
    world.secret = Secret(world.number())
    world.backups.append(world.secret.number)


def mark_secret(world: World, me: Controller, *, identity: str = "") -> None:
    request(world, me, "secrets", f"marks the Secret {identity}")
    if world.secret is None:
        raise Unread(Reason.API_ERROR)
    world.secret.marked = True
    world.secret.identity = identity or world.secret.identity


def create_claim(world: World, me: Controller, name: str, state: str, run: str) -> None:
    readable(world, "volumes")
    if name in world.claims:
        raise Ended("failed", f"claim {name} exists already")
    request(world, me, "volumes", f"creates claim {name}")
    invariants.claim_created(world, name)
    world.claims[name] = Claim(name, state=state, run=run)


def annotate_claim(world: World, me: Controller, name: str, *, state: str, run: str = "", identity: str = "") -> None:
    request(world, me, "volumes", f"marks claim {name} as {state}")
    claim = world.claims.get(name)
    if claim is None:
        raise Unread(Reason.API_ERROR)
    claim.state, claim.run, claim.identity = state, run or claim.run, identity or claim.identity


def begin_first_run(world: World, me: Controller, run: str) -> None:
    readable(world, "volumes")
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is not None and claim.state == names.MADE:
        annotate_claim(world, me, DATABASE_CLAIM, state=names.INITIALIZING, run=run)


def bind_claim(world: World, me: Controller) -> None:
    """A pod that looks is the first one on the database's claim."""
    request(world, me, "volumes", "lets the database's claim get its volume")
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None or claim.terminating:
        raise Unread(Reason.LOOK_FAILED)
    world.bind(claim)


def claim_is_first_runs(world: World, run: str) -> None:
    """Look once more, before anything is moved, whether the claim says that this first run began on it."""
    readable(world, "volumes")
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None or not run or (claim.state, claim.run) != (names.INITIALIZING, run):
        raise Ended("failed", "the claim is not this first run's")


def stop_statefulset(world: World, me: Controller) -> None:
    request(world, me, "", "stops PostgreSQL")
    world.statefulset = False
    world.stop_postgresql("PostgreSQL's pod ends")


def move_data_aside(world: World, me: Controller) -> None:
    request(world, me, "volumes", "moves the half-initialised data aside")
    claim = world.claims.get(DATABASE_CLAIM)
    volume = world.volumes.get(claim.volume) if claim is not None else None
    if volume is None or volume.cluster is None or volume.cluster.made:
        raise Unread(Reason.LOOK_FAILED)
    volume.cluster = None


def delete_job(world: World, me: Controller) -> None:
    readable(world, "jobs")
    if world.job is not None:
        request(world, me, "jobs", "deletes the Job")
        invariants.job_deleted(world)
        world.kill_job_pod("the Job's pod is killed")
        world.job = None


def create_job(world: World, me: Controller, job: Job, done: str) -> None:
    readable(world, "jobs")
    if world.job is not None:
        raise Ended("failed", "the Job exists already")
    if world.deployment is None:
        raise Ended("failed", "the Deployment is gone")
    request(world, me, "jobs", f"starts the Job: {job.stage.value} {job.database}")
    invariants.job_created(me, world.database(job.database), job.stage.value)
    world.job = Work(job.run, job.stage.value, job.database, world.deployment.version, job.migrations_before, done)


def pend_release(world: World, me: Controller) -> None:
    request(world, me, "", "helm begins")
    if world.secret is None or not world.secret.marked:
        raise Ended("failed", "helm refuses: the Secret is missing or not the release's")
    world.release = "pending"


def create_statefulset(world: World, me: Controller) -> None:
    request(world, me, "", "helm makes PostgreSQL")
    world.statefulset = True


def create_deployment(world: World, me: Controller, replicas: int) -> None:
    request(world, me, "", f"helm makes the Deployment with {world.wanted.name}, {replicas} replicas")
    gated = world.deployment is not None and world.deployment.gated
    if world.deployment is None or (world.deployment.version, world.deployment.replicas) != (world.wanted, replicas):
        world.application = False
    world.deployment = Deployment(world.wanted, replicas, gated)


def gate(world: World, me: Controller) -> None:
    request(world, me, "", "puts the gate in front of the application")
    if world.deployment is None:
        raise Ended("failed", "the Deployment is gone")
    world.deployment.gated, world.application = True, False


def statement(world: World, me: Controller, session: Session | None, words: str) -> None:
    """One changing SQL statement, over the session that holds the lock or one of its own."""
    (session or connect(world)).alive()
    invariants.change(world, me, words)


def connect(world: World) -> Session:
    """Open a session.

    :raises Unread: when PostgreSQL does not answer.
    """
    readable(world, "secrets")
    session = Session(world)
    session.alive()
    return session


def create_role(world: World, me: Controller, session: Session, role: str, number: int) -> None:
    statement(world, me, session, f"creates role {role}")
    if role in world.cluster().passwords:
        raise Unread(Reason.QUERY_FAILED)
    world.cluster().passwords[role] = number


def create_database(world: World, me: Controller, session: Session, name: str, *, own: bool) -> None:
    statement(world, me, session, f"creates database {name}")
    if name in world.cluster().databases:
        raise Unread(Reason.QUERY_FAILED)
    invariants.begun(me)
    world.cluster().databases[name] = Database(own=own)


def mark_database(world: World, me: Controller, session: Session, name: str, comment: str) -> None:
    statement(world, me, session, f"marks database {name}")
    _existing(world, name).comment = comment


def furnish(world: World, me: Controller, name: str) -> None:
    statement(world, me, None, f"makes the extension and the grants of {name}")
    _existing(world, name).furnished = True


def drop_database(world: World, me: Controller, session: Session, name: str, comment: str) -> None:
    if not marked_run(comment):
        raise Ended("failed", "a database without the collection's mark is not dropped")
    statement(world, me, session, f"drops database {name}")
    invariants.database_dropped(_existing(world, name))
    del world.cluster().databases[name]


def drop_leftover(world: World, me: Controller, session: Session, name: str) -> None:
    """Drop what a killed run left under the name that carries its id, before it was marked; nothing where there is none."""
    session.alive()
    if name in world.cluster().databases:
        statement(world, me, session, f"drops database {name}")
        invariants.leftover_dropped(_existing(world, name))
        del world.cluster().databases[name]


def rename(world: World, me: Controller, session: Session, name: str, new: str) -> None:
    statement(world, me, session, f"renames database {name} to {new}")
    databases = world.cluster().databases
    database = _existing(world, name)
    busy = database.outside or any(other.inside == name for other in me.others())
    if busy or new in databases:
        raise Unread(Reason.QUERY_FAILED)
    if new == DATABASE:
        invariants.published(world, database)
        database.published = True
    elif not database.own:
        invariants.database_set_aside(database, me)
    databases[new] = databases.pop(name)


def write_ledger(world: World, me: Controller, name: str, entry: Entry) -> None:
    statement(world, me, None, f"writes run {entry.run} into the ledger of {name}")
    ledger = _existing(world, name).ledger
    invariants.recorded(me, _existing(world, name), entry.run)
    if not entry.run:
        raise Unread(Reason.QUERY_FAILED)
    if not any((each.run, each.mode) == (entry.run, entry.mode) for each in ledger):
        ledger.append(entry)


def release_knex_lock(world: World, me: Controller, name: str) -> None:
    statement(world, me, None, "releases knex's lock")
    database = _existing(world, name)
    invariants.lock_released(world, database, me)
    database.locked = False


def _existing(world: World, name: str) -> Database:
    found = world.cluster().databases.get(name)
    if found is None:
        raise Unread(Reason.QUERY_FAILED)
    return found

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modelled cluster, and what happens in it by itself: PostgreSQL starts, the Job works, the application comes up."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.tests.model.things import (
    CLAIMS,
    DATABASE_CLAIM,
    SEED_FILES,
    VERSIONS,
    Claim,
    Cluster,
    Database,
    Deployment,
    Secret,
    Version,
    Volume,
    Work,
)

if t.TYPE_CHECKING:
    from ansible_collections.alga.appliance.tests.model.controller import Controller

DATABASE = names.DATABASE


class World:
    """Everything there is. Methods are what happens without a controller; what a controller does is in effects.py.

    :ivar postgresql: ``none``, ``initdb``, ``crashing``, ``starting`` or ``up``; ``pod`` tells whether there is a pod.
    :ivar life: counts the lives of the PostgreSQL server; sessions belong to one.
    :ivar fault: ``""``, ``unreachable``, or the kind of object that may not be read: ``volumes``, ``secrets``, ``jobs``.
    :ivar read_only: whether the server writes nothing (R4).
    :ivar hanging: whether the server answers nothing, and does nothing (R35).
    :ivar keys: the number of the application's generated keys; None where their Secret does not exist (R29).
    :ivar known_keys: ghost: the keys of the appliance when it was recorded as complete.
    :ivar unlisted: data of claims that no object speaks of any more, and that the provisioner gives the next claim (R1).
    :ivar databases_read: what was read in which version of the world, and is read again while nothing changes; so volumes_read.
    :ivar events: how often anything happened that no controller did.
    :ivar declared: tables that alga_seed_contract names as filled by migrations.
    :ivar lock: who holds the advisory lock, and in which life of the server.
    :ivar snapshot: a data directory, and what was on it then.
    :ivar leases: whether plays are under the appliance's Lease; ``lease`` is its holder.
    """

    def __init__(self, *, seeds: str = "onboarding", filling: bool = False, leases: bool = False) -> None:
        self.seeds = seeds
        self.versions = VERSIONS[filling]
        self.wanted: Version = self.versions[0]
        self.image_major = "17"
        self.declared: tuple[str, ...] = ()
        self.namespace = False
        self.secret: Secret | None = None
        self.claims: dict[str, Claim] = {}
        self.volumes: dict[str, Volume] = {}
        self.release = ""
        self.statefulset = False
        self.deployment: Deployment | None = None
        self.job: Work | None = None
        self.postgresql = "none"
        self.life = 0
        self.mounted = ""
        self.application = False
        self.pooler = False
        self.fault = ""
        self.read_only = False
        self.hanging = False
        self.keys: int | None = None
        self.known_keys: int | None = None
        self.unlisted: dict[str, Cluster] = {}
        self.events = 0
        self.lock: tuple[object, int] | None = None
        self.leases = leases
        self.lease: object = None
        self.counter = 0
        self.backups: list[int] = []
        self.snapshot: tuple[Cluster, Cluster] | None = None
        self.controllers: list[Controller] = []
        self.version = 0
        self.databases_read: dict[t.Any, t.Any] = {}
        self.volumes_read: dict[bool, t.Any] = {}
        self.log: list[str] = []

    def copied(self) -> World:
        """The same once more, for a history of its own; what was read is not copied, since it is known by its identity."""
        world = World.__new__(World)
        world.__dict__.update(self.__dict__)
        world.claims = {name: replace(claim) for name, claim in self.claims.items()}
        world.volumes = {
            name: replace(volume, cluster=volume.cluster.copied() if volume.cluster is not None else None)
            for name, volume in self.volumes.items()
        }
        world.secret = replace(self.secret) if self.secret is not None else None
        world.deployment = replace(self.deployment) if self.deployment is not None else None
        world.job = replace(self.job) if self.job is not None else None
        world.unlisted, world.databases_read, world.volumes_read = {}, {}, {}
        world.backups, world.log, world.controllers = [*self.backups], [*self.log], []
        return world

    def say(self, words: str) -> None:
        """Write down what happened."""
        self.log.append(words)

    def number(self) -> int:
        """A number that was not used before."""
        self.counter += 1
        return self.counter

    def touch(self) -> None:
        """Something changed."""
        self.version += 1

    # What a person or a program finds here

    def cluster(self) -> Cluster:
        """The data directory that PostgreSQL runs on."""
        cluster = self.volumes[self.mounted].cluster
        assert cluster is not None
        return cluster

    def database(self, name: str = DATABASE) -> Database | None:
        """A database of the PostgreSQL that runs."""
        return self.cluster().databases.get(name) if self.postgresql == "up" and not self.hanging else None

    def released(self, claim: str) -> list[Volume]:
        """Volumes of a claim that no claim names."""
        bound = {each.volume for each in self.claims.values()}
        return [volume for volume in self.volumes.values() if volume.claim == claim and volume.name not in bound]

    def holds_data(self) -> bool:
        """Whether any volume of the appliance has a data directory on it."""
        return any(True for _cluster in self.clusters())

    def clusters(self) -> t.Iterator[Cluster]:
        """Every data directory, wherever it is."""
        for volume in self.volumes.values():
            if volume.cluster is not None:
                yield volume.cluster
            if volume.away is not None:
                yield volume.away
        yield from self.unlisted.values()

    @property
    def keys_are_recorded(self) -> bool:
        """Whether the claim or the Secret still says which generated keys a complete appliance had."""
        claim = self.claims.get(DATABASE_CLAIM)
        return any(each is not None and each.keys for each in (claim, self.secret))

    # What happens by itself

    def tick(self) -> bool:
        """Let the cluster go on by one step; tells whether anything moved."""
        before = self.version
        self._start_postgresql()
        if not self.hanging:
            self.work()
        self._start_application()
        return self.version != before

    def _start_postgresql(self) -> None:
        if self.postgresql == "initdb":
            self.cluster().made = True
            self._become("starting", "initdb ends")
        elif self.postgresql == "starting":
            self._become("up", "PostgreSQL answers")
        elif self.postgresql == "none" and self.statefulset:
            self._schedule()
        elif self.postgresql == "crashing":
            found = self.volumes[self.mounted].cluster
            if found is None or (found.made and found.major == self.image_major):
                self._become("none", "PostgreSQL's container is started once more")

    def _schedule(self) -> None:
        claim = self.claims.get(DATABASE_CLAIM)
        if claim is None or claim.terminating or self.secret is None or not self.secret.complete:
            return
        self.bind(claim)
        volume = self.volumes[claim.volume]
        self.mounted = volume.name
        cluster = volume.cluster
        if cluster is None:
            # The password is handed to initdb when it begins; the image's entrypoint never sets it again.
            volume.cluster = Cluster(
                f"sysid-{self.number()}", major=self.image_major, passwords={names.SUPERUSER: self.secret.number}
            )
            volume.cluster.databases["postgres"] = Database()
            self._become("initdb", "initdb begins on an empty volume")
        elif not cluster.made or cluster.major != self.image_major:
            self._become("crashing", "PostgreSQL cannot start on this data")
        else:
            self._become("starting", "PostgreSQL starts")

    def bind(self, claim: Claim) -> None:
        if not claim.volume:
            name = f"pv-{self.number()}"
            # By a pattern of names, a provisioner gives a claim the directory that one of this name had before.
            self.volumes[name] = Volume(name, claim.name, self.unlisted.pop(claim.name, None))
            claim.volume = name
            self.touch()

    def _become(self, state: str, words: str) -> None:
        self.postgresql = state
        self.say(words)
        self.touch()

    def work(self) -> None:
        """Let the Job go on: take the lock, one migration, one seed file, or its end."""
        job = self.job
        if job is None or job.state != "running" or self.secret is None or not self.secret.complete:
            return
        self.touch()
        database = self.database(job.database)
        if database is None or self.read_only or self.cluster().passwords[names.SUPERUSER] != self.secret.number:
            self.end_job("failed", "the Job fails: no database or no login")
        elif job.done and database.comment == job.done:
            self.end_job("succeeded", f"the Job has come to the end of stage {job.stage}")
        elif job.stage == "migrate":
            self._migrate(job, database)
        else:
            self._seed(job, database)

    def _migrate(self, job: Work, database: Database) -> None:
        pending = [name for name in job.version.migrations if name not in database.migrations]
        if not job.locked and (database.locked or any(name not in job.version.migrations for name in database.migrations)):
            self.end_job("failed", "knex refuses: locked, or migrations that the image does not have")
        elif not job.locked:
            database.locked = job.locked = True
            self.say("the Job takes knex's lock")
        elif pending:
            database.migrate(pending[0], job.version)
            self.say(f"the Job applies {pending[0]} to {job.database}")
        else:
            database.locked = job.locked = False
            database.complete_for = job.version
            self._succeed(job, database)

    def _seed(self, job: Work, database: Database) -> None:
        files = SEED_FILES[self.seeds]
        database.seeds_began = True
        if database.seeded_files < len(files):
            database.insert(files[database.seeded_files])
            database.seeded_files += 1
            self.say(f"the Job runs seed file {database.seeded_files}")
        else:
            self._succeed(job, database)

    def _succeed(self, job: Work, database: Database) -> None:
        """Mark the stage as done in the database that is built aside; the Job ends afterwards."""
        if job.done:
            database.comment = job.done
            self.say(f"the Job marks stage {job.stage} as done in {job.database}")
        else:
            self.end_job("succeeded", f"the Job has come to the end of stage {job.stage}")

    def end_job(self, state: str, words: str) -> None:
        """End the Job; knex's lock stays where its holder was killed."""
        assert self.job is not None
        self.job.state, self.job.locked = state, False
        self.say(words)
        self.touch()

    def _start_application(self) -> None:
        deployment = self.deployment
        up = deployment is not None and deployment.replicas > 0 and self._gate_opens(deployment)
        # The gate holds a start; an application that runs is not stopped by it.
        if up and not self.application:
            self.application = True
            for name in CLAIMS.values():
                if name in self.claims and name != DATABASE_CLAIM:
                    self.bind(self.claims[name])
            for controller in self.controllers:
                controller.took_down = False
            self.say("the application is up")
            self.touch()

    def _gate_opens(self, deployment: Deployment) -> bool:
        database = self.database()
        if self.secret is None or not self.secret.complete or any(name not in self.claims for name in CLAIMS.values()):
            return False
        if not deployment.gated:
            return True
        return (
            database is not None
            and not database.locked
            and set(database.migrations) == set(deployment.version.migrations)
            and self.cluster().passwords.get(names.APPLICATION_ROLE) == self.secret.number
        )

    # What stops

    def stop_postgresql(self, words: str) -> None:
        """Kill PostgreSQL: its sessions, its locks and the Job's connection go with it."""
        if self.postgresql == "none":
            return
        self.life += 1
        self.lock = None
        self.hanging = False
        self._become("none", words)
        self.mounted = ""
        self.application = False
        self.let_claims_go()

    def let_claims_go(self) -> None:
        """A claim that is being deleted is gone once no pod uses it; its volume is Released."""
        if self.postgresql != "none":
            return
        for claim in [claim for claim in self.claims.values() if claim.terminating]:
            del self.claims[claim.name]
            self.say(f"claim {claim.name} is gone")
            self.touch()

    def kill_job_pod(self, words: str) -> None:
        """Kill the Job's pod: knex's lock stays, the current migration is rolled back, inserted seeds stay."""
        if self.job is not None and self.job.state == "running":
            self.end_job("failed", words)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must never happen, asked at every single effect of every controller."""

from __future__ import annotations

import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import marked_run
from ansible_collections.alga.appliance.plugins.module_utils._core.database.grants import ROLES
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Mode
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing.situation import UNCHANGED, UNCHANGED_HERE
from ansible_collections.alga.appliance.tests.model.things import DATABASE_CLAIM, SEED_FILES, TABLES, Cluster, Database
from ansible_collections.alga.appliance.tests.model.world import DATABASE, World

if t.TYPE_CHECKING:
    from ansible_collections.alga.appliance.tests.model.controller import Controller


NOT_ANSWERING = (DatabaseState.UNREACHABLE, DatabaseState.STARTING)


class Violation(AssertionError):
    """An invariant does not hold; the history in words follows."""


def must(holds: object, sentence: str) -> None:
    """Raise where an invariant does not hold.

    :raises Violation: with the sentence.
    """
    if not holds:
        raise Violation(sentence)


class Treasures:
    """What was on the volumes and has to stay: published databases, customers' rows, passwords of roles."""

    def __init__(self) -> None:
        self.databases: list[tuple[Cluster, Database]] = []
        self._passwords: list[tuple[Cluster, dict[str, int]]] = []
        self._counted: list[tuple[int, int]] = []

    def look(self, world: World) -> None:
        """Compare with what was there before, and remember what is there now.

        :raises Violation: where something is gone or changed.
        """
        clusters = list(world.clusters())
        there = {id(cluster) for cluster in clusters}
        for cluster, database in self.databases:
            if id(cluster) not in there or not any(database is each for each in cluster.databases.values()):
                raise Violation("a published database, or one with customers' rows, vanished")
        for cluster in clusters:
            self._remember(cluster)
        for cluster, passwords in self._passwords:
            for role, number in cluster.passwords.items():
                if passwords.setdefault(role, number) != number:
                    raise Violation(f"the password of role {role} changed")
        for place, (_cluster, database) in enumerate(self.databases):
            counted = sum(database.rows.values()), len(database.migrations)
            if counted < self._counted[place]:
                raise Violation("rows or migrations of a published database vanished")
            self._counted[place] = counted

    def _remember(self, cluster: Cluster) -> None:
        if not any(cluster is known for known, _passwords in self._passwords):
            self._passwords.append((cluster, {}))
        for database in cluster.databases.values():
            if (database.published or database.customers) and not any(database is known for _cluster, known in self.databases):
                self.databases.append((cluster, database))
                self._counted.append((0, 0))


def change(world: World, me: Controller, words: str) -> None:
    """Any change at all by a controller."""
    must(not me.blind, f"{words}, although something needed could not be read: {me.blind}")
    must(not world.leases or world.lease is me, f"{words}, without the Lease")
    for each in me.others():
        each.events = each.looked = -1
    me.changes += 1
    me.module_changes += 1
    world.say(f"{me.name}: {words}")
    world.touch()


def secret_generated(world: World) -> None:
    """A Secret is generated only while no volume of the appliance holds data, and never over another."""
    must(world.secret is None, "a Secret was generated over another")
    must(not world.holds_data(), "a Secret was generated although a volume holds data")


def keys_made(world: World) -> None:
    """No new key is made where a complete appliance was (R29)."""
    must(world.known_keys is None, "new keys were made where a complete appliance was")


def postgresql_started(world: World, me: Controller) -> None:
    """PostgreSQL is never started where its image would make a new cluster in the place of a complete appliance's (R3)."""
    claim = world.claims.get(DATABASE_CLAIM)
    volume = world.volumes.get(claim.volume) if claim is not None else None
    alone = me.looked == world.events
    if alone and world.postgresql == "none" and claim is not None and claim.state == names.READY and volume is not None:
        must(volume.cluster is not None, "PostgreSQL was started on the empty volume of a complete appliance")


def claim_created(world: World, name: str) -> None:
    """No claim is made over a lost volume."""
    must(not world.released(name), f"claim {name} was made although a volume of it is there")


def database_dropped(database: Database) -> None:
    """Only the collection's own, marked, unpublished database is ever dropped."""
    must(marked_run(database.comment), "a database without the collection's mark was dropped")
    must(not database.published and not database.customers, "a published database was dropped")
    must(database.own, "a database that the collection did not make was dropped")


def leftover_dropped(database: Database) -> None:
    """A leftover is the collection's own, and nothing was ever put into it."""
    must(database.own and not database.migrations and not database.rows, "a database with content was dropped as a leftover")


def database_set_aside(database: Database, me: Controller) -> None:
    """An empty database is renamed, and only where the operator names its state."""
    must(DatabaseState.CREATED.value in me.expect, "a database was renamed without alga_expect")
    must(not database.rows and not database.migrations and not database.other_tables, "a database with content was renamed")


def published(world: World, database: Database) -> None:
    """The application database exists complete or not at all."""
    job = world.job
    must(DATABASE not in world.cluster().databases, "published over a database")
    must(database.furnished and database.granted.issuperset(ROLES), "published without its extensions and grants")
    must(not database.locked, "published while knex's lock is held")
    must(database.seeds_began, "published before its seeds began")
    must(database.seeded_files == len(SEED_FILES[world.seeds]), "published before its seeds ran to their end")
    must(job is None or job.state != "running" or job.database == DATABASE, "published while its Job is at work")
    done = database.complete_for
    must(done and set(done.migrations) <= set(database.migrations), "published without all migrations of the image")
    must(any(entry.seed_set for entry in database.ledger), "published without a ledger")


def begun(me: Controller) -> None:
    """recover.yml begins anew only where the operator says so."""
    anew = {DatabaseState.ABSENT.value, DatabaseState.CREATED.value}
    must(me.mode is Mode.FRESH or anew.intersection(me.expect), "recover.yml began an appliance anew without alga_expect")


def recorded(me: Controller, database: Database, run: str) -> None:
    """fresh.yml does nothing to a published database but its own run's."""
    own = not database.published or any(entry.run == run for entry in database.ledger) or database.own
    must(me.mode is not Mode.FRESH or own, "fresh.yml adopted a database that it did not make")


def job_created(me: Controller, database: Database | None, stage: str) -> None:
    """Seeds run in a database without rows in the judged tables, and once."""
    must(me.mode is not Mode.FRESH or database is None or database.own, "fresh.yml migrates a database that it did not make")
    if stage == "seed" and database is not None:
        judged = [table for table in TABLES if table not in database.filled]
        must(not any(database.rows.get(table) for table in judged), "seeds began where rows exist")
        must(not database.seeds_began, "seeds began a second time")
        must(not database.customers and not database.published, "seeds began in a published database")


def job_deleted(world: World) -> None:
    """A Job at work is watched and never taken away."""
    must(world.job is None or world.job.state != "running", "a Job at work was deleted")


def lock_released(world: World, database: Database, me: Controller) -> None:
    """knex's lock is released on request, and where nobody is at work."""
    must(me.release_lock, "knex's lock was released without the option")
    must(not database.outside, "knex's lock was released under somebody's migration")
    job = world.job
    must(job is None or job.state != "running" or job.database != DATABASE, "knex's lock was released under the Job")


def takes_down(world: World, me: Controller) -> None:
    """Remember that a run stops the application of a recorded appliance, and could know how the database is."""
    claim = world.claims.get(DATABASE_CLAIM)
    if world.application and claim is not None and claim.identity and me.state not in NOT_ANSWERING:
        me.took_down = True


def refused(me: Controller, message: str) -> None:
    """A refusal changes nothing, or does not say so; and it leaves no recorded appliance down that was up before it."""
    must(not (UNCHANGED in message and me.changes), "a run changed something and then said that nothing was changed")
    must(not (UNCHANGED_HERE in message and me.module_changes), "a step changed something and then said that it had not")
    # What anybody else did meanwhile may be a reason to stop in the middle.
    alone = me.events == me.world.events
    must(not (alone and me.took_down), "a refusal after a change left a recorded appliance down")

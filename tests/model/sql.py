# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PostgreSQL's side of a session: the statements of _adapters/database/administration.py and grants.py, and no other one."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import MAINTENANCE_DATABASE
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.tests.model import invariants
from ansible_collections.alga.appliance.tests.model.controller import Controller, pause, unread
from ansible_collections.alga.appliance.tests.model.observe import readable
from ansible_collections.alga.appliance.tests.model.things import Database, Entry
from ansible_collections.alga.appliance.tests.model.world import DATABASE, World

if t.TYPE_CHECKING:
    from ansible_collections.alga.appliance.tests.model.api import Api

NAME = r'"?([^" ]+)"?'
Rows = list[tuple[t.Any, ...]]


class Server:
    """The way to the appliance's PostgreSQL, as the product's InCluster."""

    def __init__(self, api: Api) -> None:
        self.api, self.where = api, "db.msp"

    def connect(self, database: str) -> Session:
        """Open a session.

        :raises ObservationFailed: when PostgreSQL does not answer, or has no such database.
        """
        world, me = self.api.world, self.api.me
        readable(world, "secrets")
        session = Session(world, me, database)
        session.alive()
        if database != MAINTENANCE_DATABASE:
            session.existing(database)
            me.inside = database
        return session

    def final(self, _judge: object) -> str:
        """What cannot pass by itself: nothing here."""
        return ""


class Session:
    """A session in one database, which belongs to one life of the server."""

    def __init__(self, world: World, me: Controller, database: str) -> None:
        self.world, self.me, self.name, self.life = world, me, database, world.life
        self.locks = False

    def alive(self) -> None:
        """Check that the server still is the one it was opened on, and answers.

        :raises ObservationFailed: when it does not.
        """
        if self.world.life != self.life or self.world.postgresql != "up":
            raise unread(Reason.QUERY_FAILED)
        if self.world.hanging:
            raise unread(Reason.HANGING)

    def existing(self, name: str) -> Database:
        """A database that the server has.

        :raises ObservationFailed: when it has no such database.
        """
        found = self.world.cluster().databases.get(name)
        if found is None:
            raise unread(Reason.QUERY_FAILED)
        return found

    def close(self) -> None:
        """End the session, and the lock with it."""
        if self.locks:
            if self.world.lock is not None and self.world.lock[0] is self.me:
                self.world.lock = None
        elif self.me.inside == self.name:
            self.me.inside = ""

    # What the product asks

    def value(self, sql: str, **_parameters: t.Any) -> t.Any:
        """Take the advisory lock, or be told that somebody has it; it dies with its session."""
        assert sql.startswith("SELECT pg_try_advisory_lock("), sql
        self.alive()
        world = self.world
        if world.lock is not None and world.lock[0] is not self.me:
            return False
        world.lock, self.locks = (self.me, world.life), True
        pause()
        return True

    def rows(self, sql: str, **parameters: t.Any) -> Rows:
        """Answer a question."""
        self.alive()
        cluster = self.world.cluster()
        if sql == "SELECT rolname FROM pg_roles":
            return [(role,) for role in cluster.passwords]
        if sql.startswith("SELECT 1 FROM pg_database"):
            return [(1,)] if parameters["name"] in cluster.databases else []
        if sql.startswith("SELECT pg_encoding_to_char"):
            return [("UTF8",)]
        assert sql.startswith(("SELECT collcollate FROM pg_collation", "SELECT a.pid")), sql
        return []

    # What the product does

    def execute(self, _what: str, sql: str, *, secret: bool = False, **parameters: t.Any) -> None:
        """Run a statement; what the model has nothing of is run as well, and changes nothing in it.

        :raises ObservationFailed: when the server refuses it.
        """
        kind = " ".join(sql.split(None, 2)[:2])
        change = STATEMENTS[kind]
        assert secret is (kind == "CREATE ROLE"), sql
        self.alive()
        if self.world.read_only:
            raise unread(Reason.QUERY_FAILED)
        if change is not None:
            change(self, sql, parameters)

    def changes(self, words: str) -> None:
        """Say what is changed, and ask whether it may be."""
        invariants.change(self.world, self.me, words)

    def create_role(self, sql: str, _parameters: t.Mapping[str, t.Any]) -> None:
        role, password = found(r"CREATE ROLE " + NAME + r" LOGIN PASSWORD '(.*)'", sql)
        self.changes(f"creates role {role}")
        if role in self.world.cluster().passwords:
            raise unread(Reason.QUERY_FAILED)
        self.world.cluster().passwords[role] = int(password)
        pause()

    def create_database(self, sql: str, _parameters: t.Mapping[str, t.Any]) -> None:
        (name,) = found(r"CREATE DATABASE " + NAME + r" .*", sql)
        self.changes(f"creates database {name}")
        if name in self.world.cluster().databases:
            raise unread(Reason.QUERY_FAILED)
        # What a newer chart wants beside it is made for a complete appliance as well (F3, F8).
        if name != names.COLLABORATION_DATABASE:
            invariants.begun(self.me)
        self.world.cluster().databases[name] = Database(own=True)
        pause()

    def mark_database(self, sql: str, _parameters: t.Mapping[str, t.Any]) -> None:
        name, comment = found(r"COMMENT ON DATABASE " + NAME + r" IS '(.*)'", sql)
        self.changes(f"marks database {name}")
        self.existing(name).comment = comment
        pause()

    def drop_database(self, sql: str, _parameters: t.Mapping[str, t.Any]) -> None:
        databases = self.world.cluster().databases
        if sql.startswith("DROP DATABASE IF EXISTS"):
            (name,) = found(r"DROP DATABASE IF EXISTS " + NAME, sql)
            if name in databases:
                self.changes(f"drops database {name}")
                invariants.leftover_dropped(databases.pop(name))
        else:
            (name,) = found(r"DROP DATABASE " + NAME + r" WITH \(FORCE\)", sql)
            self.changes(f"drops database {name}")
            invariants.database_dropped(self.existing(name))
            del databases[name]
        pause()

    def alter_database(self, sql: str, _parameters: t.Mapping[str, t.Any]) -> None:
        if " RENAME TO " in sql:
            self.rename(*found(r"ALTER DATABASE " + NAME + r" RENAME TO " + NAME, sql))

    def rename(self, name: str, new: str) -> None:
        """Rename a database in which nobody is."""
        self.changes(f"renames database {name} to {new}")
        databases, database = self.world.cluster().databases, self.existing(name)
        busy = database.outside or any(other.inside == name for other in self.me.others())
        if busy or new in databases:
            raise unread(Reason.QUERY_FAILED)
        if new == DATABASE:
            invariants.published(self.world, database)
            database.published = True
        elif not database.own:
            invariants.database_set_aside(database, self.me)
        databases[new] = databases.pop(name)
        pause()

    def create_extension(self, _sql: str, _parameters: t.Mapping[str, t.Any]) -> None:
        self.changes(f"makes the extension in {self.name}")
        self.existing(self.name).furnished = True
        pause()

    def grant_tables(self, sql: str, _parameters: t.Mapping[str, t.Any]) -> None:
        if " ON ALL TABLES " in sql:
            (role,) = found(r"GRANT .* ON ALL TABLES IN SCHEMA public TO " + NAME, sql)
            self.changes(f"grants {role} the tables of {self.name}")
            self.existing(self.name).granted.add(role)
            pause()

    def write_ledger(self, _sql: str, parameters: t.Mapping[str, t.Any]) -> None:
        run, mode = parameters["run"], parameters["mode"]
        self.changes(f"writes run {run} into the ledger of {self.name}")
        database = self.existing(self.name)
        invariants.recorded(self.me, database, run)
        if not run:
            raise unread(Reason.QUERY_FAILED)
        if not any((each.run, each.mode) == (run, mode) for each in database.ledger):
            database.ledger.append(Entry(run, mode, parameters["seed_set"], tuple(parameters["filled"])))
        pause()

    def release_knex_lock(self, _sql: str, _parameters: t.Mapping[str, t.Any]) -> None:
        self.changes("releases knex's lock")
        database = self.existing(self.name)
        invariants.lock_released(self.world, database, self.me)
        database.locked = False
        pause()


def found(pattern: str, sql: str) -> tuple[str, ...]:
    """The parts of a statement that is as it has to be."""
    match = re.fullmatch(pattern, sql)
    assert match is not None, sql
    return match.groups()


STATEMENTS: dict[str, t.Callable[[Session, str, t.Mapping[str, t.Any]], None] | None] = {
    "CREATE ROLE": Session.create_role,
    "CREATE DATABASE": Session.create_database,
    "COMMENT ON": Session.mark_database,
    "DROP DATABASE": Session.drop_database,
    "ALTER DATABASE": Session.alter_database,
    "CREATE EXTENSION": Session.create_extension,
    "GRANT SELECT,": Session.grant_tables,
    "INSERT INTO": Session.write_ledger,
    "UPDATE public.knex_migrations_lock": Session.release_knex_lock,
    "GRANT CONNECT": None,
    "GRANT USAGE": None,
    "GRANT USAGE,": None,
    "ALTER DEFAULT": None,
    "CREATE SCHEMA": None,
    "CREATE TABLE": None,
}

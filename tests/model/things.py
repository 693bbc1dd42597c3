# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the model is made of: volumes with what is on them, claims, the Secret, the Job, the images.

Fields called *ghost* are nobody's to read but the invariants': they remember what a real appliance forgets.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ansible_collections.alga.appliance.plugins.module_utils._core import names

TABLES = names.SEED_TABLES
CLAIMS = names.claims(names.FULLNAME)
DATABASE_CLAIM = CLAIMS[names.DATABASE_SECTION]
BUILDING = names.DATABASE + names.BUILDING_SUFFIX


@dataclass(frozen=True)
class Version:
    """An application image: its migrations, and the tables of the seed contract that they fill."""

    name: str
    migrations: tuple[str, ...]
    fills: tuple[str, ...] = ()


MIGRATIONS = ("m1.cjs", "m2.cjs", "m3.cjs", "m4.cjs")
# The third migration fills a table of the contract in the second kind of image.
VERSIONS = (
    tuple(Version(f"app:{count}", MIGRATIONS[:count]) for count in (2, 3, 4)),
    tuple(Version(f"app:{count}", MIGRATIONS[:count], (TABLES[3],)) for count in (2, 3, 4)),
)
FILLING_MIGRATION = MIGRATIONS[1]
# What each seed file inserts; the onboarding set inserts nothing without a tenant.
SEED_FILES = {"dev": (TABLES[:2], TABLES[2:]), "onboarding": ((), ())}


@dataclass(slots=True)
class Entry:
    """A row of the ledger."""

    run: str
    mode: str
    seed_set: str
    filled: tuple[str, ...]


@dataclass(slots=True)
class Database:
    """One database.

    :param furnished: whether the extensions are there.
    :param granted: roles that have what the first run grants them.
    :param other_tables: tables that are neither knex's nor the application's.
    :param outside: connections of somebody who migrates from outside the cluster.
    :param own: ghost: made by the collection.
    :param published: ghost: was published, or was complete when the history began.
    :param customers: ghost: rows that customers wrote.
    :param seeds_began: ghost: whether a seed Job did anything here.
    :param filled: ghost: the tables of the contract that migrations filled.
    :param complete_for: ghost: the image whose migrations ran to their end.
    """

    comment: str = ""
    furnished: bool = False
    granted: set[str] = field(default_factory=set)
    migrations: list[str] = field(default_factory=list)
    locked: bool = False
    seeded_files: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    other_tables: int = 0
    outside: int = 0
    ledger: list[Entry] = field(default_factory=list)
    own: bool = False
    published: bool = False
    customers: int = 0
    seeds_began: bool = False
    filled: tuple[str, ...] = ()
    complete_for: Version | None = None

    def copied(self) -> Database:
        """The same once more; an entry of the ledger never changes."""
        return replace(
            self,
            migrations=[*self.migrations],
            rows=dict(self.rows),
            ledger=[*self.ledger],
            granted=set(self.granted),
        )

    def insert(self, tables: tuple[str, ...]) -> None:
        """One more row in each table."""
        for table in tables:
            self.rows[table] = self.rows.get(table, 0) + 1

    def migrate(self, migration: str, version: Version) -> None:
        """Apply one migration, in a transaction of its own."""
        self.migrations.append(migration)
        if migration == FILLING_MIGRATION:
            self.insert(version.fills)
            self.filled = version.fills


@dataclass(slots=True)
class Cluster:
    """A data directory of PostgreSQL.

    :param made: whether initdb came to its end; without, there is PG_VERSION and no pg_control.
    :param passwords: by role, the number of the Secret whose password it has.
    """

    identifier: str
    major: str = "17"
    made: bool = False
    passwords: dict[str, int] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)

    def copied(self) -> Cluster:
        """The same once more, with nothing in common that could change."""
        databases = {name: database.copied() for name, database in self.databases.items()}
        return replace(self, passwords=dict(self.passwords), databases=databases)


@dataclass(slots=True)
class Volume:
    """A PersistentVolume; it is Bound while a claim names it, and Released otherwise.

    :param away: what is on the other disk, of the two that can be mounted under its path (R3).
    :param unmounted: whether its own disk is not mounted.
    :param foreign: ghost: not this appliance's.
    """

    name: str
    claim: str
    cluster: Cluster | None = None
    away: Cluster | None = None
    unmounted: bool = False
    foreign: bool = False

    def mount(self, *, own: bool) -> bool:
        """Mount its own disk, or the other one; tells whether that was a change."""
        changed = self.unmounted is own
        if changed:
            self.cluster, self.away, self.unmounted = self.away, self.cluster, not own
        return changed


@dataclass(slots=True)
class Claim:
    """A PersistentVolumeClaim with the annotations that matter.

    :param keys: the record of the generated keys that a complete appliance had, as the product writes it (R29); the Secret has it
        too.
    :param version: its resourceVersion.
    """

    name: str
    volume: str = ""
    terminating: bool = False
    state: str = ""
    run: str = ""
    identity: str = ""
    keys: str = ""
    version: int = 0


@dataclass(slots=True)
class Secret:
    """``db-credentials``: the number stands for its passwords; without its marks helm does not adopt it."""

    number: int
    complete: bool = True
    identity: str = ""
    keys: str = ""
    marked: bool = True


@dataclass(slots=True)
class Work:
    """The bootstrap Job.

    :param version: the image of its pod.
    :param done: the mark that it puts on its database at its end; empty on a published one.
    :param locked: whether it has taken knex's lock.
    """

    run: str
    stage: str
    database: str
    version: Version
    before: int = 0
    done: str = ""
    state: str = "running"
    locked: bool = False


@dataclass(slots=True)
class Deployment:
    """The application's Deployment."""

    version: Version
    replicas: int = 0
    gated: bool = False


def a_claim(volume: str, name: str = DATABASE_CLAIM) -> Claim:
    """A claim as a person makes it, without annotations."""
    return Claim(name, volume)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Question 2: what is in the database? One observation, classified into exactly one state of the ladder."""

from __future__ import annotations

import json
import typing as t
import uuid
from dataclasses import dataclass, field

from .. import names
from ..counting import counted, in_quotes
from ..errors import ObservationFailed
from ..findings import Finding, told
from ..states import DatabaseState, Reason
from . import grants
from .grants import Lack
from .migrations import listed
from .properties import Properties
from .seed_contract import SeedContract

MARK_KEY = "alga.appliance"
FINISH = "Run fresh.yml again; it completes its own first run."
MAINTENANCE_DATABASE = "postgres"


_UNLICENSED = Finding(
    f"Table {names.LICENSE_TABLE} is empty: without its row the application's licensing does not work, and no license can be "
    "entered.",
    "Run recover.yml, which inserts its one row.",
)


@dataclass(frozen=True)
class DatabaseObservation:
    """What was read over one direct connection.

    :param server: the server as a person would name it.
    :param database: the application database's name.
    :param user: the role of the connection.
    :param databases: every database and its comment, read from ``pg_database``.
    :param superuser_match: whether the password at hand is the role's; ``None`` when it could not be compared.
    :param read_only: everything that keeps the application from writing; empty where it can (R4).
    :param properties: how the database was made; ``None`` when it does not exist.
    :param lacks: privileges that the first run grants and that roles do not have; read only while nobody migrates.
    :param elsewhere: other databases that carry a ledger of this collection, by name; looked for only where the application's
        does not exist or is empty (R25).
    :param tables: number of ordinary tables in the database; ``None`` when the database does not exist.
    :param migrations: names recorded by knex; ``None`` when its table does not exist.
    :param locked: whether knex's migration lock is held.
    :param backends: number of client connections to the database that are not the application's own; a migration is one.
    :param jobs: Jobs at work that may be migrating, by name.
    :param rows: rows of each table of the seed contract, counted up to a limit; ``None`` for a missing table.
    :param contract: what a seeded database holds.
    :param filled: tables of the contract that were seen to be filled by migrations alone.
    :param expected: migrations of the image; ``None`` when they are not known.
    :param identities: the system identifier as it was recorded at first publication, by the place of the record.
    :param ledger: the newest entry of the collection's ledger, empty when there is none.
    :param recorded: ids of all runs in the ledger.
    :param ledger_seeded: name of the seed set that the ledger records as run.
    :param tenant_begun: whether the collection began to make the first tenant and has not seen it complete.
    :param licensed: whether table license_state has a row; ``None`` where there is no such table, as in earlier versions.
    :param demonstration: whether the demo tenant's fingerprint was found (F23).
    :param demonstration_allowed: whether the environment is one where demo data belongs.
    """

    server: str
    database: str
    user: str = names.SUPERUSER
    databases: t.Mapping[str, str] = field(default_factory=dict)
    server_version: int = 0
    system_identifier: str = ""
    superuser_match: bool | None = None
    read_only: tuple[Finding, ...] = ()
    properties: Properties | None = None
    lacks: tuple[Lack, ...] = ()
    elsewhere: tuple[str, ...] = ()
    tables: int | None = None
    migrations: tuple[str, ...] | None = None
    locked: bool = False
    backends: int = 0
    jobs: tuple[str, ...] = ()
    rows: t.Mapping[str, int | None] = field(default_factory=dict)
    contract: SeedContract = field(default_factory=SeedContract)
    filled: tuple[str, ...] = ()
    expected: tuple[str, ...] | None = None
    identities: t.Mapping[str, str] = field(default_factory=dict)
    ledger: t.Mapping[str, t.Any] = field(default_factory=dict)
    recorded: tuple[str, ...] = ()
    ledger_seeded: str = ""
    tenant_begun: bool = False
    licensed: bool | None = None
    demonstration: bool = False
    demonstration_allowed: bool = True

    @property
    def building(self) -> str:
        """The name under which the application database is built aside."""
        return self.database + names.BUILDING_SUFFIX

    @property
    def lacking(self) -> tuple[str, ...]:
        """Tables of the seed contract with fewer rows than a seeded database has."""
        return tuple(table for table, least in self.contract.judged(self.filled).items() if (self.rows.get(table) or 0) < least)

    @property
    def unfinished_run(self) -> str:
        """The first run that made the application database and has not recorded it as complete; empty where there is none."""
        return "" if self.recorded else marked_run(self.databases.get(self.database, ""))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong beside the state: privileges that the application's roles lack, its missing license row, its making."""
        lacking = grants.finding(self.database, self.lacks)
        made = self.properties.findings(self.database) if self.properties else ()
        unlicensed = (_UNLICENSED,) if self.licensed is False else ()
        return (*((lacking,) if lacking else ()), *unlicensed, *made)

    def evidence(self) -> dict[str, t.Any]:
        """The observation as JSON-ready facts."""
        return {
            "server": self.server,
            "server_version": self.server_version,
            "system_identifier": self.system_identifier,
            "database": self.database,
            "databases": sorted(self.databases),
            "superuser_matches": self.superuser_match,
            "read_only": [each.message for each in self.read_only],
            "findings": [each.message for each in self.findings],
            "encoding": self.properties.encoding if self.properties else "",
            "locale": self.properties.locale if self.properties else "",
            "other_ledgers": list(self.elsewhere),
            "tables": self.tables,
            "migrations": None if self.migrations is None else len(self.migrations),
            "last_migration": self.migrations[-1] if self.migrations else "",
            "migration_lock": self.locked,
            "expected_migrations": None if self.expected is None else len(self.expected),
            "other_connections": self.backends,
            "jobs_at_work": list(self.jobs),
            "rows": dict(self.rows),
            "filled_by_migrations": list(self.filled),
            "lacking_rows": list(self.lacking),
            "licensed": self.licensed,
            "ledger": dict(self.ledger),
            "unfinished_run": self.unfinished_run,
        }


@dataclass(frozen=True)
class Answer:
    """One state of the ladder, the sentence that explains it and the one next action."""

    state: DatabaseState
    message: str
    next_action: str
    evidence: t.Mapping[str, t.Any] = field(default_factory=dict)


def mark(run: str, filled: t.Iterable[str] = (), stage: str = "") -> str:
    """The comment that a database of this collection's own making carries.

    :param filled: tables of the seed contract that held rows when migrations, and nothing else, had run.
    :param stage: the stage of the bootstrap Job that came to its end in it; empty until one has.
    """
    return json.dumps({MARK_KEY: {"run": run, "filled_by_migrations": sorted(filled), "stage": stage}})


def making(database: str, run: str) -> str:
    """The name under which a database is made until it carries its mark."""
    return f"{database}_{run}"


def is_in_the_making(name: str) -> bool:
    """Tell whether a name is one of :func:`making`; whoever connects to it keeps it from getting its own."""
    _database, _line, run = name.rpartition("_")
    try:
        return str(uuid.UUID(run)) == run
    except ValueError:
        return False


def _marked(comment: str) -> dict[str, t.Any]:
    try:
        content = json.loads(comment)
    except ValueError:
        return {}
    entry = content.get(MARK_KEY) if isinstance(content, dict) else None
    return entry if isinstance(entry, dict) else {}


def marked_run(comment: str) -> str:
    """Read the run id from a database's comment; empty when the comment is not this collection's mark."""
    run = _marked(comment).get("run")
    return run if isinstance(run, str) else ""


def marked_stage(comment: str) -> str:
    """Read from a database's comment which stage of the bootstrap Job came to its end in it; empty where none has."""
    return str(_marked(comment).get("stage") or "")


def marked_filled(comment: str) -> tuple[str, ...]:
    """Read from a database's comment which tables migrations filled."""
    return tuple(_marked(comment).get("filled_by_migrations") or ())


_FAILED: dict[Reason, tuple[DatabaseState, str]] = {
    Reason.API_UNREACHABLE: (
        DatabaseState.UNKNOWN,
        "Restore access to the Kubernetes API server, or correct alga_kubeconfig.",
    ),
    Reason.API_UNAUTHORIZED: (
        DatabaseState.UNKNOWN,
        "Renew the credentials in the kubeconfig that alga_kubeconfig names.",
    ),
    Reason.API_FORBIDDEN: (DatabaseState.UNKNOWN, "Grant the kubeconfig's user the permission named here."),
    Reason.API_ERROR: (DatabaseState.UNKNOWN, "Check the log of the Kubernetes API server."),
    Reason.API_CONFLICT: (DatabaseState.UNKNOWN, "Somebody else changed it at the same moment; run the same playbook again."),
    Reason.API_NOT_FOUND: (
        DatabaseState.UNKNOWN,
        "If the namespace is missing, correct alga_namespace; otherwise somebody deleted the object at the same moment: run "
        "the same playbook again.",
    ),
    Reason.LOOK_FAILED: (DatabaseState.UNKNOWN, "Fix the cause named here, then run the same playbook again."),
    Reason.NODE_FAILED: (
        DatabaseState.UNREACHABLE,
        "Check the node with kubectl get nodes: its kubelet, which carries every port-forward, does not respond to the API "
        "server.",
    ),
    Reason.POD_UNREACHABLE: (
        DatabaseState.UNREACHABLE,
        "Inspect the pod named here with kubectl describe, then run the same playbook again.",
    ),
    Reason.SERVICE_NOT_FOUND: (
        DatabaseState.UNREACHABLE,
        "Correct alga_db_service, or run recover.yml if the Service was deleted.",
    ),
    Reason.NO_RUNNING_POD: (
        DatabaseState.UNREACHABLE,
        "Run recover.yml, which starts PostgreSQL without changing its data.",
    ),
    Reason.CONNECTION_FAILED: (DatabaseState.UNREACHABLE, "Check the log of the PostgreSQL pod."),
    # PostgreSQL answered before, so it is not unreachable: where no volume is known, that would read as nothing at all.
    Reason.CONNECTION_LOST: (
        DatabaseState.UNKNOWN,
        "No conclusion was drawn from this. Run the same playbook again; if it happens again, check PostgreSQL's log.",
    ),
    # Something answered, and may have data.
    Reason.TLS_FAILED: (
        DatabaseState.UNKNOWN,
        "No conclusion was drawn from this. Check the TLS settings of the server and the log of PostgreSQL.",
    ),
    # It is there and may have data, so it is not unreachable either (R35).
    Reason.HANGING: (
        DatabaseState.UNKNOWN,
        "No conclusion was drawn from this. Check the disk under PostgreSQL's volume and its processes: a server whose "
        "processes are suspended (SIGSTOP), or that waits for its disk, behaves like this. Once it answers, run the same "
        "playbook again.",
    ),
    Reason.PASSWORD_REJECTED: (
        DatabaseState.AUTH_FAILED,
        "Restore the password that belongs to this data; do not create a new one.",
    ),
    # 28000 and not 28P01: before PostgreSQL asked for a password, or whatever it was.
    Reason.LOGIN_REFUSED: (
        DatabaseState.AUTH_FAILED,
        "The password is not the reason, so do not create a new one. Allow the role to log in (ALTER ROLE ... LOGIN), or "
        "correct pg_hba.conf and reload PostgreSQL.",
    ),
    Reason.SECRET_MISMATCH: (
        DatabaseState.AUTH_FAILED,
        "Restore the Secret that belongs to this data; do not create a new one.",
    ),
    Reason.STARTING_UP: (DatabaseState.STARTING, "Wait until PostgreSQL has started or recovered, then try again."),
    Reason.POOLER_ANSWERED: (
        DatabaseState.POOLER,
        "Set alga_db_service to PostgreSQL's own Service, not PgBouncer's.",
    ),
    Reason.QUERY_FAILED: (
        DatabaseState.UNKNOWN,
        "No conclusion was drawn from this. Check PostgreSQL's log, fix the cause, then run the same playbook again.",
    ),
}


def failed(error: ObservationFailed) -> Answer:
    """Turn an observation that could not be made into its own state; never into an empty one."""
    state, action = _FAILED[error.reason]
    return Answer(state, error.message, error.next_action or action, error.evidence)


def in_words(error: ObservationFailed) -> str:
    """What was tried and seen, and what to do next."""
    return f"{error.message} {failed(error).next_action}"


def classify(seen: DatabaseObservation) -> Answer:
    """Classify what was read into one state of the ladder."""
    state, message, action = _classify(seen)
    if state in (DatabaseState.MIGRATED, DatabaseState.SEEDED) and seen.findings:
        found, action = told(seen.findings)
        message = f"{message} {found}"
    return Answer(state, message, action, seen.evidence())


def _classify(seen: DatabaseObservation) -> tuple[DatabaseState, str, str]:
    where = f"Database '{seen.database}' on {seen.server}"
    if seen.superuser_match is False:
        return (
            DatabaseState.AUTH_FAILED,
            f"The collection's password for role {seen.user} does not match the one on {seen.server}.",
            _FAILED[Reason.SECRET_MISMATCH][1],
        )
    if others := {place: known for place, known in seen.identities.items() if known != seen.system_identifier}:
        return _another_volume(seen, others)
    if seen.read_only:
        why, action = told(seen.read_only)
        return (
            DatabaseState.READ_ONLY,
            f"PostgreSQL answers on {seen.server}, but the application cannot write to it. {why}",
            action,
        )
    if seen.tables is None:
        return _unpublished(seen)
    if seen.migrations is None:
        if seen.tables:
            return (
                DatabaseState.FOREIGN,
                f"{where} contains {counted(seen.tables, 'table')} but none of knex's: it belongs to another application.",
                "Correct alga_db_service or alga_namespace (for a server outside the cluster, login_host), so that the "
                "appliance's own PostgreSQL is used; nothing was changed here.",
            )
        if run := seen.unfinished_run:
            return (
                DatabaseState.CREATED,
                f"{where} was created by first run {run} and contains no tables yet.",
                FINISH,
            )
        if seen.elsewhere:
            return (
                DatabaseState.CREATED,
                f"{where} exists and contains no tables. {_ledger_elsewhere(seen)}",
                f"Drop or rename the empty '{seen.database}' by hand. {_rename_back(seen)}",
            )
        return (
            DatabaseState.CREATED,
            f"{where} exists and contains no tables: somebody created it without migrating it.",
            "Find out who created it; if it is empty on purpose, drop it by hand, then run fresh.yml.",
        )
    return _migrated(seen, where)


def _another_volume(seen: DatabaseObservation, others: t.Mapping[str, str]) -> tuple[DatabaseState, str, str]:
    places = "; ".join(f"{place} records {known}" for place, known in others.items())
    return (
        DatabaseState.FOREIGN,
        f"The data behind {seen.server} has system identifier {seen.system_identifier}, which is not the appliance's: "
        f"{places}. Another volume was put in its place under the same name.",
        "Restore the appliance's own volume. If this data belongs to the appliance nevertheless, for example after a dump "
        f"was restored, remove annotation {names.IDENTITY_ANNOTATION} from what is named here; recover.yml then records the "
        "new one.",
    )


def _ledger_elsewhere(seen: DatabaseObservation) -> str:
    return (
        f"Database {in_quotes(seen.elsewhere)} carries this collection's ledger of a complete appliance: it was renamed or "
        "restored under that name."
    )


def _rename_back(seen: DatabaseObservation) -> str:
    which = seen.elsewhere[0]
    choose = (
        f"Inspect {in_quotes(seen.elsewhere)} and choose the one to continue with, for example {in_quotes([which])}. "
        if seen.elsewhere[1:]
        else ""
    )
    return (
        f"{choose}As the superuser, connected to database '{MAINTENANCE_DATABASE}' and while nobody is connected to '{which}', "
        f"run ALTER DATABASE {which} RENAME TO {seen.database}; then run recover.yml."
    )


def _unpublished(seen: DatabaseObservation) -> tuple[DatabaseState, str, str]:
    if seen.building in seen.databases:
        run = marked_run(seen.databases[seen.building])
        if not run:
            return (
                DatabaseState.FOREIGN,
                f"Database '{seen.database}' does not exist on {seen.server}; '{seen.building}' exists and carries no mark "
                "of this collection.",
                f"Find out who created '{seen.building}', drop or rename it by hand, then run the same playbook again. The "
                "collection never drops a database that does not carry its mark.",
            )
        return (
            DatabaseState.BUILDING,
            f"Database '{seen.database}' does not exist on {seen.server}; '{seen.building}' was created by first run {run}."
            + (f" {_ledger_elsewhere(seen)}" if seen.elsewhere else ""),
            FINISH,
        )
    others = sorted(set(seen.databases) - {MAINTENANCE_DATABASE, names.COLLABORATION_DATABASE})
    beside = f"; it has {in_quotes(others)}, which may belong to an earlier appliance" if others else ""
    known = f"PostgreSQL answers on {seen.server} and has no database '{seen.database}'{beside}."
    if seen.elsewhere:
        return DatabaseState.RENAMED, f"{known} {_ledger_elsewhere(seen)}", _rename_back(seen)
    return (
        DatabaseState.ABSENT,
        known,
        "If this appliance is new, run fresh.yml. If it should have data, this is the wrong volume: check alga_kubeconfig, "
        "alga_context, alga_namespace and alga_db_service, or restore the appliance's own volume.",
    )


def _locked(seen: DatabaseObservation) -> tuple[DatabaseState, str, str]:
    held = f"The migration lock of knex in database '{seen.database}' on {seen.server} is held"
    at_work = [f"Job {job} is running" for job in seen.jobs]
    if seen.backends:
        at_work.append(f"connections other than the application's are open: {seen.backends}")
    if at_work:
        return (
            DatabaseState.MIGRATING,
            f"{held}, and {' and '.join(at_work)}.",
            "Wait until the running migration has finished, then try again.",
        )
    return (
        DatabaseState.INTERRUPTED,
        f"{held}, but no Job is running and nobody except the application is connected: migrating was "
        f"interrupted after {counted(len(seen.migrations or ()), 'migration')}, or the database was restored from a "
        "backup made during a migration.",
        FINISH
        if seen.unfinished_run
        else (
            "Make sure that no migration is running from outside this cluster, then run recover.yml with "
            f"{names.RELEASE_LOCK_OPTION} set to true; it checks again, releases the lock and migrates."
        ),
    )


def _migrated(seen: DatabaseObservation, where: str) -> tuple[DatabaseState, str, str]:
    applied = seen.migrations or ()
    if seen.locked:
        return _locked(seen)
    unknown = [name for name in applied if name not in set(seen.expected)] if seen.expected is not None else []
    if unknown:
        return (
            DatabaseState.AHEAD,
            f"{where} has {counted(len(unknown), 'migration')} that the image does not know: {listed(unknown)}.",
            "Set server.image in alga_values to an image at least as new as the data; a downgrade is refused.",
        )
    pending = [name for name in seen.expected or () if name not in set(applied)]
    absent_tables = [table for table, count in seen.rows.items() if count is None]
    if absent_tables and not pending and seen.expected is not None:
        return (
            DatabaseState.UNKNOWN,
            f"{where} has every migration of the image but no table {', '.join(absent_tables)}, which the seed contract names.",
            f"Correct {names.SEED_CONTRACT_OPTION}, or find out who dropped the table.",
        )
    if pending or absent_tables:
        return (
            DatabaseState.BEHIND,
            f"{where} lacks "
            + (
                (f"{counted(len(pending), 'migration')}, starting with {pending[0]}.")
                if pending
                else f"tables {', '.join(absent_tables)}."
            ),
            "Run recover.yml, which migrates in place.",
        )
    if seen.demonstration and not seen.demonstration_allowed:
        return (
            DatabaseState.FOREIGN,
            f"{where} contains the demonstration tenant, but alga_environment is production.",
            "Find out how demonstration data got here; set alga_environment to demonstration if it belongs here.",
        )
    return _seeded(seen, where)


def _seeded(seen: DatabaseObservation, where: str) -> tuple[DatabaseState, str, str]:
    judged = seen.contract.judged(seen.filled)
    rows = {table: seen.rows.get(table) or 0 for table in judged}
    lacking = seen.lacking
    filled = [table for table, count in rows.items() if count]
    known = f"{where} is migrated ({counted(len(seen.migrations or ()), 'migration')})"
    if not judged:
        return (
            DatabaseState.UNKNOWN,
            f"{known}, and migrations fill every table of the seed contract ({', '.join(seen.contract.tables)}), so it is "
            "unknown whether seeds have run.",
            f"Name tables in {names.SEED_CONTRACT_OPTION} that only seeds fill.",
        )
    if not lacking:
        return DatabaseState.SEEDED, f"{known} and seeded.", "Nothing needs to be done."
    if filled and seen.recorded and not seen.tenant_begun:
        # Its seeds ran to their end once, and nobody is kept from his appliance for what became of the rows since (R31).
        return (
            DatabaseState.SEEDED,
            f"{known} and recorded as complete, with fewer rows in {', '.join(lacking)} than the seed contract requires.",
            f"Nothing is seeded again. If rows in {', '.join(lacking)} are missing, restore them from a backup.",
        )
    if filled and seen.tenant_begun:
        return (
            DatabaseState.MIGRATED,
            f"{known} and contains an unfinished first tenant of this collection: rows in {', '.join(filled)}, not enough in "
            f"{', '.join(lacking)}.",
            "Run recover.yml, which completes it or reports why it does not.",
        )
    if filled:
        return (
            DatabaseState.PARTIALLY_SEEDED,
            f"{known} and has rows in {', '.join(filled)}, but not enough in {', '.join(lacking)}: seeding was interrupted.",
            FINISH
            if seen.unfinished_run
            else (
                "Do not seed again; inspect the existing rows, and restore from a backup if rows are missing. If "
                f"migrations, not seeds, fill {', '.join(filled)}, list those tables in "
                f"{names.SEED_CONTRACT_OPTION}.filled_by_migrations."
            ),
        )
    if seen.ledger_seeded:
        return (
            DatabaseState.MIGRATED,
            f"{known} and has no tenant yet: seed set {seen.ledger_seeded} ran and, without a tenant, inserted nothing.",
            f"Create the first tenant in the application, or create Secret {names.INITIAL_TENANT_SECRET} and run recover.yml.",
        )
    return (
        DatabaseState.MIGRATED,
        f"{known} and has no tenant yet.",
        f"Create the first tenant in the application, or create Secret {names.INITIAL_TENANT_SECRET} and run recover.yml.",
    )

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the bootstrap: under the lock, on what is seen there, and no row that anybody made is ever dropped."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Job, Stage
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import verifier
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import mark
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import decide
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason, Step
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap import bootstrap, bootstrap_steps
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap.bootstrap_steps import (
    STEPS,
    Bootstrap,
    Overtaken,
)
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    FORBIDDEN,
    ScriptedPostgresql,
    SqlError,
    Statement,
    deletes,
    patches,
    posts,
    then,
)

BUILDING = names.DATABASE + names.BUILDING_SUFFIX
OPTIONS = complete.options(bootstrap.USE_CASE, mode="fresh", chart="chart")
SCRIPTS = path("configmaps", "msp", names.SCRIPTS)
MIGRATED, SEEDED = mark(complete.RUN_ID, (), Stage.MIGRATE), mark(complete.RUN_ID, (), Stage.SEED)
GONE = [deletes(complete.JOB)]
STARTED = [*GONE, patches(SCRIPTS), posts(complete.JOBS)]
READY = [complete.ready_claim(), *(complete.claim(name) for name in complete.CLAIMS.values() if name != complete.CLAIM)]
EMPTY = complete.inside(rows=0, recorded=False)
WHOLE = complete.inside(recorded=False)


class Site:
    """One appliance in the middle of something, and the steps on it."""

    def __init__(
        self,
        ports: Ports,
        databases: dict[str, tuple[str, t.Any]],
        *,
        job: t.Any = None,
        api: t.Sequence[t.Any] = (),
        sql: t.Sequence[Statement] = (),
        everywhere: t.Mapping[str, t.Any] | None = None,
        mode: str = "fresh",
        **changed: t.Any,
    ) -> None:
        comments = {"postgres": "", **{name: comment for name, (comment, _seen) in databases.items()}}
        inside = {"postgres": {}, **{name: seen for name, (_comment, seen) in databases.items()}}
        self.sql: ScriptedPostgresql = ports.postgresql(
            inside, everywhere={**complete.everywhere(comments), **(everywhere or {})}, writes=sql
        )
        there = {
            **complete.first_run(**changed),
            complete.JOB: job,
            complete.LIMITS: [],
            f"{complete.PODS}?labelSelector=batch.kubernetes.io/job-name={names.JOB}": [],
        }
        self.api = ports.api({}, there=there, writes=api, forwards=True)
        self.bootstrap = Bootstrap(
            self.api, read(bootstrap.USE_CASE.options, {**OPTIONS, "mode": mode}), complete.run().command, lambda _told: None
        )

    def take(self, step: Step, *, due: bool = True) -> None:
        """Take a step, which is the one that is due."""
        facts = self.bootstrap.facts()
        decision = decide(facts)
        assert decision.step is step or not due, decision
        STEPS[step](self.bootstrap, facts)


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The Jobs that were watched; how that is done is test_job_watch.py's."""
    seen: list[str] = []

    def watch_job(_bootstrap: Bootstrap) -> Job:
        seen.append("job")
        return Job(run=complete.RUN_ID, database="server")

    monkeypatch.setattr(Bootstrap, "watch_job", watch_job)
    return seen


ROLES = [Statement("postgres", f"CREATE ROLE {role} LOGIN") for role in names.ROLE_KEYS if role != names.SUPERUSER]
GRANTS = ["GRANT USAGE", "ON ALL TABLES", "ON ALL SEQUENCES", "ON TABLES", "ON SEQUENCES"]


def made(name: str) -> list[Statement]:
    """A database that is made and marked before it has its name."""
    parts = ["DROP DATABASE IF EXISTS", "CREATE DATABASE", "COMMENT ON DATABASE", f"RENAME TO {name}"]
    return [Statement("postgres", part) for part in parts]


def test_a_first_run_builds_aside_and_the_job_gets_no_password(ports: Ports, watched: list[str]) -> None:
    granted = [Statement("postgres", "GRANT CONNECT") for _role in range(2)]
    inside = [Statement(BUILDING, part) for _role in range(2) for part in GRANTS]
    extensions = [Statement(BUILDING, "CREATE EXTENSION"), Statement(BUILDING, "CREATE SCHEMA IF NOT EXISTS pgboss")]
    collaboration = [Statement("postgres", "CREATE DATABASE hocuspocus OWNER hocuspocus_user")]
    environment = [Statement("postgres", "SET app.environment")]
    site = Site(
        ports,
        {BUILDING: ("", EMPTY)},
        api=[*GONE, *STARTED],
        sql=[*ROLES, *collaboration, *made(BUILDING), *environment, *extensions, *granted, *inside],
        # Nobody had made the databases yet.
        everywhere={
            "SELECT datname, coalesce(shobj_description": [["postgres", ""]],
            "SELECT rolname FROM pg_roles": [["postgres"]],
            "SELECT 1 FROM pg_database": [],
            "pg_encoding_to_char(encoding) FROM pg_database": [["UTF8"]],
            "FROM pg_collation": [],
        },
    )
    site.take(Step.BUILD)
    assert watched == ["job"] and complete.silent([each.sql for each in site.sql.ran], site.api.bodies)
    assert "SCRAM-SHA-256" in site.sql.ran[0].sql
    (body,) = [each.body for each in site.api.written if each.url == complete.JOBS]
    assert body["metadata"]["labels"]["alga.appliance/run"] == complete.RUN_ID, "it continues the run that the claim names"


def test_what_was_decided_is_worth_nothing_once_somebody_was_faster_f20_f21(ports: Ports) -> None:
    """Before the lock the Job had succeeded; under it another run's seeds are at work."""
    site = Site(ports, {BUILDING: (SEEDED, EMPTY)}, job=then(complete.job(), complete.job("seed", ended="")))
    with pytest.raises(Overtaken):
        site.take(Step.PUBLISH)


def test_publishing_writes_the_ledger_inside_and_renames_last(ports: Ports) -> None:
    ledger = [Statement(BUILDING, part) for part in ("CREATE SCHEMA", "CREATE TABLE", "INSERT INTO alga_appliance.runs")]
    site = Site(
        ports,
        {BUILDING: (SEEDED, WHOLE)},
        job=complete.job(),
        sql=[*ledger, Statement("postgres", f"ALTER DATABASE {BUILDING} RENAME TO server")],
    )
    site.take(Step.PUBLISH)
    assert site.sql.ran[2].parameters["image_id"] == complete.IMAGE_ID


@pytest.mark.parametrize(
    "inside",
    [{**WHOLE, "(SELECT count(*)": [[1, 1, 0, 0, 0]]}, complete.inside(migrations=complete.MIGRATIONS[:1], recorded=False)],
    ids=["half seeded", "a migration is missing"],
)
def test_what_is_not_complete_is_not_published_and_given_up(ports: Ports, inside: t.Any) -> None:
    site = Site(ports, {BUILDING: (SEEDED, inside)}, job=then(complete.job(), complete.job(), None), api=GONE)
    with pytest.raises(ActionFailed, match=r"is not complete"):
        site.take(Step.PUBLISH)


def test_a_seed_gate_that_does_not_open_ends_the_attempt(ports: Ports) -> None:
    site = Site(
        ports,
        {BUILDING: (MIGRATED, {**EMPTY, "(SELECT count(*)": [[1, 1, 1, 0, 0]]})},
        job=then(complete.job("migrate"), complete.job("migrate"), None),
        sql=[Statement("postgres", "COMMENT ON DATABASE")],
        api=GONE,
    )
    with pytest.raises(ActionFailed, match="the seed gate did not open"):
        site.take(Step.SEED)


def test_seeds_run_behind_the_gate_in_a_job_of_the_same_run(ports: Ports, watched: list[str]) -> None:
    site = Site(
        ports,
        {BUILDING: (MIGRATED, EMPTY)},
        job=then(complete.job("migrate"), complete.job("migrate"), None),
        sql=[Statement("postgres", "COMMENT ON DATABASE")],
        api=STARTED,
    )
    site.take(Step.SEED)
    annotations = site.api.bodies[-1]["metadata"]["annotations"]
    assert annotations["alga.appliance/stage"] == "seed" and watched == ["job"]


def withdrawn(ports: Ports, rows: int, sql: list[Statement], others: dict[str, tuple[str, t.Any]] | None = None) -> Site:
    inside = {**complete.inside(rows=rows, recorded=False), "(SELECT count(*)": [[rows, 0, 0, 0, 0]]}
    site = Site(ports, {"server": (mark(complete.RUN_ID), inside), **(others or {})}, sql=sql)
    site.take(Step.WITHDRAW)
    return site


def test_what_has_rows_is_set_aside_and_never_dropped(ports: Ports) -> None:
    site = withdrawn(ports, 1, [Statement("postgres", "ALTER DATABASE server RENAME TO server_aside_")])
    assert "DROP" not in str(site.sql.ran)


def test_what_has_none_becomes_a_building_database_in_the_place_of_an_earlier_one(ports: Ports) -> None:
    statements = [
        Statement("postgres", f"DROP DATABASE {BUILDING}"),
        Statement("postgres", f"ALTER DATABASE server RENAME TO {BUILDING}"),
    ]
    withdrawn(ports, 0, statements, {BUILDING: (mark("r0"), EMPTY)})


def test_a_building_database_without_the_mark_is_not_dropped_f17(ports: Ports) -> None:
    with pytest.raises(Refused, match=r"does not carry the mark of this collection, so it was not dropped"):
        withdrawn(ports, 0, [], {BUILDING: ("somebody else's", EMPTY)})


def test_a_secret_that_does_not_open_this_data_gives_no_role_its_password_u5(ports: Ports) -> None:
    other = {**complete.everywhere({"postgres": ""}, postgres=verifier(b"canary-other"))}
    site = Site(ports, {}, everywhere={"SELECT rolname, rolcanlogin": other["SELECT rolname, rolcanlogin"]})
    with pytest.raises(Refused, match=r"does not .* this data") as raised:
        site.take(Step.BUILD)
    assert complete.silent(raised.value.message)


def test_a_job_needs_the_applications_image(ports: Ports) -> None:
    site = Site(ports, {"server": ("", WHOLE)}, deployment=None)
    with pytest.raises(
        Refused, match=r"Deployment msp/.* does not exist\. Run the playbook from its start, or correct alga_fullname"
    ):
        site.bootstrap.start_job(Job(run="r1", database="server"))


def test_a_migration_in_place_is_recorded_once_it_was_watched(ports: Ports, watched: list[str]) -> None:
    ledger = [Statement("server", part) for part in ("CREATE SCHEMA", "CREATE TABLE", "INSERT INTO alga_appliance.runs")]
    behind = complete.inside(migrations=complete.MIGRATIONS[:1])
    site = Site(ports, {"server": ("", behind)}, api=STARTED, sql=ledger, mode="recover", claims=READY)
    site.take(Step.MIGRATE)
    assert watched == ["job"] and site.api.bodies[-1]["metadata"]["annotations"]["alga.appliance/migrations-before"] == "1"


@pytest.mark.parametrize(
    ("step", "sql"),
    [
        (Step.RELEASE_LOCK, [Statement("server", "UPDATE public.knex_migrations_lock SET is_locked = 0")]),
        (Step.MOVE_DATABASE_ASIDE, [Statement("postgres", "ALTER DATABASE server RENAME TO server_aside_")]),
        (Step.ADOPT, [Statement("server", part) for part in ("CREATE SCHEMA", "CREATE TABLE", "INSERT INTO")]),
        (Step.RECORD, [Statement("server", part) for part in ("CREATE SCHEMA", "CREATE TABLE", "INSERT INTO")]),
    ],
)
def test_the_other_steps_do_one_thing_each(ports: Ports, step: Step, sql: list[Statement]) -> None:
    Site(ports, {"server": ("", WHOLE)}, job=complete.job(database="server"), sql=sql).take(step, due=False)


def test_progress_that_could_not_be_read_is_no_progress_and_no_error(ports: Ports) -> None:
    site = Site(ports, {"server": ("", {**WHOLE, "FROM pg_tables": SqlError("57P01")})})
    assert site.bootstrap._progress("server") is None
    moving = {**WHOLE, "SELECT pid, query_start": [[7, "now"]], "pg_stat_progress_create_index": [["12"]]}
    assert str(Site(ports, {"server": ("", moving)}).bootstrap._progress("server")).startswith("(2, (")


def test_a_role_that_is_missing_is_made_and_no_other_is_touched_f3_f8(ports: Ports) -> None:
    roles = [[role] for role in names.ROLE_KEYS if role != names.POOLER_ROLE]
    sql = [Statement("postgres", f"CREATE ROLE {names.POOLER_ROLE}"), Statement("postgres", "GRANT CONNECT ON DATABASE server")]
    site = Site(
        ports,
        {"server": ("", WHOLE)},
        sql=[*sql, *(Statement("server", part) for part in GRANTS)],
        everywhere={
            **{key: value for key, value in complete.everywhere({}, **{names.POOLER_ROLE: ""}).items() if "rolcanlogin" in key},
            "SELECT rolname FROM pg_roles": roles,
            "SELECT 1 FROM pg_database": [[1]],
        },
    )
    missing = bootstrap_steps.missing_roles(site.bootstrap)
    assert missing == [names.POOLER_ROLE]
    bootstrap_steps.make_roles(site.bootstrap, missing)
    assert complete.silent(str(site.sql.ran))


def test_facts_that_could_not_be_read_are_unknown_and_none_of_them_empty_f27(ports: Ports) -> None:
    site = Site(ports, {"server": ("", WHOLE)})
    site.api._answers[complete.JOB] = FORBIDDEN
    facts = site.bootstrap.facts()
    assert facts.storage is None and "403" in facts.unread and facts.situation().storage.value == "unknown"
    site.api._answers[complete.DEPLOYMENT] = FORBIDDEN
    with pytest.raises(ObservationFailed) as raised:
        site.bootstrap.expected()
    assert raised.value.reason is Reason.API_FORBIDDEN

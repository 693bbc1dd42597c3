# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks themselves: each invariant is broken on purpose on a live appliance, and must be missed."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError, say
from ansible_collections.alga.appliance.tests.faults import invariants
from ansible_collections.alga.appliance.tests.faults.series import Series

_LEASE = "alga-faults-selftest"
_CLAIM_END = "sebastian-postgres-data"


@dataclass(frozen=True)
class Breakage:
    """One way to break an appliance.

    :param word: what the sentence about it must contain.
    """

    what: str
    word: str
    act: t.Callable[[], object]
    mend: t.Callable[[], object]


def run(series: Series) -> None:
    """Break everything that is checked, one after the other, and mend it.

    :raises NodeError: when a check does not see what it is for.
    """
    wanted = series.looks.state()
    unseen = []
    for breakage in _breakages(series):
        before = series.looks.kept()
        breakage.act()
        try:
            state = series.looks.state()
            said = (
                invariants.changed(before, series.looks.kept()) + invariants.left(state) + invariants.differences(wanted, state)
            )
        finally:
            breakage.mend()
        if not any(breakage.word in sentence for sentence in said):
            unseen.append(f"{breakage.what} (said: {said})")
    if unseen:
        raise NodeError("The checks of the fault matrix do not see: " + "; ".join(unseen))
    if left := invariants.left(series.looks.state()) + invariants.differences(wanted, series.looks.state()):
        raise NodeError(f"What the self-test broke was not mended: {'; '.join(left)}")
    say(f"the checks see each of {len(_breakages(series))} things that were broken on purpose")


def _breakages(series: Series) -> list[Breakage]:
    appliance, storage = series.appliance, series.node.storage
    sql = appliance.sql
    verifier = sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'app_user'", "postgres")
    folder = next(path for path in storage.glob("*_msp_*") if path.name.endswith(_CLAIM_END))
    aside = folder.with_name("aside")
    secret = json.loads(appliance.kubectl("get", "secret", "alga-psa-shared", "-o", "json"))["data"]
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": _LEASE},
        "spec": {"holderIdentity": "nobody who lives"},
    }

    def patch(data: t.Mapping[str, str]) -> None:
        appliance.kubectl("patch", "secret", "alga-psa-shared", "--patch", json.dumps({"data": data}))

    return [
        Breakage(
            "a changed password",
            "role app_user was changed",
            lambda: sql("ALTER ROLE app_user PASSWORD 'another'", "postgres"),
            lambda: sql(f"ALTER ROLE app_user PASSWORD '{verifier}'", "postgres"),
        ),
        Breakage(
            "a password that opens nothing",
            "does not open role app_user",
            lambda: sql("ALTER ROLE app_user PASSWORD 'another'", "postgres"),
            lambda: sql(f"ALTER ROLE app_user PASSWORD '{verifier}'", "postgres"),
        ),
        Breakage(
            "a changed Secret",
            "the data of Secret/alga-psa-shared was changed",
            lambda: patch(dict.fromkeys(secret, "YW5vdGhlcg==")),
            lambda: patch(secret),
        ),
        Breakage(
            "rows that are there twice",
            "the seeds' rows",
            lambda: sql(
                "INSERT INTO permissions SELECT * FROM jsonb_populate_record(NULL::permissions, (SELECT to_jsonb(p) ||"
                " jsonb_build_object('permission_id', gen_random_uuid(), 'resource', 'twice') FROM permissions p LIMIT 1))"
            ),
            lambda: sql("DELETE FROM permissions WHERE resource = 'twice'"),
        ),
        Breakage(
            "a lost row of a user",
            "tables: public.notes",
            lambda: sql("DELETE FROM notes WHERE id = 'kept'"),
            lambda: sql("INSERT INTO notes (id, body) VALUES ('kept', 'kept')"),
        ),
        Breakage("a moved data directory", "directory or file", lambda: folder.rename(aside), lambda: aside.rename(folder)),
        Breakage(
            "a database that was not published",
            invariants.BUILDING,
            lambda: sql(f"CREATE DATABASE {invariants.BUILDING}", "postgres"),
            lambda: sql(f"DROP DATABASE {invariants.BUILDING}", "postgres"),
        ),
        Breakage(
            "a migration lock",
            "migration lock",
            lambda: sql("UPDATE knex_migrations_lock SET is_locked = 1"),
            lambda: sql("UPDATE knex_migrations_lock SET is_locked = 0"),
        ),
        Breakage(
            "a Lease of a dead holder",
            "is held by nobody who lives",
            lambda: appliance.kubectl("create", "-f", "-", stdin=json.dumps(lease)),
            lambda: appliance.kubectl("delete", "lease", _LEASE),
        ),
        Breakage(
            "a stopped application",
            "Deployment/alga-core-sebastian",
            lambda: appliance.kubectl("scale", "deployment/alga-core-sebastian", "--replicas=0"),
            lambda: (
                appliance.kubectl("scale", "deployment/alga-core-sebastian", "--replicas=1"),
                appliance.kubectl("rollout", "status", "deployment/alga-core-sebastian", "--timeout=60s"),
            ),
        ),
        Breakage(
            "a run that the ledger does not have",
            "ledger",
            lambda: sql("UPDATE alga_appliance.runs SET outcome = 'failed'"),
            lambda: sql("UPDATE alga_appliance.runs SET outcome = 'complete'"),
        ),
    ]

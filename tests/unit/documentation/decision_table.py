# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/decisions.md from the rules themselves; "make decisions" does it."""

from __future__ import annotations

import typing as t
from enum import StrEnum
from pathlib import Path

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import RULES, Rule
from ansible_collections.alga.appliance.plugins.module_utils._core.states import (
    CredentialState,
    DatabaseState,
    Mode,
    Origin,
    Step,
    StorageState,
    Work,
)

PAGE = Path(__file__).parents[3] / "docs/decisions.md"
HEAD = """<!--
SPDX-FileCopyrightText: 2026 The alga.appliance authors
SPDX-License-Identifier: GPL-3.0-or-later
-->

# What a run may do

`make decisions` generates this page from the rules in `_core/decision/decision.py`; a test compares the two. The rules are
evaluated from top to bottom, and the first match decides. An empty cell matches everything, and a test covers every combination
of all columns.

- **Volumes**: the combined state of claims, volumes in every phase and directories on the nodes.
- **Database**: the states of `alga_pg_state`.
- **Job**: how the bootstrap Job, the collection's or the chart's, relates to the current state of the database.
- **Ledger**: who created the application database, according to its ledger. `unfinished` has no ledger but carries this first
  run's mark, and the application never ran on it.
- **Operator**: whether the observed state is in {expect}, or {lock} is set.

{table}

## The steps

If `{driver}` is `chart`, the chart's own Job performs *build*, *rebuild* and *migrate*, on `server` itself. The decision is the
same.

{steps}
"""
STEPS = {
    Step.PREPARE: "create what is missing: namespace, `db-credentials`, claims, the release; then decide again",
    Step.START: "start the release, wait until PostgreSQL answers, and decide again; nothing is generated",
    Step.BUILD: "create `server_building` with this run's mark and any missing roles, and run the migrations in it",
    Step.REBUILD: "drop the `server_building` that carries the collection's mark, then proceed as in build",
    Step.WATCH: "watch the running Job until it finishes, and start no other",
    Step.SEED: "evaluate the seed gate for `server_building`, and run the seeds if it is open",
    Step.PUBLISH: "check `server_building` against the image and the seed contract, write the ledger, rename it to `server`",
    Step.WITHDRAW: "rename the unfinished database: without rows to `server_building`, which carries its mark; with rows, aside",
    Step.MIGRATE: "run the image's migrations in place",
    Step.RELEASE_LOCK: "verify again, under the advisory lock, that no migration is running, and release knex's lock",
    Step.MOVE_DATA_ASIDE: "rename what a killed initdb of this first run left on the volume; it is never deleted",
    Step.MOVE_DATABASE_ASIDE: "rename the empty database; it is never dropped",
    Step.ADOPT: "write a ledger into a complete database that somebody else created",
    Step.RECORD: "write the ledger entry for a Job of the chart, or for a Job whose controller was killed",
    Step.NOTHING: "nothing to do",
    Step.REFUSE: "change nothing; report what was observed and how to proceed",
}


def _cell(values: t.Collection[StrEnum] | None, every: type[StrEnum]) -> str:
    """The values of one dimension in the order of their enum; the shorter of what is in and what is not."""
    if values is None:
        return ""
    members = list(every)
    wanted = [member.value for member in members if member in values]
    others = [member.value for member in members if member not in values]
    return f"not {', '.join(others)}" if len(others) < len(wanted) and len(others) < 3 else ", ".join(wanted)


def _operator(rule: Rule) -> str:
    said = {(True, None): "expected", (False, None): "not expected", (None, True): "lock may be released"}
    return said.get((rule.expected, rule.release_lock), "")


def _row(number: int, rule: Rule) -> str:
    cells = (
        str(number),
        _cell(rule.modes, Mode),
        _cell(rule.storage, StorageState),
        _cell(rule.credentials, CredentialState),
        _cell(rule.databases, DatabaseState),
        _cell(rule.work, Work),
        _cell(rule.origins, Origin),
        _operator(rule),
        f"**{rule.step.value}**",
        rule.why,
    )
    return f"| {' | '.join(cells)} |"


def page() -> str:
    """The page as it has to be."""
    head = "| | Mode | Volumes | Secret | Database | Job | Ledger | Operator | Step | Why |\n" + "|---" * 10 + "|"
    table = "\n".join([head, *(_row(number, rule) for number, rule in enumerate(RULES, 1))])
    steps = "\n".join(["| Step | What it does |", "|---|---|", *(f"| {step.value} | {STEPS[step]} |" for step in Step)])
    options = {"expect": f"`{names.EXPECT_OPTION}`", "lock": f"`{names.RELEASE_LOCK_OPTION}`", "driver": names.DRIVER_OPTION}
    return HEAD.format(table=table, steps=steps, **options)


if __name__ == "__main__":
    PAGE.write_text(page())

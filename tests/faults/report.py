# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published table, made from journals alone."""

from __future__ import annotations

import collections
import statistics
import textwrap
import typing as t

from ansible_collections.alga.appliance.tests.faults.journal import Record
from ansible_collections.alga.appliance.tests.faults.plan import Fault, Play

_HEAD = """<!--
SPDX-FileCopyrightText: 2026 The alga.appliance authors
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Reliability

Written by `make faults-report` from the journal of a run of `make faults`; do not edit it by hand.

"""
_HOW = """
## How it is done

On the real node a playbook runs and is struck once: before a task begins, while the playbook is held there, or in between, at an
instant that is drawn from the seed. A round of the plan meets every boundary between two tasks of every playbook once, the next
round with the next kind of fault. What cannot be struck yet, because the pod or the statement does not exist, is struck as soon
as it does. A kubelet or an API server is away for 1 to 15 seconds, the space on the volume for 5 to 45, whatever the playbook
does meanwhile. Then the same playbook is run again, at once.

"With something to do" means that a migration is missing, the ledger does not know the image and the Deployment is gone.

After every one, seen with kubectl, psycopg2 and the volume's own files, never through the collection:

- the second run succeeds (where the first had come to its end, fresh.yml refuses, names recover.yml, and that succeeds);
- the seeds' rows are there once; the user's row and the user's file are there;
- no Secret's data, role or verifier has changed since it was first seen, and each password still opens its role;
- the volumes, their directories, PostgreSQL's files and its system identifier are the same;
- no `server_building`, no migration lock, no advisory lock, no Lease with a holder, no release that is not `deployed` is left;
- objects, images, replicas, pods, databases, number of rows of every table and the ledger are as after an uninterrupted run.

Ten minutes of the same, with at least one of every kind of fault, is a step of `make test` (`make faults-sample`). It
begins with breaking such things on purpose, a password, a row, a lock and more, to see that it is noticed.
"""


def line(record: Record) -> str:
    """One interruption as a line for a person."""
    verdict = "BROKEN: " + "; ".join(record.broken) if record.broken else "survived"
    struck = f"{record.struck} in or before {record.task!r}" if record.struck else "nothing to strike"
    space = f"no space left {record.enospc} times, " if record.enospc else ""
    return (
        f"{record.index}: {record.play}, {record.fault} {record.instant} ({struck}), exit codes {list(record.codes)}, "
        f"{record.whole:.0f} s, {space}{record.seen + ', ' if record.seen else ''}{verdict}"
    )


def page(records: t.Sequence[Record]) -> str:
    """The page about what was run, and about what of it was run again later.

    The product with the most interruptions is the table's. What did not survive in it may have been run again with a later one,
    whose record then stands beside the first and counts nowhere.

    :raises SystemExit: when nothing was, or when the journals are otherwise of several products or seeds.
    """
    records, again = _parted(records)
    struck = [record for record in records if record.is_interruption]
    if not struck:
        raise SystemExit("The journal has no interruption; run make faults first.")
    if len(runs := sorted({(record.product, record.seed) for record in records})) > 1:
        raise SystemExit(f"The journals are of several products or seeds, so they make no one table: {runs}")
    numbers = [(record.index, record) for record in records]
    if len(dict(numbers)) < len(numbers):
        raise SystemExit("The journals have some interruptions twice.")
    return _HEAD + _summary(records, struck) + _table(struck) + _failures(struck, again) + _HOW + _repeat(records)


def _parted(records: t.Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """The table's own records, and those of what did not survive in it and was run again."""
    sizes = collections.Counter(record.product for record in records)
    largest = sizes.most_common(1)[0][0] if sizes else ""
    own = [record for record in records if record.product == largest]
    failed = {_which(record) for record in own if record.broken}
    again = [record for record in records if record.product != largest and _which(record) in failed]
    return [record for record in records if record not in again], again


def _which(record: Record) -> tuple[t.Any, ...]:
    """What was to be interrupted, and how."""
    return record.seed, record.index, record.play, record.fault, record.instant


def _summary(records: t.Sequence[Record], struck: t.Sequence[Record]) -> str:
    survived = sum(not record.broken for record in struck)
    boundaries = {(record.play, record.instant) for record in struck if record.instant.startswith("before")}
    idle = len(records) - len(struck)
    text = (
        f"**{len(struck)} interruptions, {survived} survived.** {len(boundaries)} different boundaries between tasks were met, "
        f"and {sum(not record.instant.startswith('before') for record in struck)} instants in between. "
        f"{sum(record.codes[0] == 0 for record in struck if record.codes)} of the interrupted runs succeeded all the same; "
        f"the median interruption, both runs and all checks included, took "
        f"{statistics.median(record.whole for record in struck):.0f} s."
        + (f" {idle} more found nothing to strike before the playbook had ended, and are not counted." if idle else "")
    )
    return _filled(text) + "\n"


def _filled(text: str) -> str:
    return textwrap.fill(text, width=130, break_long_words=False, break_on_hyphens=False) + "\n"


def _table(struck: t.Sequence[Record]) -> str:
    rows = [f"| Fault | {' | '.join(Play)} | all |", f"|---|{'---|' * (len(Play) + 1)}"]
    for fault in Fault:
        mine = [record for record in struck if record.fault == fault]
        cells = [_cell([record for record in mine if record.play == play]) for play in Play]
        rows.append(f"| {fault} | {' | '.join(cells)} | {_cell(mine)} |")
    cells = [_cell([record for record in struck if record.play == play]) for play in Play]
    rows.append(f"| all | {' | '.join(cells)} | {_cell(struck)} |")
    full = [record for record in struck if record.fault == Fault.DISK]
    met = sum(record.enospc > 0 for record in full)
    note = (
        f"PostgreSQL itself met the full disk in {met} of these {len(full)} cases; in the others something else did, or nothing "
        "wanted a new block."
    )
    return "Survived of interruptions:\n\n" + "\n".join(rows) + "\n" + ("\n" + _filled(note) if full else "")


def _cell(records: t.Sequence[Record]) -> str:
    return f"{sum(not record.broken for record in records)} of {len(records)}" if records else "none"


def _failures(struck: t.Sequence[Record], again: t.Sequence[Record]) -> str:
    failed = [record for record in struck if record.broken]
    if not failed:
        return ""
    lines = [
        f"- {record.index}: {record.play}, {record.fault}, {record.instant}. Struck: {record.struck}, in or before the task "
        f"{record.task!r}. Exit codes {', '.join(map(str, record.codes))}. {'; '.join(record.broken)}."
        + "".join(_repeated(later) for later in again if _which(later) == _which(record))
        for record in failed
    ]
    return "\n## What did not survive\n\n" + "\n".join(lines) + "\n"


def _repeated(record: Record) -> str:
    verdict = "; ".join(record.broken) if record.broken else "it survived"
    return f" Run again at commit {record.commit[:12]} (struck: {record.struck or 'nothing'}): {verdict}."


def _repeat(records: t.Sequence[Record]) -> str:
    versions = "\n".join(f"| {name} | {version} |" for name, version in records[0].versions.items())
    first = records[0]
    return (
        f"\n## Repeat it\n\n```shell\ngit checkout {first.commit}\nmake faults FAULTS={max(r.index for r in records) + 1} "
        f"SEED={first.seed}\nmake faults-report\n```\n\n"
        "The plan depends on the seed and on the playbooks' tasks alone. Instants in between are parts of the time that an "
        "uninterrupted run takes on the machine at hand.\n\n"
        f"| | Version |\n|---|---|\n{versions}\n"
    )

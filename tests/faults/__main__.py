# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault matrix's commands: `python -m ansible_collections.alga.appliance.tests.faults run|sample|report`."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
import typing as t
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError, say
from ansible_collections.alga.appliance.tests.appliance.node.settings import from_environment
from ansible_collections.alga.appliance.tests.faults import journal, plan, report, selftest
from ansible_collections.alga.appliance.tests.faults.journal import ROOT, Record
from ansible_collections.alga.appliance.tests.faults.machine import Machine
from ansible_collections.alga.appliance.tests.faults.plan import Interruption
from ansible_collections.alga.appliance.tests.faults.series import Outcome, Series
from ansible_collections.alga.appliance.tests.faults.versions import versions_of

_FOLDER = ROOT / ".build/faults"
_JOURNAL = _FOLDER / "journal.jsonl"
_PAGE = ROOT / "docs/reliability.md"
_SAMPLE_SECONDS = 10 * 60.0


class Matrix:
    """One series and its journal."""

    def __init__(self, series: Series, file: Path, seed: int) -> None:
        self._series = series
        self._file = file
        self._seed = seed
        self._product, self._commit = journal.product(), journal.commit()
        self._versions = versions_of(series.appliance)

    def done(self) -> set[int]:
        """The indexes of this seed and product that the journal has."""
        return {item.index for item in journal.read([self._file]) if (item.seed, item.product) == (self._seed, self._product)}

    def plan(self) -> t.Iterator[Interruption]:
        """What this seed draws for the playbooks as they are."""
        return plan.draw(self._seed, {play: len(seen.tasks) for play, seen in self._series.profiles.items()})

    def interrupt(self, interruption: Interruption) -> Record:
        """Interrupt once and write it down."""
        started = time.monotonic()
        outcome = self._series.interrupt(interruption)
        record = self._record(interruption, outcome, time.monotonic() - started)
        if record.broken:
            folder = self._series.keep_evidence(f"{record.seed}-{record.index}")
            say(f"evidence: {folder}")
        journal.append(self._file, record)
        say(report.line(record))
        return record

    def _record(self, interruption: Interruption, outcome: Outcome, whole: float) -> Record:
        at = interruption.boundary
        return Record(
            seed=self._seed,
            index=interruption.index,
            product=self._product,
            commit=self._commit,
            versions=self._versions,
            play=interruption.play.value,
            fault=interruption.fault.value,
            instant=f"at {interruption.fraction:.1%} of the run" if at is None else f"before task {at}",
            struck=outcome.struck,
            task=outcome.task,
            codes=outcome.codes,
            seconds=outcome.seconds,
            whole=round(whole, 1),
            enospc=outcome.enospc,
            seen="; ".join(outcome.seen),
            broken=outcome.broken,
        )


def _run(options: argparse.Namespace, series: Series) -> bool:
    """Interrupt until the plan's first so many are in the journal; returns whether all of this process survived."""
    matrix = Matrix(series, options.journal, options.seed)
    number, count = options.share
    done, survived = matrix.done(), True
    for interruption in itertools.islice(matrix.plan(), options.count):
        if interruption.index % count == number - 1 and interruption.index not in done:
            survived &= not matrix.interrupt(interruption).broken
    return survived


def _sample(options: argparse.Namespace, series: Series) -> bool:
    """Try the checks themselves, then interrupt, within ten minutes, but each kind of fault at least once."""
    began = time.monotonic()
    options.journal.unlink(missing_ok=True)
    selftest.run(series)
    matrix = Matrix(series, options.journal, options.seed)
    records: list[Record] = []
    for interruption in plan.one_of_each_first(matrix.plan()):
        struck = {record.fault for record in records if record.is_interruption}
        if len(struck) == len(plan.Fault) and time.monotonic() - began > _SAMPLE_SECONDS:
            break
        records.append(matrix.interrupt(interruption))
    failed = [record for record in records if record.broken]
    say(f"{len(records)} interruptions, {len(failed)} of them broke an invariant; journal: {options.journal}")
    return not failed


def _on_node(options: argparse.Namespace) -> int:
    node = Machine(from_environment())
    os.environ["ALGA_NODE_STORAGE"] = str(node.storage)
    series = Series(node, options.journal.parent / node.settings.name)
    series.appliance.wipe()
    node.mount()
    try:
        series.profile()
        survived = _sample(options, series) if options.command == "sample" else _run(options, series)
    finally:
        node.restore()
        node.empty()
        series.appliance.wipe()
        node.unmount()
    return 0 if survived else 1


def main() -> int:
    """Run one command; the exit code is 1 where an invariant was broken."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "sample"):
        command = commands.add_parser(name)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--journal", type=Path, default=_JOURNAL if name == "run" else _FOLDER / "sample.jsonl")
    run = commands.choices["run"]
    run.add_argument("--count", type=int, default=200, help="how many interruptions of the plan, earlier runs' included")
    run.add_argument("--share", type=plan.share, default=(1, 1), help="which part of them, such as 1/2")
    written = commands.add_parser("report")
    written.add_argument("journals", type=Path, nargs="*", default=[_JOURNAL])
    options = parser.parse_args()
    try:
        if options.command == "report":
            _PAGE.write_text(report.page(journal.read(options.journals)))
            return 0
        return _on_node(options)
    except NodeError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A series of interruptions of one appliance on one node."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import subprocess
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError, say
from ansible_collections.alga.appliance.tests.faults import invariants, strikes
from ansible_collections.alga.appliance.tests.faults.interrupting import Interrupting, instant
from ansible_collections.alga.appliance.tests.faults.looks import USER_FILE, Kept, Looks, State
from ansible_collections.alga.appliance.tests.faults.machine import Machine
from ansible_collections.alga.appliance.tests.faults.plan import Fault, Interruption, Play
from ansible_collections.alga.appliance.tests.faults.playing import End, Playing, Task
from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance
from ansible_collections.alga.appliance.tests.scenarios.outside import NoAnswerError

# A little slower than the stand-in application is by itself, so that its migrations and seeds are hit too.
_PACE = {"STAND_IN_MIGRATION_DELAY_MS": "20", "STAND_IN_SEED_DELAY_MS": "150"}
_FILES = "alga-core-sebastian-storage"
_JOB = "alga-appliance-bootstrap"
_SETTLE_SECONDS = 60.0
_SURVIVOR_SECONDS = 90.0


@dataclass(frozen=True)
class Uninterrupted:
    """A run that nothing disturbed.

    :param tasks: names of its tasks, and of its end.
    :param durations: seconds of each.
    """

    tasks: t.Sequence[str]
    durations: t.Sequence[float]
    state: State


@dataclass
class Outcome:
    """What came of one interruption."""

    struck: str = ""
    task: str = ""
    codes: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    enospc: int = 0
    seen: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


class Series:
    """Interrupts again and again; whatever a run leaves is the next one's beginning, where that one recovers.

    :param folder: for inventories, outputs and evidence.
    """

    def __init__(self, node: Machine, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.node = node
        self.appliance = Appliance(folder, {"alga_bootstrap_env": _PACE})
        self.looks = Looks(self.appliance, node.storage)
        self.profiles: dict[Play, Uninterrupted] = {}
        self._whole = False
        self._image = ""

    def profile(self) -> None:
        """Run every play once without a fault: how long its tasks take, and what it ends with."""
        for play in Play:
            self._prepare(play)
            names, durations = self._uninterrupted(play)
            state = self.looks.state()
            if broken := invariants.left(state):
                raise NodeError(f"An uninterrupted run of {play.value} breaks invariants already: {'; '.join(broken)}")
            self.profiles[play] = Uninterrupted(names, durations, state)
            say(f"uninterrupted: {play.value}, {len(durations)} tasks in {sum(durations):.0f} s")
            if play is Play.FRESH:
                self._complete()

    def interrupt(self, interruption: Interruption) -> Outcome:
        """Interrupt one run, run the playbook again, and check what is left."""
        play = interruption.play
        # A component that lost its API server may have ended after the last interruption was over.
        self.node.restore()
        self._prepare(play)
        before = Kept() if play is Play.FRESH else self.looks.kept()
        self._whole = False
        outcome = Outcome()
        # Opened to the end: a worker that outlives its controller is waited for after the second run.
        with Playing(self.appliance.command(play.playbook), self.folder) as playing:
            self._interrupted(playing, interruption, outcome)
            self.node.restore()
            if interruption.fault is Fault.DISK:
                outcome.enospc = self.looks.enospc()
            between = self.looks.kept()
            outcome.broken += invariants.changed(before, between)
            self._again(play, outcome)
            self._outlive(playing, outcome)
        # What did not come up again by its playbook is not waited for.
        outcome.broken += self._settled(self.profiles[play].state, 0.0 if outcome.broken else _SETTLE_SECONDS)
        outcome.broken += self._kept(between.since(before))
        if not outcome.broken:
            self._whole = True
            if play is Play.FRESH:
                self._complete()
        return outcome

    def _kept(self, before: Kept) -> list[str]:
        """What is not the same at the end; PostgreSQL has to answer by then."""
        after = self.looks.kept()
        unknown = ["the roles cannot be read at the end"] if after.roles is None else []
        return unknown + invariants.changed(before, after)

    def keep_evidence(self, name: str) -> Path:
        """Keep the outputs of the last interruption, and what Kubernetes says now."""
        folder = self.folder / "evidence" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.glob("*.txt"):
            shutil.copy(file, folder)
        for name_of_file, arguments in {
            "pods.txt": ("get", "pods,jobs,persistentvolumeclaims,leases", "-o", "wide"),
            "events.txt": ("get", "events", "--sort-by=.lastTimestamp"),
            "postgresql.txt": ("logs", "db-0", "-c", "db", "--tail=200"),
            "bootstrap.txt": ("logs", "-l", "app.kubernetes.io/managed-by=alga.appliance", "--tail=200", "--prefix"),
        }.items():
            with contextlib.suppress(subprocess.CalledProcessError):  # what is not there has nothing to say
                (folder / name_of_file).write_text(self.appliance.kubectl(*arguments))
        return folder

    def _prepare(self, play: Play) -> None:
        for file in self.folder.glob("*.txt"):
            file.unlink()
        if play is Play.FRESH:
            self.appliance.wipe()
            return
        if not self._whole:
            self.appliance.wipe()
            code, _seconds = self._run("fresh", "preparation.txt")
            if code:
                raise NodeError(f"An appliance to recover could not be made: fresh.yml ended with {code}, see {self.folder}.")
            self._complete()
        self._reset_ledger()
        if play is Play.RECOVER:
            self._damage()

    def _complete(self) -> None:
        """Add a user's row and file to an appliance that fresh.yml has just made."""
        self._whole = True
        self._image = self.appliance.sql("SELECT image_id FROM alga_appliance.runs WHERE mode = 'fresh'")
        self.appliance.sql("INSERT INTO notes (id, body) VALUES ('kept', 'kept')")
        folder = next(path for path in self.node.storage.glob("*_msp_*") if path.name.endswith(_FILES))
        (folder / USER_FILE).write_text("kept")

    def _reset_ledger(self) -> None:
        """Let the ledger know the first run alone, so that it does not grow with the series.

        The Job of a run that is forgotten goes with it: recover.yml would record it again.
        """
        self.appliance.kubectl("delete", "job", _JOB, "--ignore-not-found")
        self.appliance.sql("DELETE FROM alga_appliance.runs WHERE mode <> 'fresh'")
        self.appliance.sql(f"UPDATE alga_appliance.runs SET image_id = '{self._image}'")  # noqa: S608  # a digest

    def _damage(self) -> None:
        """Give recover.yml something to do: a migration, an image that the ledger does not know, a lost Deployment."""
        self.appliance.sql(
            "DELETE FROM knex_migrations WHERE name = '20260301090000_add_clients_country_default.cjs';"
            " ALTER TABLE clients DROP COLUMN country_code;"
            " UPDATE alga_appliance.runs SET image_id = ''"
        )
        self.appliance.kubectl("delete", "deployment", "--all", "--wait=true")

    def _uninterrupted(self, play: Play) -> tuple[list[str], list[float]]:
        names: list[str] = []
        moments: list[float] = []
        with Playing(self.appliance.command(play.playbook), self.folder) as playing:
            while not isinstance(event := playing.next(1.0), End):
                if isinstance(event, Task):
                    names.append(event.name)
                    moments.append(time.monotonic())
                    playing.go()
            if event.code:
                raise NodeError(f"An uninterrupted {play.value} ended with {event.code}:\n{playing.output.read_text()[-3000:]}")
        moments.append(time.monotonic())
        return names, [after - before for before, after in itertools.pairwise(moments)]

    def _interrupted(self, playing: Playing, interruption: Interruption, outcome: Outcome) -> None:
        strike = strikes.make(interruption, strikes.Scene(self.appliance, self.node, playing))
        when = instant(interruption, self.profiles[interruption.play].durations)
        run = Interrupting(playing, strike, when, interruption.seconds)
        try:
            outcome.codes.append(run.run())
        except TimeoutError as error:
            outcome.broken.append(f"the interrupted run did not end: {error}")
            processes.kill_family(playing.pid)
        outcome.seconds.append(round(time.monotonic() - playing.started, 1))
        outcome.struck, outcome.task = run.struck, run.task

    def _again(self, play: Play, outcome: Outcome) -> None:
        """Run the playbook again. Over a first run that had come to its end fresh.yml refuses, and names recover.yml."""
        ready = play is Play.FRESH and self.looks.claim_state() == "ready"
        code = self._count(play.playbook, "second.txt", outcome)
        if ready:
            said = (self.folder / "second.txt").read_text()
            if not code or "recover.yml" not in said:
                outcome.broken.append(f"fresh.yml over a complete appliance ended with {code} and did not name recover.yml")
            code = self._count("recover", "third.txt", outcome)
        if code:
            outcome.broken.append(f"the run after it ended with {code}")
            self._count(play.playbook, "another.txt", outcome)

    def _count(self, playbook: str, file: str, outcome: Outcome) -> int:
        code, seconds = self._run(playbook, file)
        outcome.codes.append(code)
        outcome.seconds.append(seconds)
        return code

    def _run(self, playbook: str, file: str) -> tuple[int, float]:
        started = time.monotonic()
        with (self.folder / file).open("wb") as output:
            ended = subprocess.run(
                self.appliance.command(playbook), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, timeout=600
            )
        return ended.returncode, round(time.monotonic() - started, 1)

    def _outlive(self, playing: Playing, outcome: Outcome) -> None:
        """Wait for a worker that outlived its controller; one that does not end is ended."""
        started = time.monotonic()
        try:
            wait_for("workers to end", lambda: str(playing.survivors() or "") or None, seconds=_SURVIVOR_SECONDS)
        except NodeError:
            processes.kill(playing.survivors())
            outcome.seen.append(f"a worker still ran {_SURVIVOR_SECONDS:.0f} s after the second run and was ended")
            return
        if time.monotonic() - started > 1:
            outcome.seen.append(f"a worker outlived the second run by {time.monotonic() - started:.0f} s")

    def _settled(self, wanted: State, seconds: float) -> list[str]:
        """What is broken once the appliance has come to rest."""
        found: list[str] = []

        def seen() -> str | None:
            try:
                state = self.looks.state()
            except (subprocess.CalledProcessError, NoAnswerError) as error:
                said = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else error
                found[:] = [f"the final state cannot be read: {said}"]
            else:
                found[:] = invariants.left(state) + invariants.differences(wanted, state)
            return "; ".join(found) or None

        with contextlib.suppress(NodeError):  # what is found is the answer
            wait_for("the final state", seen, seconds=seconds, interval=1.0)
        return found

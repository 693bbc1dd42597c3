# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bootstrap Job and the application's image, as Kubernetes has them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from enum import StrEnum

from .. import names
from ..database.database import DatabaseObservation, marked_run, marked_stage
from ..states import Work


class Stage(StrEnum):
    """What one Job does: migrations, or seeds after the seed gate has opened."""

    MIGRATE = "migrate"
    SEED = "seed"


class JobState(StrEnum):
    """The bootstrap Job as Kubernetes has it."""

    ABSENT = "absent"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """A bootstrap Job: how it stands, whose run it belongs to, what it does on which database and what it found there.

    The chart's Job migrates and seeds in one, on the application database itself; its stage is the last thing it does.
    """

    state: JobState = JobState.ABSENT
    run: str = ""
    stage: Stage = Stage.MIGRATE
    database: str = ""
    migrations_before: int = 0
    started_at: str = ""
    name: str = names.JOB

    @property
    def is_the_charts(self) -> bool:
        """Whether it is the application chart's Job, and not the collection's."""
        return self.name != names.JOB


@dataclass(frozen=True)
class Image:
    """The application's image: its name and pull policy as wanted, its id as pulled; empty where it is not known.

    :param pod: the spec of the pods that run it.
    """

    name: str = ""
    id: str = ""
    pull: str = "IfNotPresent"
    pod: dict[str, t.Any] = field(default_factory=dict, compare=False, repr=False)


def work(job: Job, seen: DatabaseObservation) -> Work:
    """Say what the Job has to do with the database as it is now.

    A Job that succeeded counts for the building database in which its run and its stage are marked as done, and for the
    published one while the ledger does not know it. One that failed counts for nothing, and so does one whose work is not in this
    database: it belongs to an earlier attempt, or the volume was put back to what it was before.
    """
    published = seen.database in seen.databases
    if job.state is JobState.RUNNING and job.is_the_charts:
        return Work.UNDER_WAY  # It makes the database itself, so it may be at work before there is one.
    if job.database != (seen.database if published else seen.building):
        return Work.NONE
    if job.state is JobState.RUNNING:
        return Work.UNDER_WAY
    comment = seen.databases.get(seen.building, "")
    counts = job.run not in seen.recorded if published else (marked_run(comment), marked_stage(comment)) == (job.run, job.stage)
    if job.state is not JobState.SUCCEEDED or not counts:
        return Work.NONE
    return Work.SEEDED if job.stage is Stage.SEED else Work.MIGRATED


def newest(*jobs: Job) -> Job:
    """Of several Jobs the one to go by: one that is at work, else the one that began last."""
    return max(jobs, key=lambda job: (job.state is JobState.RUNNING, job.started_at))

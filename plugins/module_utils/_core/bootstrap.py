# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the bootstrap does next: decided from the database, the Job of an earlier run and the ledger, never from Helm."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .database import Answer, DatabaseObservation, marked_run
from .states import DatabaseState, Mode


class Step(StrEnum):
    """The one next step of the bootstrap."""

    BUILD = "build"
    REBUILD = "rebuild"
    WATCH = "watch"
    PUBLISH = "publish"
    MIGRATE = "migrate"
    NOTHING = "nothing"
    REFUSE = "refuse"


class JobState(StrEnum):
    """The bootstrap Job as Kubernetes has it."""

    ABSENT = "absent"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """The bootstrap Job: how it stands, whose run it belongs to, which database it works on and what it found there."""

    state: JobState = JobState.ABSENT
    run: str = ""
    database: str = ""
    migrations_before: int = 0
    started_at: str = ""


@dataclass(frozen=True)
class Image:
    """The application's image: its name as wanted, its id as pulled; empty where it is not known."""

    name: str = ""
    id: str = ""


@dataclass(frozen=True)
class Decision:
    """The next step and why."""

    step: Step
    message: str
    next_action: str = ""


def decide(*, mode: Mode, run: str, seen: DatabaseObservation, answer: Answer, job: Job, image: Image) -> Decision:
    """Decide the next step.

    :param run: id of the first run that the database claim records; empty when none is unfinished.
    :param image: the application's image.
    """
    if job.state is JobState.RUNNING and (mode is Mode.FRESH or job.database == seen.database):
        return Decision(Step.WATCH, f"The bootstrap Job of run {job.run} is working on database {job.database}; it is watched.")
    if answer.state in (DatabaseState.ABSENT, DatabaseState.BUILDING):
        return _first_run(mode, run, seen, answer, job)
    if mode is Mode.FRESH and seen.ledger.get("run") != run:
        return Decision(
            Step.REFUSE,
            f"fresh.yml expects no application database and found one: {answer.message} Nothing was changed.",
            "Run recover.yml, which preserves it; or, only if this data is of no further use, wipe the volume and run "
            "fresh.yml again.",
        )
    if answer.state in (DatabaseState.MIGRATED, DatabaseState.SEEDED, DatabaseState.BEHIND):
        if answer.state is not DatabaseState.BEHIND and image.id and image == _migrated_by(seen):
            return Decision(
                Step.NOTHING, f"{answer.message} The ledger records this very image, {image.name}; there is nothing to migrate."
            )
        return Decision(
            Step.MIGRATE, f"{answer.message} The ledger does not know this image, {image.name}; its migrations are run in place."
        )
    return Decision(Step.REFUSE, answer.message, answer.next_action)


def _migrated_by(seen: DatabaseObservation) -> Image:
    """The image that migrated the database last, as the ledger has it."""
    return Image(str(seen.ledger.get("image", "")), str(seen.ledger.get("image_id", "")))


def _first_run(mode: Mode, run: str, seen: DatabaseObservation, answer: Answer, job: Job) -> Decision:
    if mode is Mode.RECOVER:
        return Decision(
            Step.REFUSE,
            f"recover.yml expects an appliance that was here. {answer.message}",
            "Run fresh.yml if its first run was cut off or this appliance is new; otherwise this is the wrong volume.",
        )
    if answer.state is DatabaseState.ABSENT:
        return Decision(Step.BUILD, f"{answer.message} It is built aside as {seen.building} and published by one rename.")
    begun = marked_run(seen.databases[seen.building])
    if not begun:
        return Decision(Step.REFUSE, answer.message, answer.next_action)
    if begun == run == job.run and job.state is JobState.SUCCEEDED:
        return Decision(Step.PUBLISH, f"Run {run} built {seen.building} to its end; it is checked and published.")
    return Decision(
        Step.REBUILD,
        f"Database {seen.building} was begun by run {begun} and not finished; it carries this collection's mark, so it is "
        "dropped and built anew.",
    )

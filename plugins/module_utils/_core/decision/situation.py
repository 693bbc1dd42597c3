# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything a decision is made from: what was observed, and the same as values of closed enums."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..bootstrap.bootstrap import Image, Job, work
from ..database.database import Answer, DatabaseObservation
from ..states import CredentialState, DatabaseState, Driver, Mode, Origin, StorageState, Work
from ..storage.storage import StorageObservation, classify

CONVERGES_ON = (DatabaseState.MIGRATED.value, DatabaseState.SEEDED.value)
EXPECTABLE = (DatabaseState.ABSENT.value, DatabaseState.CREATED.value, *CONVERGES_ON)


@dataclass(frozen=True)
class Situation:
    """What a decision depends on, and nothing else: every field is closed.

    :param expected: whether the operator expects what was found; what is not there yet counts as ``absent``.
    :param release_lock: whether the operator asked for the release of a stale migration lock.
    """

    mode: Mode
    storage: StorageState
    credentials: CredentialState
    database: DatabaseState
    work: Work
    origin: Origin
    expected: bool
    release_lock: bool


@dataclass(frozen=True)
class Secret:
    """The Secret of the contract: ``namespace/name``, what it holds and the keys that have no value."""

    name: str
    state: CredentialState
    missing: t.Sequence[str] = ()


@dataclass(frozen=True)
class Facts:
    """What was observed, for the decision and for its sentence.

    :param seen: the database as it was read; ``None`` where it could not be.
    :param storage: the volumes; ``None`` where they could not be read, ``unread`` then says why and ``mend`` what to do next.
    :param expect: states of the database with which recover.yml may go on (``alga_expect``).
    :param driver: who runs the bootstrap; the decision is the same, the sentences and the hands are not.
    :param application: whether the application has or wants pods; it counts as having them where that is not known.
    """

    mode: Mode
    secret: Secret
    answer: Answer
    seen: DatabaseObservation | None = None
    storage: StorageObservation | None = None
    unread: str = ""
    mend: str = ""
    job: Job = field(default_factory=Job)
    image: Image = field(default_factory=Image)
    expect: t.Collection[str] = CONVERGES_ON
    release_lock: bool = False
    driver: Driver = Driver.COLLECTION
    application: bool = False

    @property
    def run(self) -> str:
        """The id of the first run that has begun here and not ended; empty when there is none."""
        return self.storage.first_run if self.storage else ""

    def situation(self) -> Situation:
        """The same as values of closed enums."""
        return Situation(
            mode=self.mode,
            storage=classify(self.storage) if self.storage else StorageState.UNKNOWN,
            credentials=self.secret.state,
            database=self.answer.state,
            work=work(self.job, self.seen) if self.seen else Work.NONE,
            origin=self._origin(),
            expected=self._expected(),
            release_lock=self.release_lock,
        )

    @property
    def unfinished(self) -> bool:
        """Whether the database carries the mark of the first run under way here, which has not recorded it as complete."""
        return self.seen is not None and bool(self.run) and self.seen.unfinished_run == self.run

    def _origin(self) -> Origin:
        if self.seen is None or not self.seen.recorded:
            return Origin.UNFINISHED if self.unfinished and not self.application else Origin.UNRECORDED
        return Origin.THIS_RUN if self.run in self.seen.recorded else Origin.EARLIER_RUN

    def _expected(self) -> bool:
        """fresh.yml expects that nothing is here; recover.yml what ``alga_expect`` names.

        What a first run left unfinished is nothing yet.
        """
        origin = self._origin()
        unfinished = origin is Origin.UNFINISHED
        if self.mode is Mode.FRESH:
            return self.answer.state not in (DatabaseState.CREATED, DatabaseState.RENAMED) or unfinished
        if origin is Origin.THIS_RUN:
            return True  # what was begun where the operator expected nothing, and is published by now (R21)
        wanted = set(self.expect)
        if not unfinished and self.answer.state in (DatabaseState.MIGRATED, DatabaseState.SEEDED, DatabaseState.CREATED):
            return self.answer.state.value in wanted
        # An empty database is set aside first, and then there is none.
        return not wanted.isdisjoint((DatabaseState.ABSENT.value, DatabaseState.CREATED.value))

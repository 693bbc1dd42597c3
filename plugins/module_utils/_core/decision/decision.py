# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Question 4: may this run change what is here, and how? One function over closed enums; its rules are the table in docs.

The rules are read from the top, and the first that matches decides. Storage comes before credentials, credentials before
the database, and what refuses before what acts, so that no later rule ever sees what an earlier one has to stop.
"""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass

from ..states import CredentialState, DatabaseState, Mode, Origin, Step, StorageState, Work
from .sentences import say
from .situation import Facts, Situation

S, D = StorageState, DatabaseState


@dataclass(frozen=True)
class Rule:
    """One row of the table. A dimension that is None matches everything.

    :param why: the reason, as it stands in the documentation.
    """

    name: str
    step: Step
    why: str
    modes: frozenset[Mode] | None = None
    storage: frozenset[StorageState] | None = None
    credentials: frozenset[CredentialState] | None = None
    databases: frozenset[DatabaseState] | None = None
    work: frozenset[Work] | None = None
    origins: frozenset[Origin] | None = None
    expected: bool | None = None
    release_lock: bool | None = None

    def matches(self, situation: Situation) -> bool:
        """Tell whether this row speaks of the situation."""
        pairs: tuple[tuple[frozenset[t.Any] | None, t.Any], ...] = (
            (self.modes, situation.mode),
            (self.storage, situation.storage),
            (self.credentials, situation.credentials),
            (self.databases, situation.database),
            (self.work, situation.work),
            (self.origins, situation.origin),
        )
        flags = ((self.expected, situation.expected), (self.release_lock, situation.release_lock))
        return all(wanted is None or value in wanted for wanted, value in pairs) and all(
            wanted is None or value is wanted for wanted, value in flags
        )


def _set(*values: t.Any) -> frozenset[t.Any]:
    return frozenset(values)


FRESH, RECOVER = _set(Mode.FRESH), _set(Mode.RECOVER)
NOT_ANSWERING = _set(D.UNREACHABLE, D.STARTING)
COMPLETE = _set(D.MIGRATED, D.SEEDED)
UNDER_WAY = _set(Work.UNDER_WAY)
SUCCEEDED = _set(Work.MIGRATED, Work.SEEDED)
ENDED = SUCCEEDED | {Work.NONE}
UNFINISHED = _set(Origin.UNFINISHED)

RULES: tuple[Rule, ...] = (
    Rule("storage_unknown", Step.REFUSE, "A state that cannot be read may hide data (F27).", storage=_set(S.UNKNOWN)),
    Rule("leaving", Step.REFUSE, "Anything installed on a Terminating claim loses its volume.", storage=_set(S.LEAVING)),
    Rule("no_node", Step.REFUSE, "A pod waits indefinitely for a volume that no node can mount (R9).", storage=_set(S.NO_NODE)),
    Rule(
        "half_initialised",
        Step.REFUSE,
        "An initdb was killed; what is missing is unknown (F35).",
        storage=_set(S.HALF_INITIALISED),
    ),
    Rule(
        "other_version",
        Step.REFUSE,
        "PostgreSQL does not start on data of another major version (F45).",
        storage=_set(S.OTHER_VERSION),
    ),
    Rule(
        "emptied",
        Step.REFUSE,
        "PostgreSQL creates a new cluster on an empty volume, and this one held a complete appliance (R3).",
        storage=_set(S.EMPTIED),
    ),
    Rule("other_data", Step.REFUSE, "The volume contains data other than the appliance's (F45).", storage=_set(S.OTHER_DATA)),
    Rule("lost", Step.REFUSE, "A new claim would get a new, empty volume beside the old data (F36).", storage=_set(S.LOST)),
    Rule("fresh_over_data", Step.REFUSE, "fresh.yml expects no data.", modes=FRESH, storage=_set(S.PRESENT)),
    Rule(
        "credentials_unknown",
        Step.REFUSE,
        "A Secret that cannot be read may exist (F27).",
        credentials=_set(CredentialState.UNKNOWN),
    ),
    Rule(
        "credentials_partial",
        Step.REFUSE,
        ("A single key is never added automatically (F3, U2)."),
        credentials=_set(CredentialState.PARTIAL),
    ),
    Rule(
        "credentials_lost",
        Step.REFUSE,
        "New passwords would make the data inaccessible (F2, U1).",
        storage=_set(S.FIRST_RUN, S.INITDB_KILLED, S.PRESENT),
        credentials=_set(CredentialState.ABSENT),
    ),
    Rule(
        "initdb_killed",
        Step.MOVE_DATA_ASIDE,
        "The initdb of this first run, or the setup after it, was killed: there never was any data. It is moved, never "
        "deleted (F35).",
        storage=_set(S.INITDB_KILLED),
        # The volume is the proof, not the server, which may run on it: nobody but the collection was ever let in.
        databases=NOT_ANSWERING | _set(D.UNKNOWN, D.ABSENT, D.BUILDING),
        expected=True,
    ),
    Rule(
        "initdb_killed_here",
        Step.REFUSE,
        "Only fresh.yml can continue a first run whose initdb was killed (F35).",
        storage=_set(S.INITDB_KILLED),
    ),
    Rule(
        "nothing_expected",
        Step.PREPARE,
        "Nothing exists, and nothing was expected: the only case in which credentials may be generated.",
        storage=_set(S.NONE),
        databases=_set(D.UNREACHABLE),
        expected=True,
    ),
    Rule(
        "nothing_unexpected",
        Step.REFUSE,
        "recover.yml expects an existing appliance.",
        storage=_set(S.NONE),
        databases=_set(D.UNREACHABLE),
    ),
    Rule("volume_unknown", Step.REFUSE, "A PostgreSQL answers whose volume is not this appliance's.", storage=_set(S.NONE)),
    Rule(
        "chart_job_begins",
        Step.WATCH,
        "The chart's own Job is running and creates the database itself (F20).",
        databases=_set(D.ABSENT, D.RENAMED, D.CREATED),
        work=UNDER_WAY,
        expected=True,
    ),
    Rule(
        "chart_job_seeds",
        Step.WATCH,
        "Seeds use no transaction: while they run, the database looks as if they had been interrupted (F21).",
        databases=_set(D.PARTIALLY_SEEDED),
        work=UNDER_WAY,
        origins=UNFINISHED,
    ),
    Rule(
        "unfinished",
        Step.WITHDRAW,
        "A database that carries this first run's mark, was never recorded as complete and was never used becomes a building "
        "database again (F17, F19, F21).",
        storage=_set(S.FIRST_RUN),
        databases=_set(D.CREATED, D.INTERRUPTED, D.BEHIND, D.PARTIALLY_SEEDED),
        work=ENDED,
        origins=UNFINISHED,
        expected=True,
    ),
    Rule(
        "ladder_refuses",
        Step.REFUSE,
        "The state itself forbids every change (F16, F21, F23, F27, U6, R4).",
        databases=_set(D.AUTH_FAILED, D.POOLER, D.READ_ONLY, D.UNKNOWN, D.AHEAD, D.PARTIALLY_SEEDED, D.FOREIGN),
    ),
    Rule("start", Step.START, "PostgreSQL has to answer before anything is decided about it.", databases=NOT_ANSWERING),
    Rule(
        "job_builds",
        Step.WATCH,
        "The Job of an earlier run is still running although its playbook has ended; it is watched until it finishes (F20).",
        databases=_set(D.BUILDING),
        work=UNDER_WAY,
        expected=True,
    ),
    Rule(
        "seeds_are_next",
        Step.SEED,
        "The migrations of the building database have finished; the seed gate decides.",
        databases=_set(D.BUILDING),
        work=_set(Work.MIGRATED),
        expected=True,
    ),
    Rule(
        "publication_is_next",
        Step.PUBLISH,
        "The seeds of the building database have finished; it is checked and renamed.",
        databases=_set(D.BUILDING),
        work=_set(Work.SEEDED),
        expected=True,
    ),
    Rule(
        "first_run_cut_off",
        Step.REBUILD,
        "An interrupted database that carries the collection's own mark is dropped and built again (F17).",
        databases=_set(D.BUILDING),
        expected=True,
    ),
    Rule(
        "no_database",
        Step.BUILD,
        "PostgreSQL answers and has no application database.",
        databases=_set(D.ABSENT, D.RENAMED),
        expected=True,
    ),
    Rule(
        "renamed",
        Step.REFUSE,
        "Another database carries the ledger of a complete appliance, and a rename brings it back (R25).",
        databases=_set(D.RENAMED),
    ),
    Rule(
        "chart_job_ended",
        Step.RECORD,
        "The chart's Job was observed to succeed, and the database is what the image requires (F13).",
        databases=COMPLETE,
        work=SUCCEEDED,
        origins=UNFINISHED,
    ),
    Rule(
        "outcome_unknown",
        Step.WITHDRAW,
        "Nobody observed the chart's Job succeed: seeds may be missing that no contract reveals (F21, F30).",
        storage=_set(S.FIRST_RUN),
        databases=COMPLETE,
        work=_set(Work.NONE),
        origins=UNFINISHED,
        expected=True,
    ),
    Rule(
        "unfinished_is_no_appliance",
        Step.REFUSE,
        "recover.yml expects an existing appliance, and a first run is unfinished.",
        databases=_set(D.CREATED, D.INTERRUPTED, D.BEHIND, D.MIGRATED, D.SEEDED),
        work=ENDED,
        origins=UNFINISHED,
    ),
    Rule("no_appliance", Step.REFUSE, "recover.yml expects an existing appliance.", databases=_set(D.ABSENT, D.BUILDING)),
    Rule(
        "empty_expected",
        Step.MOVE_DATABASE_ASIDE,
        "The empty database is renamed, never dropped.",
        modes=RECOVER,
        databases=_set(D.CREATED),
        expected=True,
    ),
    Rule("empty", Step.REFUSE, "Somebody created the database and did not migrate it.", databases=_set(D.CREATED)),
    Rule(
        "fresh_over_database",
        Step.REFUSE,
        "fresh.yml expects no application database created by another run.",
        modes=FRESH,
        origins=_set(Origin.UNRECORDED, Origin.EARLIER_RUN),
    ),
    Rule(
        "job_migrates",
        Step.WATCH,
        "The collection's own Job is running on the published database.",
        databases=_set(D.MIGRATING, D.INTERRUPTED),
        work=UNDER_WAY,
    ),
    Rule("somebody_migrates", Step.REFUSE, "Another migration is running.", databases=_set(D.MIGRATING)),
    Rule(
        "lock_released",
        Step.RELEASE_LOCK,
        "The migration lock is proven stale, and the operator requested its release (F19, U14).",
        databases=_set(D.INTERRUPTED),
        release_lock=True,
    ),
    Rule(
        "lock_stale",
        Step.REFUSE,
        ("A stale migration lock is released only on request (F19, U14)."),
        databases=_set(D.INTERRUPTED),
    ),
    Rule("job_on_published", Step.WATCH, "The collection's own Job is running on the published database.", work=UNDER_WAY),
    Rule("behind", Step.MIGRATE, "The image has migrations that the database lacks.", databases=_set(D.BEHIND)),
    Rule(
        "unrecorded",
        Step.RECORD,
        "A Job of the collection finished after its playbook was interrupted; the ledger records the result.",
        databases=COMPLETE,
        work=_set(Work.MIGRATED),
    ),
    Rule("unexpected", Step.REFUSE, "The operator expects another state (alga_expect).", databases=COMPLETE, expected=False),
    Rule(
        "adopt",
        Step.ADOPT,
        "A complete database without a ledger is recorded, based on evidence.",
        databases=COMPLETE,
        origins=_set(Origin.UNRECORDED),
    ),
    Rule("complete", Step.NOTHING, "The database is what this image requires.", databases=COMPLETE),
)


def rule_for(situation: Situation) -> Rule:
    """Find the rule that decides; there is one for every combination, which a test goes through."""
    return next(rule for rule in RULES if rule.matches(situation))


@dataclass(frozen=True)
class Decision:
    """The next step, the rule behind it, why in a sentence, and what the operator does next where it is a refusal."""

    step: Step
    rule: str
    message: str
    next_action: str = ""


def decide(facts: Facts) -> Decision:
    """Decide the next step of a run from everything that was observed."""
    rule = rule_for(facts.situation())
    message, next_action = say(rule.name, facts)
    return Decision(rule.step, rule.name, message, next_action)


def choose(situations: t.Mapping[Mode, Situation], *, begun: bool) -> Mode | None:
    """Choose the playbook that would not refuse; None where both would.

    :param situations: what was observed, as each playbook takes it.
    :param begun: whether a first run has begun here and not ended, which is fresh.yml's to continue.
    """
    preferred = (Mode.FRESH, Mode.RECOVER) if begun else (Mode.RECOVER, Mode.FRESH)
    return next((mode for mode in preferred if rule_for(situations[mode]).step is not Step.REFUSE), None)


def advise(facts: Facts) -> tuple[Mode | None, Decision]:
    """What a person is to run next, by the rules that the playbooks themselves go by (R22).

    :returns: the playbook and its decision; where both would refuse, None and recover.yml's refusal.
    """
    taken = {mode: dataclasses.replace(facts, mode=mode) for mode in Mode}
    chosen = choose({mode: each.situation() for mode, each in taken.items()}, begun=bool(facts.run))
    return chosen, decide(taken[chosen or Mode.RECOVER])

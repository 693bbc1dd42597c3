# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict of status, and the last sentence of a run: what will break first, then what is here and which playbook to run."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .. import names
from ..credentials.drift import Verdict as RowVerdict
from ..database.database import FINISH
from ..findings import Finding
from ..states import CredentialDecision, DatabaseState, Mode, Step, StorageState
from ..storage.storage import StorageObservation, findings
from .decision import Decision, advise
from .situation import Facts

_HEALTHY = (DatabaseState.SEEDED, DatabaseState.MIGRATED)
# What a consumer meets when it logs in the next time; a pod with an old password meets it the other way round.
_BREAKS = tuple(verdict.value for verdict in (RowVerdict.DRIFT, RowVerdict.CANNOT_LOG_IN, RowVerdict.INCOMPLETE))
_RECOVER = {
    Step.START: "starts PostgreSQL without changing its data",
    Step.WATCH: "watches the running Job until it finishes",
    Step.MIGRATE: "migrates in place",
    Step.RELEASE_LOCK: "releases the lock and migrates",
    Step.ADOPT: "records it, and otherwise leaves it unchanged",
    Step.RECORD: "records the result of the Job",
    Step.MOVE_DATABASE_ASIDE: "renames the empty database and builds the application's",
}


_BESIDE = "Check the pods named here and fix their release; the application itself does not wait for them."


@dataclass(frozen=True)
class Verdict:
    """Healthy or not, in a sentence, with the playbook to run.

    :param playbook: the playbook that would not refuse; None where each would.
    """

    healthy: bool
    message: str
    next_action: str
    playbook: Mode | None
    decision: Decision


def judge(
    facts: Facts,
    credentials: t.Mapping[str, t.Any],
    application: t.Mapping[str, t.Any],
    doubt: str = "",
    beside: t.Collection[str] = (),
    *,
    asked: str = "",
) -> Verdict:
    """Judge the appliance.

    :param facts: what the playbooks decide from.
    :param credentials: the drift report, as a result.
    :param application: how the application is, as a result.
    :param doubt: why the image's migrations could not be read, and what to do about it; empty where they could.
    :param beside: what workloads of the appliance's other releases lack, a few words each (R39).
    :param asked: the Secret that asks for a first tenant, as NAMESPACE/NAME; empty where there is none.
    """
    playbook, decision = advise(facts)
    found = [
        *_owned(facts.storage),
        *_lost_keys(decision, credentials),
        *_breaking(facts, credentials),
        *_missing_rows(facts),
        *_in_the_database(facts),
        *_no_tenant(facts, asked),
    ]
    found += [Finding(doubt, "")] if doubt else []
    if decision.step is not Step.REFUSE and facts.answer.state in _HEALTHY and application["next_action"]:
        found.append(Finding(str(application["msg"]), str(application["next_action"])))
    if beside:
        found.append(Finding(f"{'; '.join(beside)}.", _BESIDE))
    message, action = _said(facts, playbook, decision)
    if decision.step is Step.NOTHING and not application["next_action"]:
        message = _joined(message, str(application["msg"]))
    needless = decision.step is Step.NOTHING and not facts.run
    actions = [*(each.next_action for each in found), *([] if found and needless else [action])]
    if credentials["decision"] == CredentialDecision.REFUSE.value and credentials["msg"] not in (
        message,
        *(each.message for each in found),
    ):
        # The rule that refuses is another one's; whoever follows it meets this next.
        message, actions = _joined(message, str(credentials["msg"])), [*actions, str(credentials["next_action"])]
    return Verdict(
        healthy=not found and (needless or decision.step is Step.PREPARE),
        message=_joined(*(each.message for each in found), message),
        next_action=_joined(*dict.fromkeys(actions)),
        playbook=playbook,
        decision=decision,
    )


def _said(facts: Facts, playbook: Mode | None, decision: Decision) -> tuple[str, str]:
    """What is here and what to do next; of a refusal the words of the playbook that refuses."""
    if playbook is None:
        return decision.message, decision.next_action
    nothing = facts.situation().storage is StorageState.NONE
    here = f"{decision.message} No appliance is installed here." if nothing else _here(facts)
    if playbook is Mode.FRESH:
        return here, "Run fresh.yml to install one." if nothing else FINISH
    if decision.step is Step.NOTHING:
        nobody = facts.answer.state is DatabaseState.MIGRATED
        return here, facts.answer.next_action if nobody else "Nothing needs to be done."
    return here, f"Run recover.yml, which {_RECOVER.get(decision.step, 'continues from there')}."


def _here(facts: Facts) -> str:
    begun = "A first run was started here and has not finished." if facts.run else ""
    data = f"Data of this appliance is here: {'; '.join(findings(facts.storage))}." if facts.storage else ""
    return _joined(begun, facts.answer.message, data)


def _owned(seen: StorageObservation | None) -> t.Iterator[Finding]:
    """Claims that a release would take with it: the data is one command from its end, and nothing else shows it (F36, R37)."""
    owned = [claim for claim in seen.claims if claim.release and not claim.kept] if seen else []
    if seen and owned:
        claims = ", ".join(f"{seen.namespace}/{claim.name}" for claim in owned)
        release = ", ".join(dict.fromkeys(claim.release for claim in owned))
        yield Finding(
            f"PersistentVolumeClaims {claims} belong to Helm release {release}: helm uninstall would delete them.",
            f"Run recover.yml, which releases them from Helm release {release}; until then do not uninstall it.",
        )


def _lost_keys(decision: Decision, credentials: t.Mapping[str, t.Any]) -> t.Iterator[Finding]:
    """Generated keys that the complete appliance had: each playbook refuses before helm could make them anew (R29)."""
    if decision.step is not Step.REFUSE and credentials["evidence"].get("lost_keys"):
        yield Finding(str(credentials["msg"]), str(credentials["next_action"]))


def _breaking(facts: Facts, credentials: t.Mapping[str, t.Any]) -> t.Iterator[Finding]:
    """Credentials that differ, and who will be down because of it although he still runs (R34)."""
    if credentials["decision"] == CredentialDecision.REFUSE.value or not credentials["drift"]:
        return  # the decision's own refusal says it
    if facts.answer.state is DatabaseState.AUTH_FAILED:
        return  # what is in the database is not known, and neither is which of the two was changed
    rows = credentials["evidence"].get("roles", [])
    broken = [str(row["role"]) for row in rows if row["verdict"] in _BREAKS]
    who = "the application" if names.APPLICATION_ROLE in broken else "their consumers"
    ahead = f"The next restart of {who} will fail, because these logins fail: {', '.join(broken)}." if broken else ""
    yield Finding(_joined(ahead, str(credentials["msg"])), str(credentials["next_action"]))


def _missing_rows(facts: Facts) -> t.Iterator[Finding]:
    """Rows that a recorded appliance had to have: no reason to leave it down, and no reason to be silent (R31)."""
    if facts.answer.state is DatabaseState.SEEDED and facts.seen is not None and facts.seen.lacking:
        yield Finding(f"Rows are missing in {', '.join(facts.seen.lacking)}.", facts.answer.next_action)


def _in_the_database(facts: Facts) -> t.Iterator[Finding]:
    """What the application cannot do in its database (R5, R26, R32); the answer says it, what to do comes first."""
    if facts.answer.state in _HEALTHY and facts.seen is not None and facts.seen.findings:
        yield Finding("", facts.answer.next_action)


def _no_tenant(facts: Facts, asked: str) -> t.Iterator[Finding]:
    """A first tenant that was asked for and is not there, or not whole: nobody can log in, and nothing else shows it (R33)."""
    if asked and facts.answer.state in _HEALTHY and facts.seen is not None:
        if facts.seen.tenant_begun:
            yield Finding(
                f"Secret {asked} requests a first tenant, whose creation was started but has not finished.",
                "Run recover.yml, which continues it or reports what prevents it.",
            )
        elif facts.answer.state is DatabaseState.MIGRATED:
            yield Finding(
                f"Secret {asked} requests a first tenant, but there is none.",
                "Run recover.yml, which creates it or reports what prevents it.",
            )


def _joined(*texts: str) -> str:
    return " ".join(filter(None, texts))


def shown(sentences: t.Sequence[str], *, healthy: bool) -> str | list[str]:
    """What a verdict prints: a line for each sentence, and one for all of them if nothing has to be done; none that is empty."""
    said = [sentence for sentence in sentences if sentence]
    return " ".join(said) if healthy else said

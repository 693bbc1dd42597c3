# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift report: what is said about the Secret, its copies and the other generated keys; nothing is changed."""

from __future__ import annotations

import secrets
import typing as t
from dataclasses import dataclass

from ..._adapters.clock import clauses
from ..._core import names
from ..._core.credentials.drift import SCHEMA, Fingerprints, Row, drifted, fingerprints, report
from ..._core.credentials.generated import GeneratedRow
from ..._core.credentials.known_keys import LostKey
from ..._core.decision.decision import Decision
from ..._core.decision.sentences import say
from ..._core.decision.situation import Facts, Secret
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import CredentialDecision, CredentialState, Step, StorageState
from ..._core.storage.storage import findings
from .._context import Result, Run
from ..observing.situation import Observer
from . import generated_keys

NOTHING_LOST = ("", "")


@dataclass(frozen=True)
class Report:
    """What is said about the Secret and its copies.

    :param facts: everything else that was looked at.
    :param lost: other generated keys that the complete appliance had and that are not there.
    :param lost_told: what that means, and what to do next.
    """

    facts: Facts
    verdict: CredentialDecision
    compared: Compared
    lost: t.Sequence[LostKey] = ()
    lost_told: tuple[str, str] = NOTHING_LOST

    @property
    def secret(self) -> Secret:
        """The Secret as it was found."""
        return self.facts.secret

    @property
    def drift(self) -> list[Row | GeneratedRow]:
        """The rows in which something is not as it has to be."""
        return [*drifted(self.compared.rows), *self.compared.others]

    @property
    def differs(self) -> bool:
        """Whether the contract and reality differ."""
        return self.verdict is CredentialDecision.REFUSE or bool(self.drift)

    def told(self) -> tuple[str, str]:
        """The sentence about the Secret, and what to do next: about the Secret itself first, then about each row."""
        if self.lost and self.secret.state is CredentialState.COMPLETE:
            return self.lost_told
        if self.verdict is CredentialDecision.REFUSE:
            # The volumes may have a refusal of their own; this module's answer is about the Secret.
            message, next_action = say(_REFUSED[self.secret.state], self.facts)
            return f"{message} {self.lost_told[0]}".rstrip(), f"{next_action} {self.lost_told[1]}".rstrip()
        said = f"Secret {self.secret.name} {_SAID[self.verdict]}"
        if self.drift:
            said += f" Drift: {'; '.join(row.line() for row in self.drift)}."
        return said, " ".join(row.next_action for row in self.drift)

    def evidence(self) -> dict[str, t.Any]:
        """The facts, JSON-ready; where data was found only where somebody looked."""
        return {
            "secret": self.secret.name,
            "missing_keys": list(self.secret.missing),
            "storage": self.facts.situation().storage.value,
            "found": findings(self.facts.storage) if self.facts.storage else [],
            "schema": SCHEMA,
            "roles": [row.evidence() for row in self.compared.rows],
            "secrets": [row.evidence() for row in self.compared.others],
            "lost_keys": [each.evidence() for each in self.lost],
            "not_compared": self.compared.doubt,
        }

    def refuse_drift(self, done: str) -> None:
        """End a run that the operator wants to fail where something differs.

        :param done: what this run has changed, in a sentence.
        :raises Refused: when something differs.
        """
        if self.differs:
            message, next_action = self.told()
            raise Refused(f"{message} {next_action} {done}", next_action=next_action, evidence=self.evidence())

    def diff(self, *, created: bool = False) -> dict[str, str]:
        """Which keys appear, and fingerprints of each role's verifier and of the Secret's password; never a value."""
        keys = "".join(f"{key}: (hidden)\n" for key in names.CREDENTIAL_KEYS)
        live = "".join(f"verifier of {each.role}: {each.live}\n" for each in self.compared.fingerprints)
        wanted = "".join(f"verifier of {each.role}: {each.secret}\n" for each in self.compared.fingerprints)
        where = f"Secret {self.secret.name}"
        return {
            "before_header": f"{where} as PostgreSQL has it",
            "after_header": where,
            "before": ("" if created else keys) + live,
            "after": keys + wanted,
        }

    def result(
        self,
        *,
        created: bool = False,
        done: t.Sequence[str] = (),
        marked: str = "",
        diff: t.Mapping[str, str] | None = None,
    ) -> Result:
        """A module's result.

        :param done: what was done to the claim before the Secret was created, in words.
        :param marked: the Helm release for which the Secret was marked.
        """
        message, next_action = self.told()
        return build(
            state=self.secret.state.value,
            decision=self.verdict.value,
            message=message
            + (f" Before that: {clauses(done)}." if done else "")
            + (f" It is marked as kept and as known to Helm release {marked}." if marked else ""),
            next_action=next_action,
            evidence=self.evidence(),
            drift=self.differs,
            changed=created or bool(marked),
            diff=diff,
        )


@dataclass(frozen=True)
class Compared:
    """The rows of the drift report, why something could not be read, and what a diff shows."""

    rows: t.Sequence[Row] = ()
    others: t.Sequence[GeneratedRow] = ()
    doubt: str = ""
    fingerprints: t.Sequence[Fingerprints] = ()


def _compare(observer: Observer, run: Run) -> Compared:
    """Compare all copies of the passwords without changing anything; where one cannot be read, say why and conclude nothing."""
    data = observer.secret_data() or {}
    server, consumed = observer.copies(data)
    return Compared(
        report(data, server, consumed, observer.rotating()),
        observer.generated(),
        " ".join(filter(None, (server.unread, consumed.unread))),
        fingerprints(data, server.roles or {}, secrets.token_bytes(32)) if run.diff else (),
    )


# What there is to compare; a key that is missing is a row of its own.
_COMPARED = (CredentialState.COMPLETE, CredentialState.PARTIAL)
_REFUSED = {
    CredentialState.ABSENT: "credentials_lost",
    CredentialState.PARTIAL: "credentials_partial",
    CredentialState.UNKNOWN: "credentials_unknown",
}
_SAID = {
    CredentialDecision.CREATE: "does not exist, and no volume, claim or directory holds data of this appliance: new credentials "
    "can be created.",
    CredentialDecision.KEEP: "exists and is complete; it is kept unchanged.",
}


def drift_report(observer: Observer, facts: Facts, decision: Decision, run: Run, lost: list[LostKey]) -> Report:
    """Compare every copy of the passwords.

    :param decision: what a run would do with these facts.
    :param lost: other generated keys that the complete appliance had and that are not there.
    """
    told = generated_keys.told(observer.appliance, lost) if lost else NOTHING_LOST
    compared = _compare(observer, run) if facts.secret.state in _COMPARED else Compared()
    return Report(facts, CredentialDecision.REFUSE if lost else verdict(facts, decision), compared, lost, told)


def verdict(facts: Facts, decision: Decision) -> CredentialDecision:
    """What is done about the Secret: made only where the decision is to prepare, kept where it is complete."""
    if facts.secret.state is CredentialState.COMPLETE:
        return CredentialDecision.KEEP
    nothing = facts.secret.state is CredentialState.ABSENT and facts.situation().storage is StorageState.NONE
    return CredentialDecision.CREATE if nothing or decision.step is Step.PREPARE else CredentialDecision.REFUSE

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_db_credentials: the Secret that opens the database, created once and only where no data can exist."""

from __future__ import annotations

import base64
import secrets
import typing as t
from dataclasses import dataclass

from ..._adapters.clock import clauses
from ..._adapters.cluster.api_answers import Conflict
from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._core import names
from ..._core.credentials.credentials import generate
from ..._core.credentials.drift import SCHEMA, Fingerprints, Row, drifted, fingerprints, report
from ..._core.credentials.generated import GeneratedRow
from ..._core.credentials.known_keys import LostKey
from ..._core.decision.decision import Decision, decide
from ..._core.decision.sentences import say
from ..._core.decision.situation import Facts, Secret
from ..._core.errors import Refused
from ..._core.results import build
from ..._core.states import CredentialDecision, CredentialState, Step, StorageState
from ..._core.storage.storage import findings
from .._context import Result, Run, UseCase, cluster
from .._options import option
from ..observing.situation import UNCHANGED, Observer, refuse
from ..storage.first_claim import Claiming, prove_empty
from . import generated_keys

ENSURE, COMPARE = "ensure", "compare"

NOTHING_LOST = ("", "")


@dataclass(frozen=True)
class Options(Claiming):
    """The Secret, and what is done about it."""

    release: str = option(type="str", default=names.RELEASE)
    step: str = option(type="str", choices=[ENSURE, COMPARE], default=ENSURE)
    fail_on_drift: bool = option(type="bool", default=False)


def secret_object(name: str, namespace: str, release: str, data: t.Mapping[str, str]) -> dict[str, t.Any]:
    """The Secret as the core chart adopts it: owned by its release by name, and kept by every uninstall."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {names.MANAGED_BY_LABEL: "Helm"},
            "annotations": {
                names.KEEP_ANNOTATION: names.KEEP,
                names.HELM_RELEASE_ANNOTATION: release,
                names.HELM_NAMESPACE_ANNOTATION: namespace,
            },
        },
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }


def _missing_marks(options: Options, found: t.Mapping[str, t.Any]) -> dict[str, dict[str, str]]:
    """Labels and annotations that a Secret restored from a backup lacks, without which helm refuses to adopt it.

    Its data is never touched, and a mark that has another value is left to helm to refuse.
    """
    wanted = secret_object(options.credentials_secret, options.namespace, options.release, {})["metadata"]
    missing = {}
    for kind in ("labels", "annotations"):
        known = found["metadata"].get(kind) or {}
        lacking = {key: value for key, value in wanted[kind].items() if key not in known}
        if lacking:
            missing[kind] = lacking
    return missing


def create(api: KubernetesApi, body: dict[str, t.Any]) -> None:
    """Create a Secret that was absent a moment ago.

    :raises Refused: when somebody else was faster, because then theirs is the one that counts.
    """
    where = f"{body['metadata']['namespace']}/{body['metadata']['name']}"
    try:
        api.create(path("secrets", body["metadata"]["namespace"]), body)
    except Conflict as error:
        raise Refused(
            f"Secret {where} was created by somebody else while this run was about to. It was left unchanged. Run the same "
            "playbook again."
        ) from error


def perform(options: Options, run: Run) -> Result:
    """Compare every copy of the passwords; with step ``ensure`` decide before, and create the Secret where no data can exist."""
    with cluster(options) as api:
        observer = Observer(api, options, options.mode)
        secret, lost = observer.secret(), generated_keys.lost(api, options.appliance)
        told = generated_keys.told(options.appliance, lost) if lost else NOTHING_LOST
        if options.step == COMPARE and secret.state is CredentialState.COMPLETE:
            # What is there to compare does not depend on the volumes, and a report that costs little is asked for often.
            verdict = CredentialDecision.REFUSE if lost else CredentialDecision.KEEP
            report = Report(secret, verdict, _compare(observer, run), lost=lost, lost_told=told)
            report.fail_on_drift(options)
            return report.result(run)
        facts = observer.facts()
        decision = decide(facts)
        ensure = options.step == ENSURE
        if ensure:
            refuse(decision, facts, UNCHANGED, facts.secret.state)
            generated_keys.refuse_lost(api, options.appliance, UNCHANGED)
        compared = _compare(observer, run) if facts.secret.state in _COMPARED else Compared()
        verdict = CredentialDecision.REFUSE if lost else _verdict(facts, decision)
        report = Report(facts.secret, verdict, compared, facts, lost, told)
        report.fail_on_drift(options)
        created = ensure and report.verdict is CredentialDecision.CREATE
        done: list[str] = []
        if created and facts.storage is not None:
            done = prove_empty(api, options, run, facts.storage)[1]
        if created and not run.check_mode:
            create(api, secret_object(options.credentials_secret, options.namespace, options.release, generate()))
        marked = ensure and report.verdict is CredentialDecision.KEEP and _mark(api, options, run)
    return report.result(run, created=created, done=done, marked=options.release if marked else "")


@dataclass(frozen=True)
class Report:
    """What is said about the Secret and its copies.

    :param facts: everything else that was looked at, where the verdict depends on it.
    :param lost: other generated keys that the complete appliance had and that are not there.
    :param lost_told: what that means, and what to do next.
    """

    secret: Secret
    verdict: CredentialDecision
    compared: Compared
    facts: Facts | None = None
    lost: t.Sequence[LostKey] = ()
    lost_told: tuple[str, str] = NOTHING_LOST

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
        if self.facts is not None and self.verdict is CredentialDecision.REFUSE:
            # The volumes may have a refusal of their own; this module's answer is about the Secret.
            message, next_action = say(_REFUSED[self.secret.state], self.facts)
            return f"{message} {self.lost_told[0]}".rstrip(), f"{next_action} {self.lost_told[1]}".rstrip()
        said = f"Secret {self.secret.name} {_SAID[self.verdict]}"
        if self.drift:
            said += f" Drift: {'; '.join(row.line() for row in self.drift)}."
        return said, " ".join(row.next_action for row in self.drift)

    def evidence(self) -> dict[str, t.Any]:
        """The facts, JSON-ready; where data was found only where somebody looked."""
        looked = self.facts.storage if self.facts is not None else None
        return {
            "secret": self.secret.name,
            "missing_keys": list(self.secret.missing),
            "storage": self.facts.situation().storage.value if self.facts is not None else None,
            "found": findings(looked) if looked else [],
            "schema": SCHEMA,
            "roles": [row.evidence() for row in self.compared.rows],
            "secrets": [row.evidence() for row in self.compared.others],
            "lost_keys": [each.evidence() for each in self.lost],
            "not_compared": self.compared.doubt,
        }

    def fail_on_drift(self, options: Options) -> None:
        """End a run that the operator wants to fail where something differs.

        :raises Refused: before anything was changed.
        """
        if self.differs and options.fail_on_drift:
            raise Refused(f"{' '.join(self.told())} {UNCHANGED}", evidence=self.evidence())

    def result(self, run: Run, *, created: bool = False, done: t.Sequence[str] = (), marked: str = "") -> Result:
        """The module's result.

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
            diff=_diff(f"Secret {self.secret.name}", self.compared.fingerprints, created=created) if run.diff else None,
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


def _verdict(facts: Facts, decision: Decision) -> CredentialDecision:
    """What is done about the Secret: made only where the decision is to prepare, kept where it is complete."""
    if facts.secret.state is CredentialState.COMPLETE:
        return CredentialDecision.KEEP
    nothing = facts.secret.state is CredentialState.ABSENT and facts.situation().storage is StorageState.NONE
    return CredentialDecision.CREATE if nothing or decision.step is Step.PREPARE else CredentialDecision.REFUSE


def _mark(api: KubernetesApi, options: Options, run: Run) -> bool:
    """Add the marks that the Secret lacks; tells whether there were any."""
    where = path("secrets", options.namespace, options.credentials_secret)
    missing = _missing_marks(options, api.get(where) or {"metadata": {}})
    if missing and not run.check_mode:
        api.merge(where, {"metadata": missing})
    return bool(missing)


def _diff(where: str, compared: t.Sequence[Fingerprints], *, created: bool) -> dict[str, str]:
    """Show which keys appear, and fingerprints of each role's verifier and of the Secret's password; never a value."""
    keys = "".join(f"{key}: (hidden)\n" for key in names.CREDENTIAL_KEYS)
    live = "".join(f"verifier of {each.role}: {each.live}\n" for each in compared)
    wanted = "".join(f"verifier of {each.role}: {each.secret}\n" for each in compared)
    return {
        "before_header": f"{where} as PostgreSQL has it",
        "after_header": where,
        "before": ("" if created else keys) + live,
        "after": keys + wanted,
    }


USE_CASE = UseCase("alga_db_credentials", Options, perform, states=CredentialState)

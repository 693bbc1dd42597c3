# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_db_credentials: the Secret that opens the database, created once and only where no data can exist."""

from __future__ import annotations

import base64
import typing as t

from .._adapters.kubernetes import Conflict, KubernetesApi, path
from .._core import names
from .._core.credentials import Match, generate
from .._core.decision import Decision, decide
from .._core.errors import ObservationFailed, Refused
from .._core.results import build
from .._core.sentences import say
from .._core.situation import Facts
from .._core.states import CredentialDecision, CredentialState, Step, StorageState
from .._core.storage import findings
from ._context import Params, Result, Run, Spec, UseCase, cluster
from .situation import SITUATION, Observer, refuse

ENSURE, COMPARE = "ensure", "compare"

SPEC: Spec = {
    **SITUATION,
    "release": {"type": "str", "default": names.RELEASE},
    "step": {"type": "str", "choices": [ENSURE, COMPARE], "default": ENSURE},
}


def secret(name: str, namespace: str, release: str, data: t.Mapping[str, str]) -> dict[str, t.Any]:
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


def _missing_marks(params: Params, found: t.Mapping[str, t.Any]) -> dict[str, dict[str, str]]:
    """Labels and annotations that a Secret restored from a backup lacks, without which helm refuses to adopt it.

    Its data is never touched, and a mark that has another value is left to helm to refuse.
    """
    wanted = secret(params["credentials_secret"], params["namespace"], params["release"], {})["metadata"]
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
            f"Secret {where} was created by somebody else while this run was about to. It was left as it is. "
            "Run the same playbook again."
        ) from error


def perform(params: Params, run: Run) -> Result:
    """Observe the appliance, compare, decide, and create the Secret in the one case in which no data can exist."""
    with cluster(params) as api:
        observer = Observer(api, params)
        facts = observer.facts()
        decision = decide(facts)
        ensure = params["step"] == ENSURE
        if ensure:
            refuse(decision, facts)
        verdict = _verdict(facts, decision)
        created = ensure and verdict is CredentialDecision.CREATE
        if created and not run.check_mode:
            create(api, secret(params["credentials_secret"], params["namespace"], params["release"], generate()))
        compared, doubt = _compare(observer) if verdict is CredentialDecision.KEEP else ({}, "")
        marks = _mark(api, params, run) if ensure and verdict is CredentialDecision.KEEP else False
    where = f"Secret {facts.secret.name}"
    drift = _drift(compared)
    # The volumes may have a refusal of their own; this module's answer is about the Secret.
    said, next_action = say(_REFUSED[facts.secret.state], facts) if verdict is CredentialDecision.REFUSE else ("", "")
    return build(
        state=facts.secret.state.value,
        decision=verdict.value,
        message=(said or f"{where} {_SAID[verdict]}")
        + (f" It is marked as kept and as known to Helm release {params['release']}." if marks else "")
        + drift,
        next_action=next_action,
        evidence={
            "secret": facts.secret.name,
            "missing_keys": list(facts.secret.missing),
            "storage": facts.situation().storage.value,
            "found": findings(facts.storage) if facts.storage else [],
            "roles": {role: match.value for role, match in compared.items()},
            "not_compared": doubt,
        },
        drift=verdict is CredentialDecision.REFUSE or bool(drift),
        changed=created or marks,
        diff=_diff(where, created=created) if run.diff else None,
    )


_REFUSED = {
    CredentialState.ABSENT: "credentials_lost",
    CredentialState.PARTIAL: "credentials_partial",
    CredentialState.UNKNOWN: "credentials_unknown",
}
_SAID = {
    CredentialDecision.CREATE: "does not exist, and no volume, claim or directory holds data of this appliance: new credentials "
    "can be created.",
    CredentialDecision.KEEP: "exists and is complete; it is kept as it is.",
}


def _verdict(facts: Facts, decision: Decision) -> CredentialDecision:
    """What is done about the Secret: made only where the decision is to prepare, kept where it is complete."""
    if facts.secret.state is CredentialState.COMPLETE:
        return CredentialDecision.KEEP
    nothing = facts.secret.state is CredentialState.ABSENT and facts.situation().storage is StorageState.NONE
    return CredentialDecision.CREATE if nothing or decision.step is Step.PREPARE else CredentialDecision.REFUSE


def _mark(api: KubernetesApi, params: Params, run: Run) -> bool:
    """Add the marks that the Secret lacks; tells whether there were any."""
    where = path("secrets", params["namespace"], params["credentials_secret"])
    missing = _missing_marks(params, api.get(where) or {"metadata": {}})
    if missing and not run.check_mode:
        api.merge(where, {"metadata": missing})
    return bool(missing)


def _compare(observer: Observer) -> tuple[dict[str, Match], str]:
    """Compare the Secret with the roles where PostgreSQL answers; where it does not, say why and conclude nothing."""
    try:
        return observer.roles(observer.passwords()), ""
    except ObservationFailed as error:
        return dict.fromkeys(names.ROLE_KEYS, Match.UNKNOWN), error.message


def _drift(compared: t.Mapping[str, Match]) -> str:
    drifted = [role for role, match in compared.items() if match is Match.MISMATCH]
    return f" The passwords of {', '.join(drifted)} differ between the Secret and PostgreSQL." if drifted else ""


def _diff(where: str, *, created: bool) -> dict[str, str]:
    """Show which keys appear, never their values."""
    keys = "".join(f"{key}: (hidden)\n" for key in names.CREDENTIAL_KEYS)
    return {
        "before_header": f"Secret {where}",
        "after_header": f"Secret {where}",
        "before": "" if created else keys,
        "after": keys,
    }


USE_CASE = UseCase("alga_db_credentials", SPEC, perform)

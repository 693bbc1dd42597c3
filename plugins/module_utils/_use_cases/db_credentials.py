# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_db_credentials: the Secret that opens the database, created once and only where no data can exist."""

from __future__ import annotations

import base64
import typing as t

from .._adapters.database import InCluster, verifiers
from .._adapters.kubernetes import Conflict, KubernetesApi, decode, path
from .._core import names
from .._core.credentials import Match, classify, compare, contradict, decide, generate
from .._core.errors import ObservationFailed, Refused
from .._core.results import build
from .._core.states import CredentialDecision
from .._core.storage import classify as classify_storage
from .._core.storage import findings
from ._context import CHANGING, Params, Result, Run, Spec, UseCase, cluster
from .storage_options import CLAIMS, observe

ENSURE, COMPARE = "ensure", "compare"

SPEC: Spec = {
    **CHANGING,
    **CLAIMS,
    "service": {"type": "str", "default": names.SERVICE},
    "name": {"type": "str", "default": names.CREDENTIALS_SECRET},
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
    wanted = secret(params["name"], params["namespace"], params["release"], {})["metadata"]
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
    """Observe the Secret and the storage, decide, and create where that is allowed."""
    where = f"{params['namespace']}/{params['name']}"
    with cluster(params) as api:
        found_secret = api.get(path("secrets", params["namespace"], params["name"]))
        data = decode(found_secret)
        state, missing = classify(data)
        seen = observe(api, params)
        storage, found = classify_storage(seen), findings(seen)
        verdict = decide(secret=where, state=state, missing=missing, storage=storage, findings=found)
        compared, doubt = _compare(api, params, data) if verdict.decision is CredentialDecision.KEEP else ({}, "")
        verdict = contradict(verdict, where, compared)
        evidence = {
            "secret": where,
            "missing_keys": missing,
            "storage": storage.value,
            "found": found,
            "roles": {role: match.value for role, match in compared.items()},
            "not_compared": doubt,
        }
        refused = verdict.decision is CredentialDecision.REFUSE
        if refused and params["step"] == ENSURE:
            raise Refused(
                f"{verdict.message} {verdict.next_action}",
                evidence={"state": state.value, "decision": verdict.decision.value, **evidence},
            )
        created = verdict.decision is CredentialDecision.CREATE and params["step"] == ENSURE
        if created and not run.check_mode:
            body = secret(params["name"], params["namespace"], params["release"], generate())
            create(api, body)
        marks = _missing_marks(params, found_secret) if found_secret and params["step"] == ENSURE else {}
        if marks and not run.check_mode:
            api.merge(path("secrets", params["namespace"], params["name"]), {"metadata": marks})
    return build(
        state=state.value,
        decision=verdict.decision.value,
        message=verdict.message
        + (f" It is marked as kept and as known to Helm release {params['release']}." if marks else "")
        + _drift(compared),
        next_action=verdict.next_action,
        evidence=evidence,
        drift=refused or bool(_drift(compared)),
        changed=created or bool(marks),
        diff=_diff(where, created=created) if run.diff else None,
    )


def _compare(api: KubernetesApi, params: Params, data: t.Mapping[str, bytes] | None) -> tuple[dict[str, Match], str]:
    """Compare the Secret with the roles where PostgreSQL answers; where it does not, say why and conclude nothing."""
    passwords = {role: (data or {})[key].decode() for role, key in names.ROLE_KEYS.items()}
    try:
        stored = verifiers(InCluster(api, params["namespace"], params["service"], params["name"]))
    except ObservationFailed as error:
        return dict.fromkeys(passwords, Match.UNKNOWN), error.message
    return compare(passwords, stored), ""


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

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_db_credentials: the Secret that opens the database, created once and only where no data can exist."""

from __future__ import annotations

import base64
import typing as t
from dataclasses import dataclass

from ..._adapters.cluster.api_answers import Conflict
from ..._adapters.cluster.kubernetes import KubernetesApi, path
from ..._core import names
from ..._core.credentials.credentials import generate
from ..._core.decision.decision import decide
from ..._core.errors import Refused
from ..._core.states import CredentialDecision, CredentialState
from .._context import Result, Run, UseCase, cluster
from .._options import option
from ..observing.situation import UNCHANGED, Observer, refuse
from ..storage.first_claim import Claiming, prove_empty
from . import generated_keys
from .drift_report import drift_report


@dataclass(frozen=True)
class Options(Claiming):
    """The Secret, and what is done about it."""

    release: str = option(type="str", default=names.RELEASE)
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
    """Decide, compare every copy of the passwords, and create the Secret where no data can exist."""
    with cluster(options) as api:
        observer = Observer(api, options, options.mode)
        facts = observer.facts()
        decision = decide(facts)
        refuse(decision, facts, UNCHANGED, facts.secret.state)
        generated_keys.refuse_lost(api, options.appliance, UNCHANGED)
        report = drift_report(observer, facts, decision, run, [])
        if options.fail_on_drift:
            report.refuse_drift(UNCHANGED)
        created = report.verdict is CredentialDecision.CREATE
        done: list[str] = []
        if created and facts.storage is not None:
            done = prove_empty(api, options, run, facts.storage)[1]
        if created and not run.check_mode:
            create(api, secret_object(options.credentials_secret, options.namespace, options.release, generate()))
        marked = report.verdict is CredentialDecision.KEEP and _mark(api, options, run)
    return report.result(
        created=created,
        done=done,
        marked=options.release if marked else "",
        diff=report.diff(created=created) if run.diff else None,
    )


def _mark(api: KubernetesApi, options: Options, run: Run) -> bool:
    """Add the marks that the Secret lacks; tells whether there were any."""
    where = path("secrets", options.namespace, options.credentials_secret)
    missing = _missing_marks(options, api.get(where) or {"metadata": {}})
    if missing and not run.check_mode:
        api.merge(where, {"metadata": missing})
    return bool(missing)


USE_CASE = UseCase("alga_db_credentials", Options, perform, states=CredentialState)

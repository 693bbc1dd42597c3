# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the API server what the kubeconfig's own user may do (Kubernetes: SelfSubjectAccessReview)."""

from __future__ import annotations

import typing as t

from ..._core.permissions import Question, questions
from ..._core.storage import local_path
from .kubernetes import KubernetesApi, path

_REVIEWS = path("selfsubjectaccessreviews", group="/apis/authorization.k8s.io/v1")
_EVERYTHING = Question("", "*", "*", "*")


def missing(api: KubernetesApi, mode: str, namespace: str) -> list[Question]:
    """Everything that a mode needs and this user may not; one question where he may do everything.

    :raises ObservationFailed: when the API server gives no answer.
    """
    if _may(api, _EVERYTHING):
        return []
    namespaces = Question("", "get", "namespaces", "")
    provisioner = _may(api, namespaces) and api.get(path("namespaces", name=local_path.NAMESPACE)) is not None
    return [each for each in questions(mode, namespace, provisioner=provisioner) if not _may(api, each)]


def _may(api: KubernetesApi, asked: Question) -> bool:
    resource, _slash, sub = asked.resource.partition("/")
    attributes: dict[str, t.Any] = {
        "namespace": asked.namespace,
        "verb": asked.verb,
        "group": asked.group,
        "resource": resource,
        "subresource": sub,
    }
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return bool((api.create(_REVIEWS, body).get("status") or {}).get("allowed"))

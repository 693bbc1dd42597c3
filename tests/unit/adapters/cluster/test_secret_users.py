# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which keys of which Secrets pod templates use, in every way in which Kubernetes hands over a Secret."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.secret_users import needed, used


def workload(container: dict[str, t.Any] | None = None, **spec: t.Any) -> dict[str, t.Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "main", **(container or {})}], **spec}}}}


ENTRY = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "workers", "key": "KEY"}}}


@pytest.mark.parametrize(
    ("found", "keys"),
    [
        (workload(), {}),
        (workload({"env": [ENTRY, {"name": "PLAIN", "value": "1"}]}), {"workers": {"KEY"}}),
        (workload(initContainers=[{"name": "first", "env": [ENTRY]}]), {"workers": {"KEY"}}),
        (workload({"env": [ENTRY], "envFrom": [{"secretRef": {"name": "workers"}}]}), {"workers": None}),
        (workload({"envFrom": [{"configMapRef": {"name": "settings"}}]}), {}),
        (
            workload(volumes=[{"name": "v", "secret": {"secretName": "workers"}}, {"name": "e", "emptyDir": {}}]),
            {"workers": None},
        ),
        (workload(volumes=[{"name": "v", "secret": {"secretName": "workers", "items": [{"key": "K"}]}}]), {"workers": {"K"}}),
        (
            workload(volumes=[{"name": "v", "projected": {"sources": [{"secret": {"name": "workers"}}, {"configMap": {}}]}}]),
            {"workers": None},
        ),
    ],
)
def test_every_way_of_using_a_secret_r39(found: dict[str, t.Any], keys: dict[str, set[str] | None]) -> None:
    assert used([found]) == keys


def test_workloads_are_taken_together() -> None:
    other = {"name": "OTHER", "valueFrom": {"secretKeyRef": {"name": "workers", "key": "OTHER"}}}
    whole = workload({"envFrom": [{"secretRef": {"name": "workers"}}]})
    assert used([workload({"env": [ENTRY]}), workload({"env": [other]})]) == {"workers": frozenset({"KEY", "OTHER"})}
    assert used([whole, workload({"env": [ENTRY]})]) == {"workers": None}


OPTIONAL = {"name": "MORE", "valueFrom": {"secretKeyRef": {"name": "more", "key": "MORE", "optional": True}}}


@pytest.mark.parametrize(
    ("found", "keys"),
    [
        (workload({"env": [ENTRY, OPTIONAL]}), {("workers", "KEY")}),
        (workload(initContainers=[{"name": "first", "env": [ENTRY]}]), {("workers", "KEY")}),
        (
            workload({"envFrom": [{"secretRef": {"name": "workers"}}, {"secretRef": {"name": "o", "optional": True}}]}),
            {("workers", "")},
        ),
        (workload(volumes=[{"name": "v", "secret": {"secretName": "workers", "optional": True}}]), set()),
        (workload(volumes=[{"name": "v", "secret": {"secretName": "workers", "items": [{"key": "K"}]}}]), {("workers", "K")}),
    ],
)
def test_what_a_container_cannot_be_made_without_r40(found: dict[str, t.Any], keys: set[tuple[str, str]]) -> None:
    assert needed(found) == keys

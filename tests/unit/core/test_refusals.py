# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A 403 is a missing permission only where it says so (R16, R28); test_words_of_others.py has the real messages."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.refusals import next_action


@pytest.mark.parametrize(
    ("status", "message", "action"),
    [
        (403, 'pods is forbidden: User "jane" cannot list resource "pods"', ""),
        (403, 'pods "x" is forbidden: exceeded quota: q, requested: limits.cpu=1', "Raise the ResourceQuota"),
        (403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest"', "pod-security.kubernetes.io/enforce"),
        (403, "words that nobody has seen", "Fix what the API server names"),
        (429, "too many", "The API server is overloaded"),
        (500, "etcdserver: request timed out", "etcd is too slow or has no leader"),
        (422, "invalid", "Correct what the API server names"),
        (404, "not found", ""),
    ],
)
def test_the_action_is_that_of_the_words_or_of_the_code_r16_r28(status: int, message: str, action: str) -> None:
    found = next_action(status, message, {})
    assert action in found and bool(found) == bool(action)


def test_a_cause_in_a_field_counts_before_the_words() -> None:
    said: dict[str, t.Any] = {"details": {"causes": [{"reason": "NamespaceTerminating"}]}}
    assert next_action(403, 'User "jane" cannot create', said).startswith("Wait until the namespace is deleted;")

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of a kubeconfig: one that the client can read has nothing wrong, and its user is the context's."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubeconfig_shape import user, wrong

WRITTEN: dict[str, t.Any] = {
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}],
    "users": [{"name": "u", "user": {"token": "x"}}, {"name": "v", "user": {"exec": {"command": "aws"}}}],
    "contexts": [{"name": name, "context": {"cluster": "c", "user": name}} for name in ("u", "v")],
    "current-context": "u",
}


@pytest.mark.parametrize("context", [None, "u", "v", "nobody's"])
def test_a_whole_one_has_nothing_wrong_and_the_client_says_itself_what_is_missing(context: str | None) -> None:
    assert wrong(WRITTEN, context) == ""
    assert wrong(None, context) == wrong({}, context) == wrong({**WRITTEN, "contexts": None}, context) == ""


def test_only_the_chosen_context_is_judged() -> None:
    assert wrong({**WRITTEN, "users": WRITTEN["users"][:1]}, "u") == ""
    assert "'v', which is not in its list of users" in wrong({**WRITTEN, "users": WRITTEN["users"][:1]}, "v")


def test_the_user_is_that_of_the_context() -> None:
    assert user(WRITTEN, None) == {"token": "x"}
    assert user(WRITTEN, "v") == {"exec": {"command": "aws"}}
    assert user({**WRITTEN, "contexts": []}, None) == {}

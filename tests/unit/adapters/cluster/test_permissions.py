# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user may do is the API server's word; a review that was not answered allows nothing (R28)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import permissions
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.permissions import questions
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, posts

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
NO: dict[str, t.Any] = {"kind": "SelfSubjectAccessReview", "status": {"allowed": False, "reason": "no RBAC policy matched"}}
YES: dict[str, t.Any] = {"kind": "SelfSubjectAccessReview", "status": {"allowed": True}}


def test_an_administrator_is_asked_once(ports: Ports) -> None:
    assert permissions.missing(ports.api(writes=[posts(REVIEWS, YES)]), "recover", "msp") == []


def test_whoever_may_nothing_lacks_everything_of_the_mode(ports: Ports) -> None:
    """Who may not look whether the provisioner's namespace is there is not asked about what is in it."""
    wanted = questions("status", "msp", provisioner=False)
    api = ports.api(writes=[posts(REVIEWS, NO)] * (len(wanted) + 2))
    assert permissions.missing(api, "status", "msp") == wanted
    asked = [body["spec"]["resourceAttributes"] for body in api.bodies]
    assert {"resource": "pods", "subresource": "log"}.items() <= {
        key: value for each in asked if each["subresource"] == "log" for key, value in each.items()
    }.items()


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_a_review_that_was_not_answered_is_no_permission_and_no_refusal(ports: Ports, answer: t.Any) -> None:
    with pytest.raises(ObservationFailed):
        permissions.missing(ports.api(writes=[posts(REVIEWS, answer)]), "recover", "msp")


@pytest.mark.parametrize("status", [{}, {"allowed": None}, {"denied": True}])
def test_an_answer_that_does_not_say_yes_is_no(ports: Ports, status: dict[str, t.Any]) -> None:
    wanted = questions("status", "msp", provisioner=False)
    api = ports.api(writes=[posts(REVIEWS, {"status": status})] * (len(wanted) + 2))
    assert permissions.missing(api, "status", "msp") == wanted

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions: every mode that opens a cluster has its Roles, and what is missing is one sentence."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import permissions as reviews
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance import settings, talos_settings
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import MODES
from ansible_collections.alga.appliance.plugins.module_utils._core.permissions import (
    ROLES,
    RULES,
    Question,
    Role,
    manifests,
    questions,
    refusal,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage import local_path


class Reviewer:
    """An API server that answers reviews and has the provisioner's namespace, or not."""

    def __init__(self, allowed: t.Collection[Question], *, provisioner: bool = True) -> None:
        self.allowed, self.provisioner, self.asked = allowed, provisioner, 0

    def create(self, url: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        assert url == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        self.asked += 1
        found = body["spec"]["resourceAttributes"]
        resource = found["resource"] + (f"/{found['subresource']}" if found["subresource"] else "")
        return {"status": {"allowed": Question(found["namespace"], found["verb"], resource, found["group"]) in self.allowed}}

    def get(self, url: str) -> dict[str, t.Any] | None:
        assert url == path("namespaces", name=local_path.NAMESPACE)
        return {} if self.provisioner else None


def missing(reviewer: Reviewer, mode: str) -> list[Question]:
    return reviews.missing(t.cast("t.Any", reviewer), mode, "msp")


def test_every_mode_that_opens_a_cluster_is_asked_about_r28() -> None:
    # The roles that are left ask for less than any Role, come before the cluster or need none.
    others = {"cluster", "talos", "preflight", "lease", *settings.WITHOUT_CLUSTER}
    assert set(ROLES) == {*MODES, *settings.ROLES} - {*talos_settings.MODES, *others}


@pytest.mark.parametrize("mode", sorted(ROLES))
def test_the_roles_allow_all_that_their_mode_is_asked_about_r28(mode: str) -> None:
    allowed = set()
    for found in itertools.chain.from_iterable(manifests(role, "msp") for role in (Role.LOOK, ROLES[mode])):
        for rule in found["rules"]:
            for verb, resource, group in itertools.product(rule["verbs"], rule["resources"], rule["apiGroups"]):
                allowed.add(Question(found["metadata"].get("namespace", ""), verb, resource, group))
    assert missing(Reviewer(allowed), mode) == []
    for lost in set(questions(mode, "msp", provisioner=True)) - {Question("", "get", "namespaces", "")}:
        assert missing(Reviewer(allowed - {lost}), mode) == [lost]


def test_an_administrator_is_asked_once() -> None:
    reviewer = Reviewer([Question("", "*", "*", "*")])
    assert missing(reviewer, "recover") == [] and reviewer.asked == 1


def test_nothing_is_asked_about_a_provisioner_that_is_not_there() -> None:
    everything = questions("recover", "msp", provisioner=False)
    assert missing(Reviewer(everything, provisioner=False), "recover") == []


def test_everything_that_is_missing_is_one_sentence_r28() -> None:
    said = refusal("recover", questions("recover", "msp", provisioner=True))
    assert said.count("alga_kubeconfig") == 1
    assert "in namespace msp configmaps (create delete get patch), deployments.apps (create delete get list patch)," in said
    assert "in the whole cluster configmaps (list), namespaces (get), nodes (list), persistentvolumes (list), " in said
    assert "alga-appliance-look and alga-appliance-run" in said
    assert set(RULES) == set(Role)

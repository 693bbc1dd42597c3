# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failure has the keys of a success, and does not deny what the module had begun to change."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos.talosctl import Talosctl
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import (
    ActionFailed,
    ApplianceError,
    ObservationFailed,
    Refused,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.results import build
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases import _context
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Result, Run, UseCase
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Cluster
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import Write, deletes, patches, posts, status

CONFIG_MAP = path("configmaps", "msp", "c")
POD = path("pods", "msp", "p")
REVIEWS = path("selfsubjectaccessreviews", group="/apis/authorization.k8s.io/v1")
OPTIONS = {"kubeconfig": "k"}


def run(*, check_mode: bool = False) -> Run:
    return Run(check_mode=check_mode, diff=False, command=lambda _arguments, _stdin, seconds=None: (0, "", ""))


def failure(perform: t.Callable[[Cluster, Run], Result], how: Run | None = None) -> Result:
    """What a use case that does this fails with."""
    case = UseCase("alga_x", Cluster, perform, states=("seen", "unknown"))
    with pytest.raises(ApplianceError) as caught:
        case.answer(OPTIONS, how or run())
    return case.failure(caught.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            Refused("No. Do it.", evidence={"state": "seen"}),
            {"state": "seen", "decision": "refuse", "msg": "No. Do it.", "next_action": ""},
        ),
        (
            ActionFailed("It ended.", next_action="Do it.", evidence={"state": "of another module"}),
            {"state": None, "decision": "fail", "msg": "It ended. Do it.", "next_action": "Do it."},
        ),
        (
            ObservationFailed("It was away.", reason=Reason.API_ERROR, next_action="Do it."),
            {"state": "unknown", "decision": "fail", "msg": "It was away. Do it.", "next_action": "Do it."},
        ),
        (ApplianceError("No library."), {"state": None, "decision": "fail", "msg": "No library.", "next_action": ""}),
    ],
    ids=["refused", "failed", "unread", "other"],
)
def test_a_failure_has_the_keys_of_a_success(error: ApplianceError, said: dict[str, t.Any]) -> None:
    def perform(_options: Cluster, _run: Run) -> Result:
        raise error

    found = failure(perform)
    assert found == {**found, **said, "evidence": {**found["evidence"], **error.evidence}, "drift": None, "changed": False}
    assert found.keys() == build(state="", decision="", message="").keys()


def changing(change: t.Callable[[KubernetesApi], t.Any]) -> t.Callable[[Cluster, Run], Result]:
    """A use case that changes something in the cluster and is refused then."""

    def perform(options: Cluster, _run: Run) -> Result:
        with _context.cluster(options) as api:
            change(api)
            raise Refused("Refused then.")

    return perform


@pytest.mark.parametrize(
    ("change", "write", "changed"),
    [
        (lambda api: api.merge(CONFIG_MAP, {}), patches(CONFIG_MAP), True),
        (lambda api: api.merge(CONFIG_MAP, {}), patches(CONFIG_MAP, status(500, "InternalError", "etcd")), True),
        (lambda api: api.merge(CONFIG_MAP, {}), patches(CONFIG_MAP, status(403, "Forbidden", "no")), False),
        (lambda api: api.merge(CONFIG_MAP, {}, dry_run=True), patches(CONFIG_MAP, dry_run=True), False),
        (lambda api: api.create(REVIEWS, {}), posts(REVIEWS), False),
        (lambda api: api.delete(POD), deletes(POD), False),
        (lambda api: api.changing(), None, True),
    ],
    ids=["written", "unknown", "forbidden", "dry run", "question", "pod that looks", "another port"],
)
def test_a_failure_does_not_deny_a_change_in_the_cluster(
    ports: Ports, change: t.Callable[[KubernetesApi], t.Any], write: Write | None, *, changed: bool
) -> None:
    ports.api(writes=[write] if write else [])
    assert failure(changing(change))["changed"] is changed


def test_in_check_mode_nothing_was_changed(ports: Ports) -> None:
    ports.api()
    assert failure(changing(lambda api: api.changing()), run(check_mode=True))["changed"] is False


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (("bootstrap",), True),
        (("apply-config", "--file", "f"), True),
        (("apply-config", "--file", "f", "--dry-run"), False),
        (("get", "services"), False),
    ],
    ids=["bootstrap", "apply", "dry run", "read"],
)
def test_a_failure_does_not_deny_a_change_of_a_machine(words: tuple[str, ...], *, changed: bool) -> None:
    def perform(_options: Cluster, how: Run) -> Result:
        Talosctl("talosctl", how.command, "192.0.2.10", Path("/nowhere"), how.changing).call(*words)
        raise ActionFailed("It did not come up.")

    assert failure(perform)["changed"] is changed

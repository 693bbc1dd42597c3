# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine is fit when all of it is; what did not answer is lacking, and no part is taken for there."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_config import DATA_PATH
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos import talos_health
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_health import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit import complete_machine as machine
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer

CLASS = "/apis/storage.k8s.io/v1/storageclasses/local-path"
STATUS = {"nodeInfo": {"kubeletVersion": "v1.36.0"}, "conditions": [{"type": "Ready", "status": "True"}]}
NODE = {"metadata": {"name": "n1"}, "spec": {}, "status": STATUS}


class Fit:
    """A machine that is fit, with what a test changes."""

    def __init__(self, ports: Ports, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.ports, self.monkeypatch, self.folder = ports, monkeypatch, folder
        self.door = Door.OURS

    def ask(self, *, check_mode: bool = True, progress_timeout: float = 1, cluster: t.Any = None, **changed: t.Any) -> t.Any:
        self.monkeypatch.setattr(talos_door, "look", lambda *_machine: (self.door, ""))
        there: dict[str, Answer] = {complete.NODES: [NODE], CLASS: {"provisioner": "x"}}
        api = self.ports.api({}, there={**there, **(cluster or {})})
        self.monkeypatch.setattr(talos_health, "KubernetesApi", lambda _file: api)
        options = machine.options(str(self.folder), kubeconfig="k", storage_class="local-path", progress_timeout=progress_timeout)
        command = self.ports.command(there=machine.bootstrapped(**changed))
        return USE_CASE.answer(options, complete.run(check_mode=check_mode, command=command))


@pytest.fixture
def fit(ports: Ports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fit:
    return Fit(ports, monkeypatch, tmp_path)


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_machine_that_has_everything_is_fit(fit: Fit, check_mode: bool) -> None:
    result = fit.ask(check_mode=check_mode)
    assert (result["decision"], result["changed"], result["evidence"]["lacks"]) == ("proceed", False, [])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"timestatus": machine.resources(node={})}, "sync"),
        ({"timestatus": machine.OK}, "sync"),
        ({"mountstatus": machine.resources(ETCD={"target": "/var/lib/etcd"})}, DATA_PATH),
        ({"mountstatus": machine.resources(E={"target": DATA_PATH, "readOnly": True})}, DATA_PATH),
        ({"resolvers": machine.OK}, "DNS server"),
        ({"resolvers": machine.refused("Unavailable")}, "the machine stopped answering"),
    ],
)
def test_each_part_that_is_missing_or_unsaid_is_named(fit: Fit, changed: t.Any, said: str) -> None:
    result = fit.ask(**changed)
    assert result["decision"] == "wait" and said in result["msg"] and result["next_action"]


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.NODES, CLASS])
def test_a_cluster_that_does_not_answer_is_not_fit_f27(fit: Fit, unread: str, answer: Answer) -> None:
    assert "Kubernetes does not answer" in fit.ask(cluster={unread: answer})["msg"]


@pytest.mark.parametrize(
    ("cluster", "said"),
    [({complete.NODES: []}, "is Ready"), ({CLASS: None}, "StorageClass local-path does not exist")],
)
def test_what_the_cluster_lacks_is_named(fit: Fit, cluster: t.Any, said: str) -> None:
    assert said in fit.ask(cluster=cluster)["msg"]


def test_a_run_waits_and_says_what_was_lacking_last(fit: Fit) -> None:
    with pytest.raises(ApplianceError, match=r"it has no DNS server.*run the same playbook again"):
        fit.ask(check_mode=False, progress_timeout=0, resolvers=machine.OK)


def test_a_machine_that_refuses_to_say_is_an_error(fit: Fit) -> None:
    with pytest.raises(ApplianceError):
        fit.ask(resolvers=machine.refused("PermissionDenied"))


def test_a_machine_that_is_not_ours_is_not_asked(fit: Fit) -> None:
    fit.door = Door.OTHER
    try:
        assert fit.ask()["decision"] == "wait"
    except ApplianceError as error:
        raise AssertionError(error.message) from error

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a machine that behaves as Talos was seen to, from its configuration to its bootstrap and after a wipe."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import clock
from ansible_collections.alga.appliance.plugins.module_utils._adapters.process import Unanswered
from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.talos import talos_secrets
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos import (
    talos_bootstrap,
    talos_config,
    talos_reset,
    talos_upgrade,
)

NODE = "192.0.2.10"
Answer = tuple[int, str, str]
OK: Answer = (0, "", "")
REFUSED = "1 error occurred:\n\t* 192.0.2.10: rpc error: code = {} desc = {}\n\n"


def items(**specs: t.Any) -> Answer:
    return 0, "".join(json.dumps({"metadata": {"id": name}, "spec": spec}) for name, spec in specs.items()), ""


class Machine:
    """One machine as talosctl meets it, and talosctl's own commands.

    :param version: of talosctl; the machine's own is ``runs``.
    """

    def __init__(self, version: str = "v1.13.0") -> None:
        self.version = self.runs = version
        self.door, self.stage, self.etcd, self.data, self.boot = Door.OURS, "booting", False, False, 1
        self.config = "machine: {kubelet: {}}"
        self.answers: dict[str, list[Answer | Exception]] = {}
        self.looks_until: dict[int, t.Callable[[], None]] = {}
        self.looks = 0
        self.asked: list[str] = []
        self.patches: list[str] = []
        self.words: list[str] = []

    def look(self, _node: str, _authority: str) -> tuple[Door, str]:
        self.looks += 1
        self.looks_until.pop(self.looks, lambda: None)()
        return self.door, ""

    def __call__(self, arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> Answer:
        assert seconds, "every call has a deadline"
        words = arguments[1:]
        self.asked.append(words[1] if words[0] in ("get", "gen") else words[0])
        if self.answers.get(words[0]):
            answer = self.answers[words[0]].pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return self.get(words[1]) if words[0] == "get" else self.do(words)

    def get(self, kind: str) -> Answer:
        unmet = [] if self.stage == "running" else [{"name": "services", "reason": "etcd not running"}]
        return {
            "machinestatus": items(machine={"stage": self.stage, "status": {"unmetConditions": unmet}}),
            "services": items(etcd={"running": True, "healthy": True}) if self.etcd else OK,
            "version": items(version={"version": self.runs}),
            "mountstatus": items(ETCD={"target": "/var/lib/etcd"}),
            "machineconfig": items(v1alpha1=self.config),
            "discoveredvolumes": items(vda={"type": "disk"}),
        }[kind]

    def do(self, words: list[str]) -> Answer:
        if words[0] == "bootstrap":
            if self.data:
                return 1, "", REFUSED.format("AlreadyExists", "etcd data directory is not empty")
            self.data = self.etcd = True
        if words[:2] == ["gen", "config"]:
            self.words = words
            self.patches = [Path(word[1:]).read_text() for word in words if word.startswith("@")]
            return 0, self.config, ""
        return {
            "list": (0, f".\n{'member' if self.data else ''}\nNODE   NAME\n", ""),
            "read": (0, f"{self.boot}\n", ""),
            "version": (0, f"Talos {self.version}\n", ""),
        }.get(words[0], OK)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(talos_door, "look", made.look)
    monkeypatch.setattr(clock, "POLL_SECONDS", 0.0)
    return made


@pytest.fixture
def options(tmp_path: Path) -> dict[str, t.Any]:
    (tmp_path / talos_secrets.SECRETS_FILE).write_text("certs: {}")
    return {
        "node": NODE,
        "folder": str(tmp_path),
        "talosctl": "talosctl",
        "cluster": "workshop",
        "endpoint": "",
        "progress_timeout": 1,
        "mode": "fresh",
        "confirm": "",
        "install_disk": "/dev/vda",
        "storage_disk": "",
        "patches": [],
        "storage_class": "local-path",
        "kubernetes_version": "",
        "installer_image": "",
        "apply_mode": "no-reboot",
    }


def run(machine: Machine, *, check_mode: bool = False) -> Run:
    return Run(check_mode, diff=False, command=machine)


def test_a_machine_that_waits_for_its_bootstrap_gets_it(machine: Machine, options: dict[str, t.Any]) -> None:
    result = talos_bootstrap.USE_CASE.answer(options, run(machine))
    assert (result["decision"], result["changed"], machine.asked.count("bootstrap")) == ("bootstrap", True, 1)
    assert talos_bootstrap.USE_CASE.answer(options, run(machine))["decision"] == "keep"
    assert machine.asked.count("bootstrap") == 1


def test_check_mode_asks_for_no_bootstrap(machine: Machine, options: dict[str, t.Any]) -> None:
    assert talos_bootstrap.USE_CASE.answer(options, run(machine, check_mode=True))["changed"]
    machine.data = True
    foreseen = talos_bootstrap.USE_CASE.answer(options, run(machine, check_mode=True))
    assert (foreseen["changed"], foreseen["decision"]) == (False, "keep") and "Its etcd already has data" in foreseen["msg"]
    machine.door = Door.CLOSED
    foreseen = talos_bootstrap.USE_CASE.answer(options, run(machine, check_mode=True))
    assert foreseen["changed"] and "bootstrapped if it has no data" in foreseen["msg"]
    assert "bootstrap" not in machine.asked


def test_data_of_an_etcd_that_starts_is_waited_for(
    machine: Machine, options: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talos_bootstrap, "_prove", lambda _site: None)
    machine.data = True
    machine.looks_until = {5: lambda: setattr(machine, "etcd", True)}
    assert talos_bootstrap.USE_CASE.answer(options, run(machine))["decision"] == "keep"
    assert "bootstrap" not in machine.asked and machine.looks == 5


def test_data_of_an_etcd_that_never_starts_is_not_bootstrapped_over(machine: Machine, options: dict[str, t.Any]) -> None:
    machine.data = True
    with pytest.raises(ApplianceError, match=r"is not up yet \(stage booting; services: etcd not running\)"):
        talos_bootstrap.USE_CASE.answer({**options, "progress_timeout": 0}, run(machine))
    assert "bootstrap" not in machine.asked


def test_recovery_asks_before_it_begins_anew_and_only_where_nothing_is_left(machine: Machine, options: dict[str, t.Any]) -> None:
    recovery = {**options, "mode": "recover"}
    with pytest.raises(Refused, match="has no data"):
        talos_bootstrap.USE_CASE.answer(recovery, run(machine))
    assert "bootstrap" not in machine.asked
    assert talos_bootstrap.USE_CASE.answer({**recovery, "confirm": "workshop"}, run(machine))["changed"]


@pytest.mark.parametrize(
    "answer",
    [
        Unanswered(),
        (1, "", REFUSED.format("FailedPrecondition", "bootstrap is not available yet")),
        (1, "", "rpc error: code = Unavailable desc = write: broken pipe"),
    ],
    ids=["hangs", "too early", "cut"],
)
def test_a_bootstrap_that_did_not_get_through_is_asked_for_again(
    machine: Machine, options: dict[str, t.Any], answer: t.Any
) -> None:
    machine.answers["bootstrap"] = [answer, answer]
    assert talos_bootstrap.USE_CASE.answer(options, run(machine))["changed"]
    assert machine.asked.count("bootstrap") == 3


def test_a_machine_that_breaks_off_while_it_boots_is_looked_at_again(machine: Machine, options: dict[str, t.Any]) -> None:
    machine.answers["get"] = [Unanswered(), (1, "", "rpc error: code = Unavailable desc = connection reset by peer")]
    assert talos_bootstrap.USE_CASE.answer(options, run(machine))["changed"]


def test_a_machine_that_goes_down_to_boot_is_waited_for(machine: Machine, options: dict[str, t.Any]) -> None:
    told: list[str] = []
    machine.door = Door.CLOSED
    machine.looks_until = {4: lambda: setattr(machine, "door", Door.OURS)}
    how = Run(check_mode=False, diff=False, command=machine, tell=told.append)
    assert talos_bootstrap.USE_CASE.answer(options, how)["changed"]
    assert len(told) == 1 and "does not answer" in told[0]


def test_a_machine_that_nobody_configured_is_not_waited_for(machine: Machine, options: dict[str, t.Any]) -> None:
    machine.door = Door.CLOSED
    (Path(options["folder"]) / talos_secrets.SECRETS_FILE).unlink()
    with pytest.raises(Refused, match="does not answer"):
        talos_bootstrap.USE_CASE.answer(options, run(machine))
    assert machine.looks == 1


def test_a_configuration_that_runs_before_the_bootstrap_is_kept(machine: Machine, options: dict[str, t.Any]) -> None:
    assert talos_config.USE_CASE.answer(options, run(machine))["decision"] == "keep"


def test_a_configuration_that_keeps_etcd_from_starting_can_be_corrected(machine: Machine, options: dict[str, t.Any]) -> None:
    machine.data = True
    result = talos_config.USE_CASE.answer({**options, "progress_timeout": 0}, run(machine))
    assert (result["decision"], result["state"]) == ("keep", "booting")


@pytest.mark.parametrize(
    "config",
    [
        "machine: {install: {image: h/installer:v1.13.0}}",
        "machine: {type: controlplane}\n---\nkind: UnattendedInstallConfig\ninstaller: {image: h/installer:v1.13.0}\n",
    ],
)
def test_the_installer_that_runs_stays_and_is_no_patch(machine: Machine, options: dict[str, t.Any], config: str) -> None:
    machine.config = config
    talos_config.USE_CASE.answer({**options, "installer_image": "h/installer:v1.14.1"}, run(machine, check_mode=True))
    assert machine.words[machine.words.index("--install-image") + 1] == "h/installer:v1.13.0"
    assert not [patch for patch in machine.patches if "installer:v1" in patch]


NEWER = (
    "machine: {type: controlplane}\n---\napiVersion: v1alpha1\nkind: KubeNodeConfig\n---\nkind: KubeletConfig\nimage: k:v1.37.0\n"
)


@pytest.mark.parametrize(
    ("versions", "config", "wanted", "patch"),
    [
        (
            ("v1.13.0", "v1.13.0"),
            "machine: {kubelet: {image: 'k:v1.36.0'}}",
            "v1.13.0",
            "machine:\n  kubelet:\n    image: k:v1.36.0\n",
        ),
        (
            ("v1.14.1", "v1.14.1"),
            "machine: {kubelet: {image: 'k:v1.36.0'}}",
            "v1.13",
            "machine:\n  kubelet:\n    image: k:v1.36.0\n",
        ),
        (("v1.14.1", "v1.14.1"), NEWER, "v1.14.1", "apiVersion: v1alpha1\nkind: KubeletConfig\nimage: k:v1.37.0\n"),
    ],
)
def test_a_configuration_that_runs_keeps_its_form_and_its_images(
    machine: Machine, options: dict[str, t.Any], *, versions: tuple[str, str], config: str, wanted: str, patch: str
) -> None:
    (machine.version, machine.runs), machine.config = versions, config
    assert talos_config.USE_CASE.answer(options, run(machine))["decision"] == "keep"
    assert machine.words[machine.words.index("--talos-version") + 1] == wanted
    assert patch in machine.patches and ("allowSchedulingOnControlPlanes" in machine.patches[0]) is (wanted != "v1.14.1")


@pytest.mark.parametrize(
    ("versions", "image", "wanted"),
    [
        (("v1.14.1", "v1.13.0"), "", "v1.13.0"),
        (("v1.13.0", "v1.14.1"), "", "v1.13.0"),
        (("v1.14.1", "v1.14.1"), "h/installer:v1.13.4", "v1.13.4"),
        (("v1.14.1", "v1.14.1"), "", "v1.14.1"),
    ],
)
def test_a_new_machine_gets_a_configuration_that_it_and_what_is_installed_can_read(
    machine: Machine, options: dict[str, t.Any], *, versions: tuple[str, str], image: str, wanted: str
) -> None:
    (machine.version, machine.runs), machine.door, machine.stage = versions, Door.OPEN, "maintenance"
    talos_config.USE_CASE.answer({**options, "installer_image": image}, run(machine, check_mode=True))
    assert machine.words[machine.words.index("--talos-version") + 1] == wanted
    assert "apply-config" not in machine.asked


def test_a_wipe_of_etcd_ends_with_another_boot_that_waits_for_its_bootstrap(machine: Machine, options: dict[str, t.Any]) -> None:
    machine.stage, machine.data, machine.etcd = "running", True, True

    def boots() -> None:
        machine.stage, machine.data, machine.etcd, machine.boot = "booting", False, False, 2

    machine.looks_until = {4: lambda: setattr(machine, "stage", "resetting"), 6: boots}
    result = talos_reset.USE_CASE.answer({**options, "labels": ["EPHEMERAL"], "confirm": f"workshop/{NODE}"}, run(machine))
    assert (result["decision"], machine.looks, machine.boot) == ("wipe", 6, 2)


def test_a_version_that_a_machine_does_not_name_is_not_upgraded(machine: Machine, options: dict[str, t.Any]) -> None:
    machine.stage, machine.etcd, machine.runs = "running", True, ""
    with pytest.raises(Refused, match="it does not report its version"):
        talos_upgrade.USE_CASE.answer({**options, "image": "h/installer:v1.14.1"}, run(machine))
    assert "upgrade" not in machine.asked


@pytest.mark.parametrize(("image", "lasting"), [("h/installer:v1.14.1", True), ("h/installer:v1.13.9", False)])
def test_before_an_upgrade_that_no_rollback_undoes_a_copy_of_etcd_is_asked_for(
    machine: Machine, options: dict[str, t.Any], image: str, lasting: bool
) -> None:
    machine.stage, machine.etcd, machine.runs = "running", True, "v1.13.0"
    with pytest.raises(Refused, match="alga_confirm is not set") as raised:
        talos_upgrade.USE_CASE.answer({**options, "image": image}, run(machine))
    planned = talos_upgrade.USE_CASE.answer({**options, "image": image}, run(machine, check_mode=True))
    for told in (raised.value.message, planned["msg"]):
        assert ("talosctl rollback may not undo this" in told and "talosctl etcd snapshot" in told) == lasting, told
    assert "upgrade" not in machine.asked


def test_a_machine_that_is_unhealthy_for_a_moment_is_upgraded_when_it_is_not(machine: Machine, options: dict[str, t.Any]) -> None:
    machine.etcd = True

    def heals() -> None:
        assert "upgrade" not in machine.asked
        machine.stage = "running"

    machine.looks_until = {3: heals, 4: lambda: setattr(machine, "runs", "v1.14.1")}
    result = talos_upgrade.USE_CASE.answer({**options, "image": "h/installer:v1.14.1", "confirm": "workshop"}, run(machine))
    assert (result["decision"], machine.looks) == ("upgrade", 4)

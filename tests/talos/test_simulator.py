# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated machine is kept for, by the real talosctl: boots, resets, upgrades, faults that no machine has on demand.

What a real machine shows as well is compared with it in test_alike.py.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.node.talos import Simulator
from ansible_collections.alga.appliance.tests.talos.talosctl import SimulatedClient


@pytest.fixture
def configured(client: SimulatedClient) -> None:
    """Let the machine run the cluster's configuration, without etcd."""
    client.configure()


class TestModes:
    def patched(self, client: SimulatedClient, patch: str) -> str:
        client.local("machineconfig", "patch", "controlplane.yaml", "--patch", patch, "--output", "patched.yaml")
        return "patched.yaml"

    def running(self, client: SimulatedClient) -> str:
        return client.secure("get", "machineconfig", "v1alpha1", "--output", "yaml").stdout

    def test_what_needs_a_boot_gets_one_in_mode_auto_and_is_refused_without(
        self, client: SimulatedClient, simulator: Simulator, configured: None
    ) -> None:
        boot, name = simulator.look()["boot_id"], self.patched(client, "machine: {env: {GRPC_GO_LOG_SEVERITY_LEVEL: info}}")
        refused = client.secure("apply-config", "--file", name, "--mode", "no-reboot")
        assert refused.code == 1
        assert "can't be applied in immediate mode" in refused.stderr
        assert simulator.look()["boot_id"] == boot
        assert "with a reboot" in client.secure("apply-config", "--file", name).stderr
        client.wait_for_stage("rebooting")
        client.wait_for_stage("running")
        assert simulator.look()["boot_id"] != boot

    def test_a_staged_configuration_waits_for_the_next_boot(self, client: SimulatedClient, configured: None) -> None:
        name = self.patched(client, "machine: {sysctls: {vm.swappiness: '1'}}")
        assert client.secure("apply-config", "--file", name, "--mode", "staged").code == 0
        assert "swappiness" not in self.running(client)
        assert "swappiness" in client.secure("get", "machineconfig", "persistent", "--output", "yaml").stdout
        assert client.secure("reboot", "--wait=false").code == 0
        client.wait_for_stage("rebooting")
        client.wait_for_stage("running")
        assert "swappiness" in self.running(client)

    def test_none_is_applied_while_the_machine_boots(self, client: SimulatedClient, simulator: Simulator) -> None:
        assert client.insecure("apply-config", "--file", "controlplane.yaml").code == 0
        client.wait_for_stage("booting")
        answers = []
        while simulator.look()["stage"] == "booting":
            answers.append(client.secure("apply-config", "--file", "controlplane.yaml"))
        assert any("code = FailedPrecondition" in answer.stderr for answer in answers)


class TestBoots:
    @pytest.fixture
    def boot_seconds(self) -> float:
        """Longer than the second after which `--wait` looks again, and must find the machine still down."""
        return 2.5

    def test_a_reboot_is_waited_for_and_keeps_etcd(self, client: SimulatedClient, simulator: Simulator) -> None:
        client.bootstrap()
        boot = simulator.look()["boot_id"]
        answer = client.secure("reboot", "--wait", "--timeout", "30s")
        assert answer.code == 0, answer
        seen = simulator.look()
        assert (seen["boot_id"] != boot, seen["bootstrapped"]) == (True, True)
        assert client.secure("read", "/proc/sys/kernel/random/boot_id").stdout.strip() == seen["boot_id"]

    def test_a_reset_of_ephemeral_takes_etcd_and_leaves_the_configuration(
        self, client: SimulatedClient, simulator: Simulator
    ) -> None:
        client.bootstrap()
        answer = client.secure(
            "reset", "--graceful=false", "--reboot", "--system-labels-to-wipe", "EPHEMERAL", "--timeout", "30s"
        )
        assert answer.code == 0, answer
        client.wait_for_stage("running")
        assert simulator.look()["bootstrapped"] is False
        assert simulator.look()["wiped"] == ["EPHEMERAL"]
        assert client.secure("bootstrap").code == 0

    def test_a_reset_of_everything_ends_in_maintenance_mode(self, client: SimulatedClient, simulator: Simulator) -> None:
        client.bootstrap()
        answer = client.secure("reset", "--graceful=false", "--reboot", "--timeout", "30s")
        assert answer.code == 0, answer
        assert simulator.look()["stage"] == "maintenance"
        assert simulator.look()["wiped"] == ["STATE", "EPHEMERAL"]
        assert client.insecure("get", "disks").code == 0

    def test_a_reset_without_a_reboot_leaves_the_machine_off(self, client: SimulatedClient, simulator: Simulator) -> None:
        client.configure()
        assert client.secure("reset", "--graceful=false", "--wait=false").code == 0
        client.wait_for_stage("off")
        assert "connection refused" in client.insecure("get", "disks").stderr
        simulator.stop()
        simulator.start()
        assert client.insecure("get", "disks").code == 0

    def test_a_label_that_is_not_there_is_refused(self, client: SimulatedClient, configured: None) -> None:
        answer = client.secure("reset", "--graceful=false", "--wait=false", "--system-labels-to-wipe", "u-nothing")
        assert answer.code == 1
        assert 'failed to get volume status with label "u-nothing"' in answer.stderr

    def test_an_upgrade_changes_the_version(self, client: SimulatedClient, simulator: Simulator) -> None:
        client.bootstrap()
        image = "ghcr.io/siderolabs/installer:v1.13.9"
        answer = client.secure("upgrade", "--drain=false", "--image", image, "--timeout", "30s")
        assert answer.code == 0, answer
        assert simulator.look()["version"] == "v1.13.9"
        assert simulator.writing_calls()[-3:] == ["Pull", "Upgrade", "Reboot"]
        assert "v1.13.9" in client.secure("version", "--short").stdout

    @pytest.mark.parametrize("how", ["stop", "kill"])
    def test_a_power_cut_loses_nothing(self, client: SimulatedClient, simulator: Simulator, how: str) -> None:
        client.bootstrap()
        address = simulator.address
        getattr(simulator, how)()
        assert client.secure("version").code == 1
        simulator.start()
        client.wait_for_stage("running")
        assert simulator.address == address
        assert "code = AlreadyExists" in client.secure("bootstrap").stderr


class TestVolumes:
    volume = """---
apiVersion: v1alpha1
kind: UserVolumeConfig
name: alga-data
provisioning:
  diskSelector:
    match: system_disk
  minSize: 1GB
"""

    def with_volume(self, client: SimulatedClient) -> None:
        path = client.folder / "controlplane.yaml"
        path.write_text(path.read_text() + self.volume)
        client.bootstrap()

    def mounts(self, client: SimulatedClient) -> str:
        return client.secure("get", "mountstatus", "u-alga-data", "--output", "json").stdout

    def test_a_user_volume_is_mounted_and_survives_the_wipe_of_ephemeral(
        self, client: SimulatedClient, simulator: Simulator
    ) -> None:
        self.with_volume(client)
        assert json.loads(self.mounts(client))["spec"]["target"] == "/var/mnt/alga-data"
        wiped = client.secure("reset", "--graceful=false", "--reboot", "--wait=false", "--system-labels-to-wipe", "EPHEMERAL")
        assert wiped.code == 0, wiped
        client.wait_for_stage("rebooting")
        client.wait_for_stage("running")
        assert simulator.look()["bootstrapped"] is False
        assert json.loads(self.mounts(client))["spec"]["target"] == "/var/mnt/alga-data"

    def test_a_user_volume_that_is_not_mounted_is_not_shown_as_mounted(
        self, client: SimulatedClient, simulator: Simulator
    ) -> None:
        self.with_volume(client)
        simulator.set_faults(no_mount=True)
        assert self.mounts(client) == ""
        assert (
            json.loads(client.secure("get", "volumestatus", "u-alga-data", "--output", "json").stdout)["spec"]["phase"] == "ready"
        )


class TestFaults:
    def test_not_ready_refuses_so_many_times(self, client: SimulatedClient, simulator: Simulator, configured: None) -> None:
        simulator.set_faults(not_ready=2)
        codes = []
        for _time in range(3):
            answer = client.secure("bootstrap")
            codes.append(answer.code)
            assert answer.code == 0 or "code = FailedPrecondition desc = bootstrap is not available yet" in answer.stderr
        assert codes == [1, 1, 0]

    def test_not_ready_refuses_a_configuration(self, client: SimulatedClient, simulator: Simulator) -> None:
        simulator.set_faults(not_ready=1)
        answer = client.insecure("apply-config", "--file", "controlplane.yaml")
        assert answer.code == 1
        assert "code = FailedPrecondition desc = another apply configuration is already in progress" in answer.stderr
        client.configure()

    def test_time_that_is_not_in_sync_keeps_a_bootstrap_from_beginning(
        self, client: SimulatedClient, simulator: Simulator, configured: None
    ) -> None:
        simulator.set_faults(time_not_in_sync=True)
        answer = client.secure("bootstrap")
        assert answer.code == 1
        assert "code = FailedPrecondition desc = time is not in sync yet" in answer.stderr
        assert json.loads(client.secure("get", "timestatus", "--output", "json").stdout)["spec"]["synced"] is False
        simulator.clear_faults()
        assert client.secure("bootstrap").code == 0

    def test_a_configuration_is_taken_although_the_machine_goes_down_before_it_answers(
        self, client: SimulatedClient, simulator: Simulator
    ) -> None:
        simulator.set_faults(reboot_in_apply=True)
        answer = client.insecure("apply-config", "--file", "controlplane.yaml")
        assert answer.code == 1
        assert "code = Unavailable" in answer.stderr
        client.wait_for_stage("running")
        assert client.secure("version").code == 0

    def test_a_bootstrap_is_carried_out_although_its_answer_is_lost(
        self, client: SimulatedClient, simulator: Simulator, configured: None
    ) -> None:
        simulator.set_faults(lost_answer="Bootstrap")
        answer = client.secure("bootstrap")
        assert answer.code == 1
        assert "code = Unavailable" in answer.stderr
        assert simulator.look()["bootstrapped"] is True

    def test_a_fault_that_there_is_not_is_refused(self, simulator: Simulator) -> None:
        with pytest.raises(NodeError, match="unknown field"):
            simulator.set_faults(no_such_fault=True)


def test_what_is_not_simulated_says_so(client: SimulatedClient, configured: None) -> None:
    answer = client.secure("dmesg")
    assert answer.code == 1
    assert "code = Unimplemented" in answer.stderr


def test_a_machine_that_cannot_start_says_why_and_leaves_no_process(tmp_path: Path, kubeconfig: Path) -> None:
    simulator = Simulator(tmp_path / "disk", kubeconfig=kubeconfig)
    simulator.disk.mkdir()
    (simulator.disk / "disk.json").write_text("no JSON")
    with pytest.raises(NodeError, match="invalid character"):
        simulator.start()
    with pytest.raises(OSError, match=r"refused|No such file"):
        simulator.look()


def test_the_disk_is_read_by_nobody_else(client: SimulatedClient, simulator: Simulator) -> None:
    client.configure()
    assert stat.S_IMODE((simulator.disk / "disk.json").stat().st_mode) == 0o600

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real talosctl takes the simulated machine for one that runs Talos: the whole road, and what stands in its way."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest
import yaml
from node.messages import NodeError
from node.talos import Simulator
from talosctl import Client


def hooks(folder: Path) -> list[str]:
    path = folder / "hooks"
    return path.read_text().splitlines() if path.exists() else []


def test_the_whole_road(client: Client, machine: Simulator, tmp_path: Path, kubeconfig: Path) -> None:
    disks = client.insecure("get", "disks", "--output", "json")
    assert (disks.code, json.loads(disks.stdout)["spec"]["dev_path"]) == (0, "/dev/vda")
    assert machine.writing_calls() == []

    client.configure()
    assert machine.writing_calls() == ["ApplyConfiguration"]

    assert client.secure("bootstrap").code == 0
    again = client.secure("bootstrap")
    assert again.code == 1
    assert "code = AlreadyExists desc = etcd data directory is not empty" in again.stderr
    assert hooks(tmp_path) == ["bootstrapped"]

    assert client.secure("kubeconfig", "fetched").code == 0
    fetched = client.folder / "fetched"
    assert yaml.safe_load(fetched.read_text()) == yaml.safe_load(kubeconfig.read_text())
    assert stat.S_IMODE(fetched.stat().st_mode) == 0o600

    health = client.secure("health", "--wait-timeout", "10s")
    assert (health.code, "discovered nodes" in health.stderr + health.stdout) == (0, True)
    version = client.secure("version", "--short")
    assert version.code == 0
    assert version.stdout.count("v1.13.0") == 2
    assert "0000000000005eed" in client.secure("etcd", "status").stdout
    assert "simulated" in client.secure("etcd", "members").stdout
    assert {line.split()[1] for line in client.secure("services").stdout.splitlines()[1:]} >= {"etcd", "kubelet", "apid"}
    assert machine.writing_calls() == ["ApplyConfiguration", "Bootstrap", "Bootstrap"]


def test_the_machine_gives_back_the_configuration_that_it_runs(client: Client) -> None:
    client.configure()
    answer = client.secure("get", "machineconfig", "v1alpha1", "--output", "json")
    applied = yaml.safe_load_all((client.folder / "controlplane.yaml").read_text())
    running = yaml.safe_load_all(json.loads(answer.stdout)["spec"])
    mains = [next(document for document in documents if "machine" in document) for documents in (applied, running)]
    assert mains[0]["machine"]["ca"] == mains[1]["machine"]["ca"]
    assert mains[0]["cluster"]["secret"] == mains[1]["cluster"]["secret"]


@pytest.mark.parametrize(
    "resource",
    ["addresses", "disks", "hostname", "links", "machinestatus", "machinetype", "members", "mountstatus", "nodeaddress",
     "resolvers", "services", "systemdisk", "timestatus", "version", "volumestatus"],
)  # fmt: skip
def test_resources_are_found_by_the_names_that_people_use(client: Client, resource: str, configured: None) -> None:
    answer = client.secure("get", resource, "--output", "json")
    assert answer.code == 0, answer
    assert json.loads(answer.stdout.split("\n}\n")[0] + "\n}")["spec"] is not None


class TestMaintenance:
    def test_a_client_that_knows_an_authority_does_not_trust_the_machine(self, client: Client) -> None:
        answer = client.secure("version")
        assert answer.code == 1
        assert "x509: certificate signed by unknown authority" in answer.stderr

    def test_what_changes_more_than_the_configuration_is_refused(self, client: Client, machine: Simulator) -> None:
        answer = client.insecure("reset", "--wait=false")
        assert answer.code == 1
        assert "code = PermissionDenied desc = not authorized" in answer.stderr
        assert machine.look()["stage"] == "maintenance"

    def test_the_configuration_is_nobodys_to_read(self, client: Client) -> None:
        answer = client.insecure("get", "machineconfig")
        assert answer.code == 1
        assert "code = PermissionDenied desc = not authorized" in answer.stderr

    def test_a_dry_run_is_counted_and_changes_nothing(self, client: Client, machine: Simulator) -> None:
        answer = client.insecure("apply-config", "--file", "controlplane.yaml", "--dry-run")
        assert answer.code == 0
        assert answer.stderr.startswith("Dry run summary:\nApplied configuration without a reboot (skipped in dry-run).")
        assert [call.name for call in machine.calls() if call.dry_run] == ["ApplyConfiguration"]
        assert machine.writing_calls() == []
        assert machine.look()["stage"] == "maintenance"

    def test_a_configuration_that_is_none_is_refused(self, client: Client, machine: Simulator) -> None:
        (client.folder / "controlplane.yaml").write_text("machine:\n  type: controlplane\n  nonsense: true\n")
        answer = client.insecure("apply-config", "--file", "controlplane.yaml")
        assert answer.code == 1
        assert "code = InvalidArgument" in answer.stderr
        assert machine.look()["stage"] == "maintenance"


class TestConfigured:
    def test_an_insecure_client_lacks_a_certificate(self, client: Client, configured: None) -> None:
        answer = client.insecure("get", "disks")
        assert answer.code == 1
        assert "tls: certificate required" in answer.stderr

    def test_the_client_of_another_cluster_does_not_trust_the_machine(
        self, client: Client, tmp_path: Path, configured: None
    ) -> None:
        other = Client(tmp_path / "other", client.machine)
        other.generate()
        answer = other.secure("version")
        assert answer.code == 1
        assert "x509: certificate signed by unknown authority" in answer.stderr

    def test_a_reader_reads_what_is_no_secret_and_changes_nothing(
        self, client: Client, machine: Simulator, configured: None
    ) -> None:
        assert client.secure("config", "new", "reader", "--roles", "os:reader").code == 0
        machine.forget_calls()
        assert client.secure("get", "disks", talosconfig="reader").code == 0
        for words in (
            ("get", "machineconfig"),
            ("kubeconfig", "fetched"),
            ("bootstrap",),
            ("reboot", "--wait=false"),
            ("reset", "--wait=false"),
        ):
            answer = client.secure(*words, talosconfig="reader")
            assert answer.code == 1
            assert "code = PermissionDenied desc = not authorized" in answer.stderr
        seen = machine.look()
        assert (seen["bootstrapped"], seen["stage"]) == (False, "running")

    def test_an_operator_reboots_and_does_not_bootstrap(self, client: Client, machine: Simulator, configured: None) -> None:
        assert client.secure("config", "new", "operator", "--roles", "os:operator").code == 0
        assert "code = PermissionDenied" in client.secure("bootstrap", talosconfig="operator").stderr
        assert client.secure("reboot", "--wait=false", talosconfig="operator").code == 0
        client.wait_for_stage("rebooting")
        client.wait_for_stage("running")

    def test_a_worker_is_not_simulated(self, client: Client) -> None:
        answer = client.insecure("apply-config", "--file", "worker.yaml")
        assert answer.code == 1
        assert "code = Unimplemented desc = a worker" in answer.stderr


class TestModes:
    def patched(self, client: Client, patch: str) -> str:
        client.local("machineconfig", "patch", "controlplane.yaml", "--patch", patch, "--output", "patched.yaml")
        return "patched.yaml"

    def running(self, client: Client) -> str:
        return client.secure("get", "machineconfig", "v1alpha1", "--output", "yaml").stdout

    def test_the_same_configuration_again_is_no_change(self, client: Client, machine: Simulator, configured: None) -> None:
        boot = machine.look()["boot_id"]
        dry = client.secure("apply-config", "--file", "controlplane.yaml", "--dry-run")
        assert (dry.code, dry.stderr.rstrip().endswith("No changes.")) == (0, True)
        assert client.secure("apply-config", "--file", "controlplane.yaml").code == 0
        assert machine.look()["boot_id"] == boot

    def test_what_needs_a_boot_gets_one_in_mode_auto_and_is_refused_without(
        self, client: Client, machine: Simulator, configured: None
    ) -> None:
        boot, name = machine.look()["boot_id"], self.patched(client, "machine: {env: {GRPC_GO_LOG_SEVERITY_LEVEL: info}}")
        refused = client.secure("apply-config", "--file", name, "--mode", "no-reboot")
        assert refused.code == 1
        assert "can't be applied in immediate mode" in refused.stderr
        assert machine.look()["boot_id"] == boot
        assert "with a reboot" in client.secure("apply-config", "--file", name).stderr
        client.wait_for_stage("rebooting")
        client.wait_for_stage("running")
        assert machine.look()["boot_id"] != boot

    def test_what_needs_no_boot_gets_none(self, client: Client, machine: Simulator, configured: None) -> None:
        boot, name = machine.look()["boot_id"], self.patched(client, "machine: {sysctls: {vm.swappiness: '1'}}")
        assert "without a reboot" in client.secure("apply-config", "--file", name).stderr
        assert machine.look()["boot_id"] == boot
        assert "swappiness" in self.running(client)

    def test_a_staged_configuration_waits_for_the_next_boot(self, client: Client, configured: None) -> None:
        name = self.patched(client, "machine: {sysctls: {vm.swappiness: '1'}}")
        assert client.secure("apply-config", "--file", name, "--mode", "staged").code == 0
        assert "swappiness" not in self.running(client)
        assert "swappiness" in client.secure("get", "machineconfig", "persistent", "--output", "yaml").stdout
        assert client.secure("reboot", "--wait=false").code == 0
        client.wait_for_stage("rebooting")
        client.wait_for_stage("running")
        assert "swappiness" in self.running(client)

    def test_none_is_applied_while_the_machine_boots(self, client: Client, machine: Simulator) -> None:
        assert client.insecure("apply-config", "--file", "controlplane.yaml").code == 0
        client.wait_for_stage("booting")
        answers = []
        while machine.look()["stage"] == "booting":
            answers.append(client.secure("apply-config", "--file", "controlplane.yaml"))
        assert any("code = FailedPrecondition" in answer.stderr for answer in answers)


class TestBoots:
    @pytest.fixture
    def boot_seconds(self) -> float:
        """Longer than the second after which `--wait` looks again, and must find the machine still down."""
        return 2.5

    def test_a_reboot_is_waited_for_and_keeps_etcd(self, client: Client, machine: Simulator) -> None:
        client.bootstrap()
        boot = machine.look()["boot_id"]
        answer = client.secure("reboot", "--wait", "--timeout", "30s")
        assert answer.code == 0, answer
        seen = machine.look()
        assert (seen["boot_id"] != boot, seen["bootstrapped"]) == (True, True)
        assert client.secure("read", "/proc/sys/kernel/random/boot_id").stdout.strip() == seen["boot_id"]

    def test_the_only_member_of_etcd_cannot_leave_it(self, client: Client, machine: Simulator) -> None:
        client.bootstrap()
        answer = client.secure("reset", "--reboot", "--timeout", "10s")
        assert answer.code == 1
        assert "its only member cannot be removed" in answer.stderr
        assert machine.look()["bootstrapped"] is True

    def test_a_reset_of_ephemeral_takes_etcd_and_leaves_the_configuration(
        self, client: Client, machine: Simulator, tmp_path: Path
    ) -> None:
        client.bootstrap()
        answer = client.secure(
            "reset", "--graceful=false", "--reboot", "--system-labels-to-wipe", "EPHEMERAL", "--timeout", "30s"
        )
        assert answer.code == 0, answer
        client.wait_for_stage("running")
        assert machine.look()["bootstrapped"] is False
        assert hooks(tmp_path) == ["bootstrapped", "wiped EPHEMERAL"]
        assert client.secure("bootstrap").code == 0

    def test_a_reset_of_everything_ends_in_maintenance_mode(self, client: Client, machine: Simulator, tmp_path: Path) -> None:
        client.bootstrap()
        answer = client.secure("reset", "--graceful=false", "--reboot", "--timeout", "30s")
        assert answer.code == 0, answer
        assert machine.look()["stage"] == "maintenance"
        assert hooks(tmp_path)[1:] == ["wiped STATE EPHEMERAL"]
        assert client.insecure("get", "disks").code == 0

    def test_a_reset_without_a_reboot_leaves_the_machine_off(self, client: Client, machine: Simulator) -> None:
        client.configure()
        assert client.secure("reset", "--graceful=false", "--wait=false").code == 0
        client.wait_for_stage("off")
        assert "connection refused" in client.insecure("get", "disks").stderr
        machine.stop()
        machine.start()
        assert client.insecure("get", "disks").code == 0

    def test_a_label_that_is_not_there_is_refused(self, client: Client, configured: None) -> None:
        answer = client.secure("reset", "--graceful=false", "--wait=false", "--system-labels-to-wipe", "u-nothing")
        assert answer.code == 1
        assert 'failed to get volume status with label "u-nothing"' in answer.stderr

    def test_an_upgrade_changes_the_version(self, client: Client, machine: Simulator) -> None:
        client.bootstrap()
        image = "ghcr.io/siderolabs/installer:v1.13.9"
        answer = client.secure("upgrade", "--drain=false", "--image", image, "--timeout", "30s")
        assert answer.code == 0, answer
        assert machine.look()["version"] == "v1.13.9"
        assert machine.writing_calls()[-3:] == ["Pull", "Upgrade", "Reboot"]
        assert "v1.13.9" in client.secure("version", "--short").stdout

    @pytest.mark.parametrize("how", ["stop", "kill"])
    def test_a_power_cut_loses_nothing(self, client: Client, machine: Simulator, how: str) -> None:
        client.bootstrap()
        address = machine.address
        getattr(machine, how)()
        assert client.secure("version").code == 1
        machine.start()
        client.wait_for_stage("running")
        assert machine.address == address
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

    def with_volume(self, client: Client) -> None:
        path = client.folder / "controlplane.yaml"
        path.write_text(path.read_text() + self.volume)
        client.bootstrap()

    def mounts(self, client: Client) -> str:
        return client.secure("get", "mountstatus", "u-alga-data", "--output", "json").stdout

    def test_a_user_volume_is_mounted_and_survives_the_wipe_of_ephemeral(self, client: Client, machine: Simulator) -> None:
        self.with_volume(client)
        assert json.loads(self.mounts(client))["spec"]["target"] == "/var/mnt/alga-data"
        machine.wipe_ephemeral()
        seen = machine.look()
        assert (seen["bootstrapped"], seen["wiped"]) == (False, ["EPHEMERAL"])
        assert json.loads(self.mounts(client))["spec"]["target"] == "/var/mnt/alga-data"

    def test_a_user_volume_that_is_not_mounted_is_not_shown_as_mounted(self, client: Client, machine: Simulator) -> None:
        self.with_volume(client)
        machine.set_faults(no_mount=True)
        assert self.mounts(client) == ""
        assert (
            json.loads(client.secure("get", "volumestatus", "u-alga-data", "--output", "json").stdout)["spec"]["phase"] == "ready"
        )


class TestFaults:
    def test_not_ready_refuses_so_many_times(self, client: Client, machine: Simulator, configured: None) -> None:
        machine.set_faults(not_ready=2)
        codes = []
        for _time in range(3):
            answer = client.secure("bootstrap")
            codes.append(answer.code)
            assert answer.code == 0 or "code = FailedPrecondition desc = bootstrap is not available yet" in answer.stderr
        assert codes == [1, 1, 0]

    def test_not_ready_refuses_a_configuration(self, client: Client, machine: Simulator) -> None:
        machine.set_faults(not_ready=1)
        answer = client.insecure("apply-config", "--file", "controlplane.yaml")
        assert answer.code == 1
        assert "code = FailedPrecondition desc = another apply configuration is already in progress" in answer.stderr
        client.configure()

    def test_time_that_is_not_in_sync_keeps_a_bootstrap_from_beginning(
        self, client: Client, machine: Simulator, configured: None
    ) -> None:
        machine.set_faults(time_not_in_sync=True)
        answer = client.secure("bootstrap")
        assert answer.code == 1
        assert "code = FailedPrecondition desc = time is not in sync yet" in answer.stderr
        assert json.loads(client.secure("get", "timestatus", "--output", "json").stdout)["spec"]["synced"] is False
        machine.clear_faults()
        assert client.secure("bootstrap").code == 0

    def test_somebody_elses_bootstrap_came_first(
        self, client: Client, machine: Simulator, tmp_path: Path, configured: None
    ) -> None:
        machine.set_faults(bootstrapped_elsewhere=True)
        answer = client.secure("bootstrap")
        assert answer.code == 1
        assert "code = AlreadyExists desc = etcd data directory is not empty" in answer.stderr
        assert machine.look()["bootstrapped"] is True

    def test_a_configuration_is_taken_although_the_machine_goes_down_before_it_answers(
        self, client: Client, machine: Simulator
    ) -> None:
        machine.set_faults(reboot_in_apply=True)
        answer = client.insecure("apply-config", "--file", "controlplane.yaml")
        assert answer.code == 1
        assert "code = Unavailable" in answer.stderr
        client.wait_for_stage("running")
        assert client.secure("version").code == 0

    def test_a_bootstrap_is_carried_out_although_its_answer_is_lost(
        self, client: Client, machine: Simulator, configured: None
    ) -> None:
        machine.set_faults(lost_answer="Bootstrap")
        answer = client.secure("bootstrap")
        assert answer.code == 1
        assert "code = Unavailable" in answer.stderr
        assert machine.look()["bootstrapped"] is True

    def test_a_connection_is_cut_before_the_call_is_carried_out(
        self, client: Client, machine: Simulator, configured: None
    ) -> None:
        machine.set_faults(cut_after=1)
        answer = client.secure("bootstrap")
        assert answer.code == 1
        assert "code = Unavailable" in answer.stderr
        assert machine.look()["bootstrapped"] is False

    @pytest.mark.parametrize("stage", ["maintenance", "running"])
    def test_the_pki_of_somebody_else(self, client: Client, machine: Simulator, stage: str) -> None:
        if stage == "running":
            client.configure()
        machine.set_faults(other_pki=True)
        assert "tls: certificate required" in client.insecure("get", "disks").stderr
        assert "x509: certificate signed by unknown authority" in client.secure("version").stderr
        machine.clear_faults()
        assert (client.insecure("get", "disks") if stage == "maintenance" else client.secure("version")).code == 0

    def test_every_answer_is_slow(self, client: Client, machine: Simulator, configured: None) -> None:
        machine.set_faults(slow=2)
        began = time.monotonic()
        assert client.secure("version").code == 0
        assert time.monotonic() - began > 2

    def test_a_fault_that_there_is_not_is_refused(self, machine: Simulator) -> None:
        with pytest.raises(NodeError, match="unknown field"):
            machine.set_faults(no_such_fault=True)


def test_health_names_what_is_missing_until_its_deadline(client: Client, configured: None) -> None:
    answer = client.secure("health", "--wait-timeout", "2s")
    assert answer.code == 1
    assert "waiting for etcd" in answer.stderr


def test_what_is_not_simulated_says_so(client: Client, configured: None) -> None:
    answer = client.secure("dmesg")
    assert answer.code == 1
    assert "code = Unimplemented" in answer.stderr


def test_a_machine_that_cannot_start_says_why_and_leaves_no_process(tmp_path: Path, kubeconfig: Path) -> None:
    machine = Simulator(tmp_path / "disk", kubeconfig=kubeconfig)
    machine.disk.mkdir()
    (machine.disk / "disk.json").write_text("no JSON")
    with pytest.raises(NodeError, match="invalid character"):
        machine.start()
    with pytest.raises(OSError, match=r"refused|No such file"):
        machine.look()


def test_the_disk_is_read_by_nobody_else(client: Client, machine: Simulator) -> None:
    client.configure()
    assert stat.S_IMODE((machine.disk / "disk.json").stat().st_mode) == 0o600

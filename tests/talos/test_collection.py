# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own modules on a simulated machine: every state, every fault, every kill."""

from __future__ import annotations

import datetime
import http.server
import io
import json
import os
import stat
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from node import processes
from node.talos import Simulator
from talos_controller import CLUSTER, PATIENCE, STEPS, Controller


def test_a_machine_is_named_by_each_of_its_states(controller: Controller) -> None:
    assert controller.state() == "maintenance"
    controller.run("alga_talos_secrets")
    controller.run("alga_talos_config")
    assert controller.state() == "configured"
    controller.run("alga_talos_bootstrap")
    assert controller.state() == "bootstrapped"
    assert Controller(controller.folder / "elsewhere", controller.machine).state() == "configured_with_other_pki"
    controller.machine.stop()
    assert controller.state() == "unreachable"
    controller.machine.start()


def test_each_step_says_in_check_mode_what_it_would_do_and_does_it_once(controller: Controller) -> None:
    for module in STEPS:
        predicted = controller.run(module, "--check")
        assert predicted["changed"] and not predicted["failed"], predicted
        assert controller.machine.writing_calls() == []
        done = controller.run(module)
        assert (done["changed"], done["decision"]) == (True, predicted["decision"]), done
        again = controller.run(module, "--check"), controller.run(module)
        assert [result["changed"] for result in again] == [False, False], again
        controller.machine.forget_calls()


def test_check_mode_on_a_bare_machine_predicts_every_step_without_a_file(controller: Controller) -> None:
    for module in STEPS:
        assert controller.run(module, "--check")["changed"]
    assert not controller.folder.exists() and controller.machine.writing_calls() == []


def test_secrets_are_in_no_output_and_for_their_owner_alone(controller: Controller) -> None:
    outputs = [controller.printed(module, "-vvv", "--diff") for module in STEPS]
    bundle = yaml.safe_load((controller.folder / "secrets.yaml").read_text())
    secrets = [value for group in bundle.values() for value in strings(group)]
    assert len(secrets) > 10
    assert [value for value in secrets for output in outputs if value in output] == []
    assert {stat.S_IMODE(file.stat().st_mode) for file in controller.folder.iterdir()} == {0o600}


def strings(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for item in content.values():
            yield from strings(item)
    else:
        yield str(content)


def test_secrets_are_never_made_for_a_machine_that_has_others_f47(up: Controller, tmp_path: Path) -> None:
    other = Controller(tmp_path / "other", up.machine)
    refused = other.run("alga_talos_secrets")
    assert refused["failed"] and "F47" in refused["msg"] and not other.folder.exists()
    assert up.machine.writing_calls() == []


def test_secrets_are_never_made_for_a_machine_that_nobody_sees(controller: Controller) -> None:
    controller.machine.stop()
    refused = controller.run("alga_talos_secrets")
    assert refused["failed"] and "maintenance mode" in refused["msg"] and not controller.folder.exists()
    controller.machine.start()


def test_lost_secrets_are_restored_from_the_encrypted_copy(controller: Controller, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse")
    escrow = {"file": str(tmp_path / "copy"), "vault_password_file": str(password)}
    assert not controller.run("alga_talos_secrets", escrow=escrow)["failed"]
    controller.run("alga_talos_config")
    before = controller.kept()
    (controller.folder / "secrets.yaml").unlink()
    lost = controller.run("alga_talos_secrets")
    assert lost["failed"] and "restore" in lost["msg"].lower(), lost
    restored = controller.run("alga_talos_secrets", escrow=escrow)
    assert (restored["decision"], restored["failed"]) == ("restore", False), restored
    assert controller.kept() == before
    assert controller.run("alga_talos_secrets", escrow=escrow)["changed"] is False


def test_a_partial_bundle_is_refused_with_what_it_lacks(up: Controller) -> None:
    file = up.folder / "secrets.yaml"
    bundle = yaml.safe_load(file.read_text())
    del bundle["certs"]["etcd"]
    file.write_text(yaml.safe_dump(bundle))
    refused = up.run("alga_talos_secrets")
    assert refused["failed"] and "certs.etcd.key" in refused["msg"], refused


@pytest.mark.parametrize(
    "faults", [{"not_ready": 3}, {"reboot_in_apply": True}, {"slow": 0.2}, {"lost_answer": "ApplyConfiguration"}], ids=str
)
def test_a_configuration_arrives_over_every_fault(controller: Controller, faults: dict[str, Any]) -> None:
    controller.run("alga_talos_secrets")
    controller.machine.set_faults(**faults)
    result = controller.run("alga_talos_config")
    assert not result["failed"], result
    controller.machine.clear_faults()
    assert controller.state() == "configured"
    assert controller.run("alga_talos_config")["changed"] is False


@pytest.mark.parametrize("faults", [{"not_ready": 3}, {"slow": 0.2}], ids=str)
def test_etcd_is_bootstrapped_over_every_fault(controller: Controller, faults: dict[str, Any]) -> None:
    controller.run("alga_talos_secrets")
    controller.run("alga_talos_config")
    controller.machine.set_faults(**faults)
    result = controller.run("alga_talos_bootstrap")
    assert not result["failed"], result
    assert controller.machine.look()["bootstrapped"]


@pytest.fixture
def kubernetes(kubeconfig: Path) -> Iterator[list[datetime.datetime]]:
    """A cluster that says one thing, when it was made: at the last of these times, or just now where there is none.

    The real node is always older than new secrets.
    """
    made: list[datetime.datetime] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path.startswith("/api/v1/namespaces/kube-system")
            when = (made or [datetime.datetime.now(datetime.UTC)])[-1]
            text = json.dumps({"metadata": {"creationTimestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ")}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = {"server": f"http://127.0.0.1:{server.server_port}"}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": here}],
            "users": [{"name": "u", "user": {"token": "t"}}],
        }
        kubeconfig.write_text(json.dumps(content))
        yield made
        server.shutdown()


@pytest.mark.parametrize("faults", [{"bootstrapped_elsewhere": True}, {"lost_answer": "Bootstrap"}], ids=str)
def test_a_cluster_that_is_there_already_is_ours_when_it_is_not_older_than_the_secrets(
    controller: Controller, kubernetes: list[datetime.datetime], faults: dict[str, Any]
) -> None:
    controller.run("alga_talos_secrets")
    controller.run("alga_talos_config")
    controller.machine.set_faults(**faults)
    result = controller.run("alga_talos_bootstrap")
    assert not result["failed"] and result["changed"], result


def test_a_cluster_that_is_older_than_the_secrets_is_somebody_elses(
    controller: Controller, kubernetes: list[datetime.datetime]
) -> None:
    controller.run("alga_talos_secrets")
    controller.run("alga_talos_config")
    kubernetes.append(datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2))
    controller.machine.set_faults(bootstrapped_elsewhere=True)
    result = controller.run("alga_talos_bootstrap")
    assert result["failed"] and "before the secrets" in result["msg"] and result["evidence"]["cluster_made"], result
    again = controller.run("alga_talos_bootstrap")
    assert again["failed"] and again["msg"] == result["msg"], "a second run takes it for nobody else's either"


def test_patience_with_a_clock_that_is_not_in_sync_ends_with_the_machines_reason(controller: Controller) -> None:
    controller.run("alga_talos_secrets")
    controller.run("alga_talos_config")
    controller.machine.set_faults(time_not_in_sync=True)
    result = controller.run("alga_talos_bootstrap", patience=2)
    assert result["failed"] and "time is not in sync" in result["msg"], result
    assert not controller.machine.look()["bootstrapped"]


def test_a_kill_after_any_call_is_finished_by_the_same_command(
    tmp_path: Path, kubeconfig: Path, kubernetes: list[datetime.datetime]
) -> None:
    """The machine holds back each answer, so that the kill falls between two calls."""
    with Simulator(tmp_path / "whole", kubeconfig=kubeconfig, boot_seconds=0.2) as machine:
        subprocess.run(Controller(tmp_path / "whole", machine).road(), check=True, capture_output=True)
        writing = [number for number, call in enumerate(machine.calls()) if call.writing]
        calls = len(machine.calls())
    assert len(writing) == 2 and calls > 20
    # Around each call that changes the machine, and now and then between those that read.
    instants = sorted({*range(0, calls, 6), *(number + beside for number in writing for beside in (-1, 0, 1))})
    killed = 0
    for number in instants:
        folder = tmp_path / str(number)
        with Simulator(folder / "disk", kubeconfig=kubeconfig, boot_seconds=0.2) as machine:
            controller = Controller(folder, machine)
            killed += killed_after(controller, number)
            made = (controller.folder / "secrets.yaml").read_bytes() if (controller.folder / "secrets.yaml").exists() else b""
            ended = subprocess.run(controller.road(), check=False, capture_output=True, text=True)
            assert ended.returncode == 0, (number, ended.stdout)
            assert not made or controller.kept()["secrets.yaml"] == made, "a kill never makes others"
            assert machine.look()["bootstrapped"] and controller.state() == "bootstrapped"
            assert machine.writing_calls().count("Bootstrap") <= 2, "the second asks what the first one did"
    assert killed > len(instants) * 3 // 4


def killed_after(controller: Controller, calls: int) -> bool:
    """Kill the controller, with everything that it started, when the machine has met so many calls; tells whether it struck."""
    controller.machine.set_faults(slow=0.05)
    process = subprocess.Popen(controller.road(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and len(controller.machine.calls()) <= calls:
        time.sleep(0.01)
    # Workers live in sessions of their own.
    struck = process.poll() is None and processes.kill(processes.family(process.pid)) > 0
    process.wait()
    controller.machine.clear_faults()
    return struck


def test_a_first_run_refuses_disks_that_an_earlier_installation_used(up: Controller, tmp_path: Path) -> None:
    wiped = up.run("alga_talos_reset", cluster=CLUSTER, labels=["STATE", "EPHEMERAL"], confirm=f"{CLUSTER}/{up.machine.address}")
    assert not wiped["failed"], wiped
    assert up.state() == "maintenance"
    up.machine.forget_calls()
    refused = up.run("alga_talos_config", storage_disk='disk.transport == "virtio"')
    assert not refused["failed"], "a directory on EPHEMERAL went with it, so nothing is left"


def test_a_user_volume_that_outlived_its_machine_is_nobodys_first_run(controller: Controller) -> None:
    disk = 'disk.transport == "virtio"'
    controller.run("alga_talos_secrets")
    controller.run("alga_talos_config", storage_disk=disk)
    controller.run("alga_talos_bootstrap")
    where = f"{CLUSTER}/{controller.machine.address}"
    unconfirmed = controller.run("alga_talos_reset", cluster=CLUSTER, labels=["STATE", "EPHEMERAL"])
    assert unconfirmed["failed"] and where in unconfirmed["msg"], unconfirmed
    controller.run("alga_talos_reset", cluster=CLUSTER, labels=["STATE", "EPHEMERAL"], confirm=where)
    controller.machine.forget_calls()
    refused = controller.run("alga_talos_config", storage_disk=disk)
    assert refused["failed"] and refused["evidence"]["partitions"] == ["u-alga-data"], refused
    lost = controller.run("alga_talos_config", storage_disk=disk, mode="recover")
    assert lost["failed"] and CLUSTER in lost["msg"] and "u-alga-data" in lost["msg"], lost
    assert controller.machine.writing_calls() == []
    back = controller.run("alga_talos_config", storage_disk=disk, mode="recover", confirm=CLUSTER)
    assert not back["failed"], back
    assert controller.state() == "configured"


def test_recovery_never_bootstraps_by_itself(up: Controller) -> None:
    up.machine.wipe_ephemeral()
    up.machine.forget_calls()
    refused = up.run("alga_talos_bootstrap", mode="recover")
    assert refused["failed"] and "orphaned" in refused["msg"], refused
    assert up.machine.writing_calls() == []
    assert not up.run("alga_talos_bootstrap", mode="recover", confirm=CLUSTER)["failed"]


@pytest.mark.parametrize("mode", ["no-reboot", "staged", "reboot"])
def test_what_needs_a_boot_is_refused_staged_or_booted_as_it_was_asked(up: Controller, mode: str) -> None:
    patches = [{"machine": {"files": [{"path": "/var/x", "op": "create", "permissions": 0o644, "content": "canary"}]}}]
    options: dict[str, Any] = {"patches": patches, "apply_mode": mode, "mode": "recover"}
    boot = up.machine.look()["boot_id"]
    predicted = up.run("alga_talos_config", "--check", "--diff", **options)
    assert predicted["evidence"]["reboot_required"] and predicted["changed"], predicted
    assert up.machine.writing_calls() == [] and "canary" not in json.dumps(predicted)
    result = up.run("alga_talos_config", **options)
    booted = up.machine.look()["boot_id"] != boot
    if mode == "no-reboot":
        assert result["failed"] and "alga_talos_apply_mode" in result["msg"] and up.machine.writing_calls() == []
    else:
        assert not result["failed"] and booted == (mode == "reboot"), result
    assert up.run("alga_talos_config", "--check", **options)["changed"] is not booted


def test_talos_is_upgraded_one_minor_version_at_a_time(up: Controller) -> None:
    image = "ghcr.io/siderolabs/installer:{}"
    options = {"cluster": CLUSTER, "confirm": CLUSTER, "patience": PATIENCE}
    for wanted, why in (("v1.12.4", "going back"), ("v1.15.0", "each minor version"), ("latest", "no version")):
        refused = up.run("alga_talos_upgrade", image=image.format(wanted), **options)
        assert refused["failed"] and why in refused["msg"], refused
    assert up.run("alga_talos_upgrade", image=image.format("v1.13.0"), **options)["changed"] is False
    assert up.run("alga_talos_upgrade", "--check", image=image.format("v1.14.1"), **options)["changed"]
    assert up.machine.writing_calls() == []
    result = up.run("alga_talos_upgrade", image=image.format("v1.14.1"), **options)
    assert not result["failed"], result
    assert up.machine.look()["version"] == "v1.14.1"


def test_what_describes_a_machine_is_for_the_operators_own_recipients(up: Controller, tmp_path: Path) -> None:
    identity = tmp_path / "identity"
    made = subprocess.run([os.environ["AGE_KEYGEN"], "-o", str(identity)], capture_output=True, text=True, check=True)
    recipient = made.stderr.partition("Public key: ")[2].strip()
    plain, encrypted = tmp_path / "plain.zip", tmp_path / "encrypted.age"
    assert up.run("alga_talos_support", "--check", file=str(plain))["changed"] and not plain.exists()
    assert not up.run("alga_talos_support", file=str(plain))["failed"]
    assert zipfile.is_zipfile(plain) and stat.S_IMODE(plain.stat().st_mode) == 0o600
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(os.environ['AGE']).parent}:{os.environ['PATH']}")
        assert not up.run("alga_talos_support", file=str(encrypted), recipients=[recipient])["failed"]
    opened = subprocess.run(
        [os.environ["AGE"], "--decrypt", "--identity", str(identity), str(encrypted)], capture_output=True, check=True
    )
    assert zipfile.is_zipfile(io.BytesIO(opened.stdout)) and not zipfile.is_zipfile(encrypted)
    again = up.run("alga_talos_support", file=str(encrypted))
    assert again["failed"] and "alga_talos_support_file" in again["msg"]
    assert up.machine.writing_calls() == []

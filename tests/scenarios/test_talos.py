# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole road on a real machine: maintenance mode, fresh.yml, an application that answers, and recover.yml over and over.

The machine is Talos in a container (tests/appliance/talos_machine): its own PKI, etcd, kubelet and static pods, and the
provisioner that its configuration brings. A power cut and the recovery from it are shown by `make appliance`.
"""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core.storage import local_path
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_config import DATA_PATH
from ansible_collections.alga.appliance.tests.appliance.node import versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.talos_machine.site import CLUSTER, variables
from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, NAMESPACE, ROWS, Appliance
from ansible_collections.alga.appliance.tests.talos import journal
from ansible_collections.alga.appliance.tests.talos.real_machine import RealMachine, client, place

CONFIRMED = {"alga_confirm": CLUSTER}
# Beside the machines of `make appliance` and `make talos`, which may run at the same time.
NUMBER = 16
# Somebody who keeps a file on a volume of the machine's StorageClass.
CLAIM_OF_A_WRITER = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "claim"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": local_path.STORAGE_CLASS,
        "resources": {"requests": {"storage": "1Mi"}},
    },
}
WRITER = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "writer"},
    "spec": {
        "restartPolicy": "Never",
        "containers": [
            {
                "name": "writer",
                "image": local_path.HELPER_IMAGE,
                "command": ["sh", "-c", "echo kept > /data/file"],
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }
        ],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "claim"}}],
    },
}


@pytest.fixture(scope="module")
def machine() -> Iterator[RealMachine]:
    """A machine without a configuration."""
    made = RealMachine(place(NUMBER))
    made.make_bare()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def bare(machine: RealMachine, tmp_path_factory: pytest.TempPathFactory) -> Appliance:
    """An appliance whose machine has no configuration."""
    folder = tmp_path_factory.mktemp("bare")
    described = variables(machine.place, folder)
    canary = {"machine": {"env": {"CANARY": "canary-of-a-patch"}}}
    made = Appliance(folder, {**described, "alga_talos_patches": [*described["alga_talos_patches"], canary]})
    made.kubeconfig = described["alga_kubeconfig"]
    return made


def folder(appliance: Appliance) -> Path:
    return Path(appliance.variables["alga_talos_folder"])


def writing(machine: RealMachine, appliance: Appliance) -> list[str]:
    """What changed the machine since it was switched on, by its own log."""
    return [request.name for request in journal.requests(machine, folder(appliance) / "talosconfig") if request.writes]


def kept(appliance: Appliance) -> dict[str, bytes]:
    """What opens the machine and the cluster, byte by byte."""
    files = [*sorted(folder(appliance).iterdir()), Path(appliance.variables["alga_kubeconfig"])]
    return {file.name: file.read_bytes() for file in files}


def directories(machine: RealMachine) -> list[str]:
    """The directories of the appliance's volumes, as the machine names them."""
    place_of_volumes = f"{DATA_PATH}/local-path-provisioner"
    return sorted(f"{place_of_volumes}/{found.name}" for found in machine.seen(place_of_volumes).glob(f"*_{NAMESPACE}_*"))


def values(content: t.Any) -> Iterator[str]:
    if isinstance(content, dict):
        for item in content.values():
            yield from values(item)
    else:
        yield str(content)


def test_check_mode_on_a_bare_machine_says_what_would_be_done(bare: Appliance) -> None:
    outcome = bare.playbook("fresh", "--check", "--diff")
    assert (outcome.code, outcome.changed) == (0, 4), outcome.output
    assert "it is maintenance" in outcome.output
    assert not folder(bare).exists() and not Path(bare.variables["alga_kubeconfig"]).exists()
    status = bare.playbook("status")
    assert (status.code, status.changed) == (0, 0) and "Run fresh.yml" in status.output, status.output


def test_fresh_begins_at_the_bare_machine_and_ends_with_the_application(machine: RealMachine, bare: Appliance) -> None:
    with journal.followed(machine, folder(bare) / "talosconfig"):
        outcome = bare.playbook("fresh", "-vvv", "--diff")
    assert outcome.code == 0, outcome.output
    assert writing(machine, bare) == ["ApplyConfiguration", "Bootstrap"], "the check before it wrote nothing"
    assert bare.rows() == ROWS
    opening = [*folder(bare).iterdir(), Path(bare.variables["alga_kubeconfig"])]
    assert {stat.S_IMODE(file.stat().st_mode) for file in opening} == {0o600}
    assert stat.S_IMODE(folder(bare).stat().st_mode) == 0o700
    bundle = yaml.safe_load((folder(bare) / "secrets.yaml").read_text())
    assert [value for value in (*values(bundle), "canary-of-a-patch") if value in outcome.output] == []


def test_the_configurations_provisioner_makes_a_volume_that_outlives_its_claim_f38_f42(
    machine: RealMachine, bare: Appliance
) -> None:
    assert local_path.VERSION == versions.LOCAL_PATH_PROVISIONER, "it is of the version that is built here"
    volumes = json.loads(bare.kubectl("get", "persistentvolumes", "-o", "json"))["items"]
    assert len(volumes) == len(directories(machine)) == 3, "those of the appliance"
    makers = {volume["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"] for volume in volumes}
    assert makers == {item["provisioner"] for item in local_path.objects() if item["kind"] == "StorageClass"}

    def status(kind: str, name: str) -> str:
        return bare.kubectl("--namespace=default", "get", kind, name, "--output=jsonpath={.status.phase}")

    try:
        for item in (CLAIM_OF_A_WRITER, WRITER):
            bare.kubectl("--namespace=default", "create", "-f", "-", stdin=json.dumps(item))
        wait_for("the writer", lambda: None if status("pod", "writer") == "Succeeded" else status("pod", "writer"), seconds=120)
        name = bare.kubectl("--namespace=default", "get", "pvc", "claim", "--output=jsonpath={.spec.volumeName}")
    finally:
        bare.kubectl("--namespace=default", "delete", "--ignore-not-found", "pod/writer", "pvc/claim")
    wait_for("its volume to be released", lambda: None if status("pv", name) == "Released" else status("pv", name), seconds=60)
    file = machine.seen(f"{DATA_PATH}/local-path-provisioner/{name}_default_claim/file")
    assert file.read_text() == "kept\n"
    bare.kubectl("delete", "pv", name)


def test_a_second_and_a_third_run_change_nothing_on_the_machine(machine: RealMachine, bare: Appliance) -> None:
    before, written = kept(bare), writing(machine, bare)
    loud, quiet = bare.playbook("recover", "-vvv", "--diff"), bare.playbook("recover")
    for outcome in (loud, quiet):
        assert (outcome.code, outcome.changed) == (0, 0), outcome.output
    assert len(quiet.output.splitlines()) < 90
    assert bare.playbook("recover", "--check").changed == 0
    assert bare.playbook("fresh").failed == 1, "there is an appliance"
    assert writing(machine, bare) == written and kept(bare) == before


def test_a_drifted_configuration_is_shown_in_check_mode_and_converged(machine: RealMachine, bare: Appliance) -> None:
    patches = [*bare.variables["alga_talos_patches"], {"machine": {"sysctls": {"net.ipv4.ip_default_ttl": "65"}}}]
    before = writing(machine, bare)
    shown = bare.playbook("recover", "--check", "--diff", alga_talos_patches=patches)
    assert (shown.code, shown.changed) == (0, 1), shown.output
    assert "machine.sysctls.net.ipv4.ip_default_ttl: (absent) -> '65'" in shown.output, shown.output
    assert writing(machine, bare) == before
    applied = bare.playbook("recover", alga_talos_patches=patches)
    assert (applied.code, applied.changed) == (0, 1), applied.output
    assert writing(machine, bare) == [*before, "ApplyConfiguration"]
    assert bare.playbook("recover", alga_talos_patches=patches).changed == 0
    bare.variables["alga_talos_patches"] = patches


def test_a_machine_of_another_authority_keeps_everything_f47(machine: RealMachine, bare: Appliance, tmp_path: Path) -> None:
    other = tmp_path / "talos"
    other.mkdir(mode=0o700)
    argv = [str(client()), "gen", "secrets", "--output-file", str(other / "secrets.yaml")]
    subprocess.run(argv, check=True, capture_output=True)
    before = writing(machine, bare)
    for name in ("recover", "fresh"):
        outcome = bare.playbook(name, alga_talos_folder=str(other))
        assert outcome.failed == 1 and "would lock everybody out" in outcome.message, outcome.output
    assert writing(machine, bare) == before


def test_orphaned_data_is_named_and_comes_back_and_is_never_a_fresh_start(
    machine: RealMachine, bare: Appliance, tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse battery staple")
    escrow = {"alga_escrow": {"file": str(tmp_path / "copy"), "vault_password_file": str(password)}}
    assert bare.playbook("recover", **escrow).code == 0
    before, roles, identifier, left = kept(bare), bare.roles(), bare.identifier(), directories(machine)
    machine.cut_power()
    shutil.rmtree(machine.seen("/var/lib/etcd"))
    machine.switch_on()

    for name in ("recover", "status"):
        outcome = bare.playbook(name, **escrow)
        assert "its etcd has no data" in outcome.output or "etcd of the machine" in outcome.output, outcome.output
    refused = bare.playbook("recover", **escrow)
    assert refused.failed == 1 and "orphaned" in refused.message and "--recover-from" in refused.message, refused.output
    assert writing(machine, bare) == []
    found = bare.playbook("recover", **escrow, **CONFIRMED)
    assert found.failed == 1, found.output
    assert writing(machine, bare) == ["Bootstrap"]
    assert all(path in found.message for path in left if "postgres" in path), found.message
    assert bare.playbook("fresh", **escrow).failed == 1
    assert directories(machine) == left, "the volume outlived etcd"

    rebound = bare.playbook("rebind_volumes", **escrow, alga_confirm=f"{NAMESPACE}/{CLAIM}")
    assert rebound.code == 0 and "rescue_credentials.yml" in rebound.output, rebound.output
    rescued = bare.playbook("rescue_credentials", **escrow, alga_confirm=f"{NAMESPACE}/db-credentials")
    assert rescued.code == 0, rescued.output
    back = bare.playbook("recover", **escrow)
    assert back.code == 0, back.output
    assert (bare.rows(), bare.roles(), bare.identifier()) == (ROWS, roles, identifier)
    after = kept(bare)
    assert {name: after[name] for name in ("secrets.yaml", "talosconfig")} == {
        name: before[name] for name in ("secrets.yaml", "talosconfig")
    }

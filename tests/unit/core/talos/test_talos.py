# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine that runs Talos: states, secrets, configuration, wipes and versions, over everything that can be seen."""

from __future__ import annotations

import dataclasses
import itertools
import json
import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance import talos_settings
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import effective
from ansible_collections.alga.appliance.plugins.module_utils._core.states import TalosState
from ansible_collections.alga.appliance.plugins.module_utils._core.storage import local_path
from ansible_collections.alga.appliance.plugins.module_utils._core.talos import talos_config, talos_secrets, talos_wipe
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import (
    Door,
    EtcdData,
    Machine,
    classify,
    describe,
    passing,
    takes_configuration,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_config import Hider, differences
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_health import Cluster, Health, Node
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_kubernetes import Kubernetes, parts
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_secrets import Copy, Decision, Seen
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_version import refusal, same, version_of
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_wipe import Outcome

RUNS, WAITS = {"etcd": (True, True)}, {"kubelet": (True, True)}
EMPTY, PRESENT = EtcdData.EMPTY, EtcdData.PRESENT
STAGES = (
    "",
    "unknown",
    "booting",
    "installing",
    "maintenance",
    "running",
    "rebooting",
    "shutting down",
    "resetting",
    "upgrading",
)


@pytest.mark.parametrize(
    ("machine", "state"),
    [
        (Machine(Door.CLOSED, "Connection refused"), TalosState.UNREACHABLE),
        (Machine(Door.STRANGE, "WRONG_VERSION_NUMBER"), TalosState.UNKNOWN),
        (Machine(Door.OTHER), TalosState.CONFIGURED_WITH_OTHER_PKI),
        (Machine(Door.OPEN, stage="maintenance"), TalosState.MAINTENANCE),
        (Machine(Door.OPEN, stage="running"), TalosState.UNKNOWN),
        (Machine(Door.OPEN), TalosState.BOOTING),
        (Machine(Door.OPEN, stage="installing"), TalosState.BOOTING),
        (Machine(Door.OPEN, stage="another"), TalosState.UNKNOWN),
        (Machine(Door.OPEN, "connection reset by peer"), TalosState.UNKNOWN),
        (Machine(Door.OURS, "no answer", stage="booting", etcd_data=EMPTY), TalosState.UNKNOWN),
        (Machine(Door.OURS), TalosState.BOOTING),
        (Machine(Door.OURS, stage="maintenance"), TalosState.BOOTING),
        (Machine(Door.OURS, stage="installing"), TalosState.BOOTING),
        (Machine(Door.OURS, stage="rebooting", etcd_data=EMPTY), TalosState.BOOTING),
        (Machine(Door.OURS, stage="resetting", services=RUNS), TalosState.BOOTING),
        (Machine(Door.OURS, stage="upgrading"), TalosState.UPGRADING),
        (Machine(Door.OURS, stage="another", services=RUNS), TalosState.UNKNOWN),
        # A machine before its bootstrap stays in stage "booting" for ever.
        (Machine(Door.OURS, stage="booting", services=WAITS, etcd_data=EMPTY), TalosState.CONFIGURED),
        (Machine(Door.OURS, stage="booting", services=WAITS, etcd_data=PRESENT), TalosState.BOOTING),
        (Machine(Door.OURS, stage="booting", services=WAITS), TalosState.BOOTING),
        # Kubernetes is down, and etcd is not.
        (Machine(Door.OURS, stage="booting", services=RUNS), TalosState.BOOTSTRAPPED),
        (Machine(Door.OURS, stage="running", services=RUNS), TalosState.BOOTSTRAPPED),
        # etcd crashes on a machine that had booted.
        (Machine(Door.OURS, stage="running", services=WAITS, etcd_data=PRESENT), TalosState.BOOTSTRAPPED),
        (Machine(Door.OURS, stage="running", services=WAITS, etcd_data=EMPTY), TalosState.CONFIGURED),
        (Machine(Door.OURS, stage="running", services=WAITS), TalosState.UNKNOWN),
    ],
)
def test_a_machine_is_in_one_state(machine: Machine, state: TalosState) -> None:
    assert classify(machine) is state
    message, _next = describe("192.0.2.10", "/folder", machine)
    assert "192.0.2.10" in message and "{" not in message + _next


def machines() -> t.Iterator[Machine]:
    """Every combination of what can be seen of a machine."""
    for door, why, stage, services, data in itertools.product(Door, ("", "reset"), STAGES, ({}, RUNS, WAITS), EtcdData):
        yield Machine(door, why, stage, services=services, etcd_data=data)


def test_only_what_was_seen_makes_a_state_that_is_acted_on() -> None:
    found = {state: [machine for machine in machines() if classify(machine) is state] for state in TalosState}
    assert all(found.values()), "otherwise nothing was looked at"
    for machine in found[TalosState.MAINTENANCE]:
        assert (machine.door, machine.why, machine.stage) == (Door.OPEN, "", "maintenance")
    for machine in found[TalosState.CONFIGURED] + found[TalosState.BOOTSTRAPPED]:
        assert (machine.door, machine.why) == (Door.OURS, "") and machine.stage in ("booting", "running")


def test_a_machine_whose_etcd_may_have_data_is_never_taken_for_one_without() -> None:
    for machine in machines():
        if classify(machine) is TalosState.CONFIGURED:
            assert machine.etcd_data is EMPTY and not machine.etcd_runs


def test_what_only_a_bootstrap_ends_is_not_waited_for() -> None:
    for machine in machines():
        if passing(machine):
            assert classify(machine) not in (TalosState.CONFIGURED, TalosState.BOOTSTRAPPED, TalosState.MAINTENANCE)
    assert passing(Machine(Door.OURS, "connection reset by peer")) and not passing(Machine(Door.CLOSED, "Connection refused"))


def test_only_a_machine_that_serves_our_configuration_takes_another() -> None:
    taking = [machine for machine in machines() if takes_configuration(machine)]
    assert {machine.stage for machine in taking} == {"booting", "running"}
    assert {(machine.door, machine.why) for machine in taking} == {(Door.OURS, "")}


def test_a_machine_that_boots_says_what_it_waits_for() -> None:
    machine = Machine(Door.OURS, stage="booting", unmet={"services": "etcd not running", "time": "time is not synced"})
    assert "(stage booting; services: etcd not running; time: time is not synced)" in describe("192.0.2.10", "/f", machine)[0]


def every() -> t.Iterator[Seen]:
    """Every combination of what can be seen of the secrets."""
    for present, lacks, opens, copy, state in itertools.product((True, False), ((), ("certs",)), (True, False), Copy, TalosState):
        yield Seen(present, lacks, opens, copy, state)


def test_secrets_are_made_only_where_nothing_can_have_others_f47() -> None:
    made = [seen for seen in every() if talos_secrets.decide(seen)[0] is Decision.GENERATE]
    assert made, "otherwise nothing was looked at"
    for seen in made:
        assert not seen.present and not seen.opens and seen.copy is Copy.ABSENT and seen.state is TalosState.MAINTENANCE


def test_secrets_that_are_there_are_kept_or_refused_and_never_replaced() -> None:
    for seen in every():
        decision, why = talos_secrets.decide(seen)
        if seen.present:
            assert decision in (Decision.KEEP, Decision.REFUSE)
        if decision is Decision.RESTORE:
            assert not seen.present and seen.copy is Copy.READABLE and not seen.lacking
        if seen.state is TalosState.CONFIGURED_WITH_OTHER_PKI:
            assert decision is Decision.REFUSE
        assert bool(why) is (decision is Decision.REFUSE)


def bundle() -> dict[str, t.Any]:
    """A whole bundle; its values are canaries."""
    made: dict[str, t.Any] = {}
    for number, path in enumerate(talos_secrets.KEYS):
        below = made
        for key in path[:-1]:
            below = below.setdefault(key, {})
        below[path[-1]] = f"canary-{number}"
    return made


def test_each_key_of_a_bundle_is_missed() -> None:
    assert talos_secrets.lacking(bundle()) == []
    for path in talos_secrets.KEYS:
        partial = bundle()
        below = partial
        for key in path[:-1]:
            below = below[key]
        for value in ("", " ", None, 7):
            below[path[-1]] = value
            assert talos_secrets.lacking(partial) == [".".join(path)]
    others: list[t.Any] = [None, "text", [], 7]
    for other in others:
        assert len(talos_secrets.lacking(other)) == len(talos_secrets.KEYS) and talos_secrets.authority(other) == ""


leaves = st.one_of(st.integers(), st.booleans(), st.text(max_size=20), st.sampled_from(sorted(talos_secrets.values(bundle()))))
documents = st.recursive(
    leaves,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=8), below, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), documents, max_size=4),
    st.dictionaries(st.text(min_size=1, max_size=8), documents),
)
def test_no_difference_shows_a_secret(running: dict[str, t.Any], wanted: dict[str, t.Any]) -> None:
    found = differences([running], [wanted], Hider(b"key", talos_secrets.values(bundle())))
    assert [each for each in found if "canary-" in each.running + each.wanted] == []


@given(st.dictionaries(st.text(min_size=1, max_size=8), documents, max_size=4))
def test_a_configuration_does_not_differ_from_itself(document: dict[str, t.Any]) -> None:
    again = yaml.safe_load(yaml.safe_dump(document, sort_keys=True))
    assert differences([document, {"kind": "A"}], [{"kind": "A"}, again], Hider(b"key", frozenset())) == []


@pytest.mark.parametrize(
    "path",
    [
        "machine.token",
        "machine.ca.key",
        "cluster.aescbcEncryptionSecret",
        "machine.files.0.content",
        "cluster.inlineManifests.0.contents",
        "machine.registries.config.x.auth.password",
        "machine.env.PROXY",
        "cluster.externalCloudProvider.headers.x",
        "machine.network.interfaces.0.wireguard.privateKey",
        "machine.systemDiskEncryption.state.keys.0.static.passphrase",
    ],
)
def test_what_talos_keeps_secrets_under_is_never_shown(path: str) -> None:
    shown = Hider(b"key", frozenset()).show(path.split("."), "canary")
    assert "canary" not in shown and "fingerprint" in shown
    assert Hider(b"key", frozenset()).show(path.split("."), "other") != shown, "and yet it is seen to differ"


def test_what_differs_is_shown_by_its_path() -> None:
    running: list[t.Any] = [
        {"machine": {"sysctls": {"a": "1"}, "gone": True}},
        {"kind": "UserVolumeConfig", "name": "x", "minSize": "1GB"},
    ]
    wanted: list[t.Any] = [{"kind": "UserVolumeConfig", "name": "x", "minSize": "2GB"}, {"machine": {"sysctls": {"a": "2"}}}]
    found = {each.path: (each.running, each.wanted) for each in differences(running, wanted, Hider(b"key", frozenset()))}
    assert found == {
        "v1alpha1.machine.sysctls.a": ("'1'", "'2'"),
        "v1alpha1.machine.gone": ("True", "(absent)"),
        "UserVolumeConfig x.minSize": ("'1GB'", "'2GB'"),
    }


def test_a_configuration_keeps_what_it_installed() -> None:
    main = {
        "machine": {"kubelet": {"image": "ghcr.io/x/kubelet:v1.36.0@sha256:1"}, "install": {"image": "h:5000/installer:v1.13.0"}}
    }
    assert talos_config.kept([{"kind": "A"}, main]) == [{"machine": {"kubelet": main["machine"]["kubelet"]}}]
    assert talos_config.installer_of([{"kind": "A"}, main]) == "h:5000/installer:v1.13.0"
    assert talos_config.kept([{"kind": "A"}]) == talos_config.kept([]) == []
    assert talos_config.installer_of([{"kind": "A"}]) == ""


def test_a_half_done_upgrade_of_kubernetes_stays_as_it_is() -> None:
    images = {"apiServer": {"image": "h/kube-apiserver:v1.36.0"}, "proxy": {"image": "h/kube-proxy:v1.35.2"}}
    main = {"cluster": {**images, "id": "x"}, "machine": {"kubelet": {"image": "h/kubelet:v1.35.2-slim", "args": []}}}
    assert talos_config.kept([main]) == [{"cluster": images, "machine": {"kubelet": {"image": "h/kubelet:v1.35.2-slim"}}}]
    found = parts([main])
    assert (found["kube-apiserver"], found["kube-proxy"], found["kubelet"]) == ("v1.36.0", "v1.35.2", "v1.35.2")
    assert found["kube-scheduler"] == ""


def test_the_documents_of_a_newer_configuration_keep_their_images() -> None:
    documents: list[dict[str, t.Any]] = [
        {"machine": {"type": "controlplane"}, "cluster": {"etcd": {"image": "h/etcd:v3.7.0", "ca": {}}}},
        {"apiVersion": "v1alpha1", "kind": "KubeAPIServerConfig", "image": "h/kube-apiserver:v1.37.0", "certExtraSANs": []},
        {"apiVersion": "v1alpha1", "kind": "KubeletConfig", "image": "h/kubelet:v1.36.2"},
        {"apiVersion": "v1alpha1", "kind": "KubeCoreDNSConfig", "enabled": True},
        {"apiVersion": "v1alpha1", "kind": "UnattendedInstallConfig", "installer": {"image": "h/installer:v1.14.1"}},
    ]
    assert talos_config.installer_of(documents) == "h/installer:v1.14.1"
    assert talos_config.kept(documents) == [
        {"cluster": {"etcd": {"image": "h/etcd:v3.7.0"}}},
        {"apiVersion": "v1alpha1", "kind": "KubeAPIServerConfig", "image": "h/kube-apiserver:v1.37.0"},
        {"apiVersion": "v1alpha1", "kind": "KubeletConfig", "image": "h/kubelet:v1.36.2"},
    ]
    found = parts(documents)
    assert (found["kube-apiserver"], found["kubelet"], found["kube-proxy"]) == ("v1.37.0", "v1.36.2", "")


WHOLE_FORM: list[dict[str, t.Any]] = [{"machine": {"kubelet": {}}}, {"kind": "HostnameConfig"}]
DOCUMENT_FORM: list[dict[str, t.Any]] = [{"machine": {}}, {"kind": "KubeNodeConfig"}]


@pytest.mark.parametrize(
    ("running", "versions", "wanted"),
    [
        ([], ["v1.13.0", "", "v1.14.1"], "v1.13.0"),
        ([], ["v1.14.1", "v1.13.4", "v1.14.1"], "v1.13.4"),
        ([], ["", "", "v1.14.1"], "v1.14.1"),
        (WHOLE_FORM, ["v1.14.1"], "v1.13"),
        (WHOLE_FORM, ["v1.12.3"], "v1.12.3"),
        (WHOLE_FORM, [""], "v1.13"),
        (DOCUMENT_FORM, ["v1.14.1"], "v1.14.1"),
    ],
)
def test_a_configuration_is_written_for_whoever_reads_it(running: list[t.Any], versions: list[str], wanted: str) -> None:
    assert talos_config.contract(running, versions) == wanted
    assert ("kind" in talos_config.alone(wanted)) is (wanted == "v1.14.1")


def test_the_data_volume_is_a_partition_where_a_disk_is_named() -> None:
    assert talos_config.volume("")["volumeType"] == "directory"
    assert talos_config.volume("disk.rotational")["provisioning"]["diskSelector"] == {"match": "disk.rotational"}


def test_the_provisioner_keeps_what_lies_on_the_data_volume_f38() -> None:
    found = {item["kind"]: item for item in local_path.objects()}
    assert found["StorageClass"]["reclaimPolicy"] == "Retain" and found["StorageClass"]["metadata"]["name"] == "local-path"
    paths = json.loads(found["ConfigMap"]["data"]["config.json"])["nodePathMap"][0]["paths"]
    assert paths == ["/var/mnt/alga-data/local-path-provisioner"]
    assert found["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    manifest = local_path.patch("1.2.3")["cluster"]["inlineManifests"][0]["contents"]
    assert list(yaml.safe_load_all(manifest)) == local_path.objects("1.2.3")
    image = local_path.objects("1.2.3")[-2]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "docker.io/rancher/local-path-provisioner:v1.2.3"


STATE, EPHEMERAL, ETCD, DATA = "STATE", "EPHEMERAL", "ETCD", "u-alga-data"


@pytest.mark.parametrize(
    ("labels", "left"),
    [
        ([STATE], Outcome.MAINTENANCE),
        ([STATE, EPHEMERAL, DATA], Outcome.MAINTENANCE),
        ([EPHEMERAL], Outcome.ORPHANED_DATA),
        ([ETCD], Outcome.ORPHANED_DATA),
        ([EPHEMERAL, DATA], Outcome.EMPTY),
        ([DATA], Outcome.DATA_LOST),
        (["u-other"], Outcome.NOTHING),
    ],
)
def test_the_wipe_matrix(labels: list[str], left: Outcome) -> None:
    assert talos_wipe.wrong(labels) == [] and talos_wipe.outcome(labels) is left


def test_a_wipe_without_labels_or_with_unknown_ones_is_refused() -> None:
    assert len(talos_wipe.wrong([])) == 1 and len(talos_wipe.wrong(["META", "u-", "state"])) == 3


def test_what_an_earlier_installation_left_is_found_by_its_labels() -> None:
    volumes: dict[str, dict[str, t.Any]] = {
        "a": {"partition_label": "EFI"},
        "b": {"partition_label": "u-alga-data"},
        "c": {"partition_label": "STATE"},
        "d": {},
        "e": {"partition_label": "r-raw", "type": "partition"},
        # What a blank machine lists as well, and a host of one that is a container.
        "vda": {"type": "disk", "dev_path": "/dev/vda", "size": 1, "partition_label": ""},
        "loop0": {"type": "disk", "name": "squashfs", "label": "STATE"},
        "dm-0": {"type": "disk", "name": "xfs", "label": "u-alga-data"},
    }
    assert talos_wipe.earlier(volumes) == ["STATE", "r-raw", "u-alga-data"]


@pytest.mark.parametrize(
    ("running", "wanted", "why"),
    [
        ("v1.13.0", "v1.13.4", ""),
        ("v1.13.0", "v1.14.0", ""),
        ("v1.14.0-rc.1", "v1.14.0", ""),
        ("v1.13.0", "v1.13.0", ""),
        ("v1.13.4", "v1.13.0", "downgrades"),
        ("v1.14.0", "v1.14.0-rc.1", "downgrades"),
        ("v1.12.0", "v1.14.0", "minor"),
        ("v1.14.0", "v2.0.0", "minor"),
    ],
)
def test_talos_goes_to_the_next_minor_version_and_never_back(running: str, wanted: str, why: str) -> None:
    found = refusal("Talos", running, wanted)
    assert why in found and bool(found) is bool(why)


HALF = {"kube-apiserver": "v1.36.1", "kubelet": "v1.35.4"}


@pytest.mark.parametrize(
    ("change", "there", "obstacle"),
    [
        ({}, True, ""),
        ({"proxy": {}}, True, ""),
        ({"parts": HALF}, False, ""),
        ({"parts": {**HALF, "kube-scheduler": ""}}, False, ""),
        ({"nodes": {"a": "v1.35.4"}}, False, ""),
        ({"proxy": {"the DaemonSet kube-proxy": "v1.35.4"}}, False, ""),
        ({"nodes": {}}, False, "no node"),
        ({"waiting": ["a"]}, True, "not Ready: a"),
        ({"parts": {"kubelet": "v1.34.1"}}, False, "kubelet: it runs v1.34.1"),
        ({"parts": {"kube-apiserver": "v1.37.0"}}, False, "downgrades"),
        ({"nodes": {"a": "v1.36.1+k3s1"}}, False, "not a known version"),
    ],
)
def test_kubernetes_is_there_when_every_part_is(change: dict[str, t.Any], there: bool, obstacle: str) -> None:
    whole = {"parts": {"kubelet": "v1.36.1"}, "nodes": {"a": "v1.36.1"}, "proxy": {"the DaemonSet kube-proxy": "v1.36.1"}}
    seen = Kubernetes(**{**whole, "waiting": [], **change})
    assert seen.is_at("v1.36.1") is there
    assert obstacle in seen.obstacle("v1.36.1") and bool(obstacle) is bool(seen.obstacle("v1.36.1"))


def test_the_version_of_an_image_is_its_tag() -> None:
    assert version_of("ghcr.io/siderolabs/installer:v1.13.0@sha256:00") == "v1.13.0"
    assert [version_of(image) for image in ("installer", "h:5000/installer", "installer:latest", "installer@sha256:00")] == [
        ""
    ] * 4
    assert same("v1.13.0", "1.13.0") and not same("v1.13.0", "v1.13.0-rc.1")


NODE = Node("a", "v1.36.1", ready=True)
TAINTED = dataclasses.replace(NODE, taints=("node-role.kubernetes.io/control-plane",))
WHOLE = Health(
    Machine(Door.OURS, stage="running", services=RUNS),
    Cluster(nodes=[NODE]),
    True,
    {talos_config.DATA_PATH: True},
    ["192.0.2.53"],
)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, ""),
        ({"time_synced": None}, "clock"),
        ({"time_synced": False}, "clock"),
        ({"resolvers": []}, "DNS"),
        ({"mounts": {}}, "mounted"),
        ({"mounts": {talos_config.DATA_PATH: False}}, "writable"),
        ({"cluster": Cluster("refused")}, "refused"),
        ({"cluster": Cluster()}, "Ready"),
        ({"cluster": Cluster(nodes=[TAINTED])}, "control-plane"),
        ({"cluster": Cluster(nodes=[TAINTED, NODE])}, ""),
        ({"cluster": Cluster(nodes=[TAINTED, dataclasses.replace(NODE, ready=False)])}, "control-plane"),
        ({"cluster": Cluster(nodes=[NODE], lacks_class="local-path")}, "StorageClass local-path"),
        ({"machine": Machine(Door.CLOSED)}, "unreachable"),
        ({"machine": Machine(Door.OURS, stage="running", services={**RUNS, "cri": (False, None)})}, "cri"),
        ({"machine": Machine(Door.OURS, stage="running", services=RUNS, unmet={"nodes": "not ready"})}, "nodes"),
        ({"machine": Machine(Door.OURS, stage="booting", services=RUNS, unmet={"nodeReady": "not yet"})}, "nodeReady"),
        ({"machine": Machine(Door.OURS, stage="booting", services=WAITS, etcd_data=EMPTY)}, "configured"),
    ],
)
def test_health_says_what_is_missing(change: dict[str, t.Any], missing: str) -> None:
    lacks = Health(**{**WHOLE.__dict__, **change}).lacks()
    assert len(lacks) == bool(missing) and missing in "".join(lacks)


def test_a_machine_needs_what_would_be_a_guess_otherwise() -> None:
    given_ = {"alga_kubeconfig": "k", "alga_chart": "c", "alga_talos_node": "192.0.2.10"}
    _values, errors = effective("fresh", given_)
    assert sum("alga_talos_node is" in error for error in errors) == 3, errors
    whole = {**given_, "alga_talos_folder": "/f", "alga_talos_cluster": "c", "alga_talos_install_disk": "/dev/sda"}
    assert effective("fresh", whole)[1] == []
    assert len(effective("reset_talos", {"alga_kubeconfig": "k"})[1]) == 2
    wrong = {**whole, "alga_talos_patches": "a", "alga_talos_apply_mode": "now", "alga_talos_wipe": [1]}
    assert len(effective("recover", wrong)[1]) == 3
    assert set(talos_settings.MODES) == {"upgrade_talos", "upgrade_kubernetes", "reset_talos", "support_talos"}

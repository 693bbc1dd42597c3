# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine in a container: where it lives, what its host must have, and what is done only where the host lacks something."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import requirements as needs
from ansible_collections.alga.appliance.tests.appliance.node import versions
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.talos_machine import container, host, requirements, site
from ansible_collections.alga.appliance.tests.appliance.talos_machine.place import MACHINES, Place, from_environment


def test_machines_of_different_numbers_share_no_network_and_no_name() -> None:
    places = [Place(Path("/x"), number) for number in range(MACHINES)]
    networks = [network for place in places for network in (place.cable, place.pods, place.services)]
    assert len(set(networks)) == len(networks)
    assert len({place.name for place in places}) == len({place.interface for place in places}) == MACHINES
    assert all(len(place.interface) <= 15 for place in places), "Linux keeps 15 characters of an interface's name"


@pytest.mark.parametrize("text", ["64", "-1", "one", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(NodeError, match="ALGA_TALOS_NUMBER"):
        from_environment({"ALGA_TALOS_NUMBER": text})


def test_without_a_number_it_is_the_first_machine() -> None:
    assert from_environment({"ALGA_TALOS_NUMBER": ""}).number == from_environment({}).number == 0


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(container, "filter_program", lambda: tmp_path / "filter")
    return Place(tmp_path, 3)


@pytest.mark.parametrize(
    ("bounding", "unified", "applied"),
    [
        (~0, True, ()),
        (~0, False, ("filter",)),
        (~(1 << 24), True, ("filter", "map")),
        (~(1 << 24), False, ("filter", "map")),
    ],
)
def test_a_workaround_is_applied_only_where_the_host_needs_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, bounding: int, unified: bool, applied: tuple[str, ...]
) -> None:
    monkeypatch.setattr(host, "_bounding", lambda: bounding)
    monkeypatch.setattr(host, "has_unified_cgroups", lambda: unified)
    spec = json.loads(json.dumps(container._spec(place, Path("/root-of-talos"), Path("/run/netns/x"))))
    targets = [mount["destination"] for mount in spec["mounts"]]
    assert ("/usr/sbin/runc" in targets) is ("filter" in applied)
    assert (container._UID_MAP in targets) is ("map" in applied)
    assert (spec["process"]["args"] == ["/sbin/init"]) is ("map" not in applied)
    kubelet = site.patches(place)[0]["machine"]["kubelet"]["extraConfig"]
    assert ("failCgroupV1" in kubelet) is not unified
    assert ("CAP_SYS_RESOURCE" in spec["process"]["capabilities"]["bounding"]) is bool(bounding >> 24 & 1)


def test_only_a_machine_that_forgets_its_network_gets_a_plugin_that_writes_it_again(place: Place) -> None:
    usual, forgetful = (site.patches(place, version)[1]["cluster"] for version in (versions.TALOS, versions.TALOS_NEXT))
    assert "inlineManifests" not in usual
    (manifest,) = forgetful["inlineManifests"]
    pod = json.loads(manifest["contents"])["spec"]["template"]["spec"]
    assert json.dumps(container.pod_network(place)) in pod["initContainers"][0]["command"][-1]
    assert {"cluster": {"inlineManifests": [manifest]}} in site.documents(place), "the same, however the configuration is written"


def test_a_host_that_cannot_run_it_is_told_everything_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(needs, "_memory", lambda: 1 << 30)
    monkeypatch.setattr(requirements, "_shows", lambda _place, _word: False)
    with pytest.raises(NodeError) as raised:
        requirements.check(place, building=False)
    said = str(raised.value)
    assert said.startswith("This machine cannot run a Talos machine in a container. It needs:")
    for words in ("user id 1000", "aarch64", "4 GiB of memory", "overlay", "nf_tables", "/dev/kmsg"):
        assert words in said, words

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One machine as the options name it: waited for while it boots, and never longer than its timeout."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos.talosctl import TalosRefused
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.talos import talos_secrets
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos import talos_site
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_site import Site, TalosMachine
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit import complete_machine as machine
from ansible_collections.alga.appliance.tests.unit.conftest import Ports


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> list[Door]:
    """The door at each look; the last one stays."""
    seen = [Door.OURS]
    monkeypatch.setattr(talos_door, "look", lambda *_machine: (seen.pop(0) if len(seen) > 1 else seen[0], ""))
    return seen


def site(ports: Ports, tmp_path: Path, *, check_mode: bool = False, **answers: t.Any) -> Site[t.Any]:
    (tmp_path / talos_secrets.SECRETS_FILE).write_text("certs: {}")
    command = ports.command(there={**machine.bootstrapped(), **answers})
    options = read(TalosMachine, machine.options(str(tmp_path)))
    return Site(options, complete.run(check_mode=check_mode, command=command))


@pytest.mark.parametrize("check_mode", [False, True])
def test_one_that_boots_is_waited_for_and_looked_at_once_in_check_mode(
    ports: Ports, tmp_path: Path, doors: list[Door], check_mode: bool
) -> None:
    doors[:] = [Door.CLOSED, Door.CLOSED, Door.OURS]
    seen = site(ports, tmp_path, check_mode=check_mode).settled(1)
    assert seen.door is (Door.CLOSED if check_mode else Door.OURS)


def test_one_that_stays_away_is_named_with_what_to_check(ports: Ports, tmp_path: Path, doors: list[Door]) -> None:
    doors[:] = [Door.CLOSED]
    with pytest.raises(ActionFailed, match=r"alga_talos_node"):
        site(ports, tmp_path).settled(0)


@pytest.mark.parametrize(
    ("answer", "booted"), [((0, "b2\n", ""), True), ((0, "b1\n", ""), False), (machine.refused("Unavailable"), False)]
)
def test_another_boot_is_one_that_says_so(ports: Ports, tmp_path: Path, answer: t.Any, booted: bool) -> None:
    assert site(ports, tmp_path, **{"read /proc": answer}).booted_since("b1") is booted


def test_a_machine_that_refuses_is_not_one_that_boots(ports: Ports, tmp_path: Path) -> None:
    answers: dict[str, t.Any] = {"read /proc": machine.refused("PermissionDenied")}
    with pytest.raises(TalosRefused):
        site(ports, tmp_path, **answers).booted_since("b1")


def test_a_bundle_that_is_no_yaml_is_not_none_and_is_not_repeated(ports: Ports, tmp_path: Path) -> None:
    here = site(ports, tmp_path)
    here.secrets_file.write_text("key: [canary")
    with pytest.raises(ObservationFailed, match=r"YAML") as raised:
        here.secrets()
    assert "canary" not in raised.value.message and "alga_talos_folder" in raised.value.next_action


@pytest.mark.parametrize(
    ("node", "url"), [("192.0.2.1", "https://192.0.2.1:6443"), ("[2001:db8::1]:50001", "https://[2001:db8::1]:6443")]
)
def test_the_api_server_is_at_the_machines_own_address(node: str, url: str) -> None:
    assert talos_site.endpoint_of(node) == url

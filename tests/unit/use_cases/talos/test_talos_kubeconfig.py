# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kubeconfig is kept while it serves, written whole where it does not, and merged into nothing."""

from __future__ import annotations

import base64
import stat
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_kubeconfig import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit import complete_machine as machine
from ansible_collections.alga.appliance.tests.unit.conftest import Ports

AUTHORITY = machine.certificate()


def kubeconfig(authority: machine.Pair = AUTHORITY, *, days: int = 365) -> str:
    """One whose client certificate is of this authority."""
    client = machine.certificate(authority, days=days).certificate

    def coded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    content = {
        "clusters": [
            {
                "name": "c",
                "cluster": {"server": "https://192.0.2.10:6443", "certificate-authority-data": coded(AUTHORITY.certificate)},
            }
        ],
        "users": [{"name": "u", "user": {"client-certificate-data": coded(client), "client-key-data": "canary"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    return yaml.safe_dump(content)


class Asked:
    """The module on a machine that is bootstrapped, and whose API server has this authority or does not answer."""

    def __init__(self, ports: Ports, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.ports, self.folder, self.file = ports, folder, folder / "kubeconfig"
        self.door, self.issued = Door.OURS, True
        monkeypatch.setattr(talos_door, "look", lambda *_machine: (self.door, ""))
        monkeypatch.setattr(talos_door, "issued_by", self.issued_by)

    def issued_by(self, server: str, _authority: str) -> bool:
        assert server == "192.0.2.10:6443"
        if self.issued is None:
            raise ConnectionRefusedError
        return self.issued

    def perform(self, answer: t.Any = None, *, check_mode: bool = False, progress_timeout: float = 1) -> t.Any:
        there = {**machine.bootstrapped(), **({"kubeconfig -": answer} if answer else {})}
        command = self.ports.command(there=there)
        options = machine.options(str(self.folder), kubeconfig=str(self.file), progress_timeout=progress_timeout)
        return USE_CASE.answer(options, complete.run(check_mode=check_mode, command=command))


@pytest.fixture
def asked(ports: Ports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    return Asked(ports, monkeypatch, tmp_path)


def test_it_is_written_for_its_owner_alone_and_then_kept(asked: Asked) -> None:
    text = kubeconfig()
    result = asked.perform((0, text, ""))
    assert result["changed"] and asked.file.read_text() == text and stat.S_IMODE(asked.file.stat().st_mode) == 0o600
    assert complete.silent(result)
    assert not asked.perform()["changed"], "each new one is a certificate more that opens the cluster"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "kubeconfig with a certificate"),
        ("a: [canary", "kubeconfig with a certificate"),
        ("clusters: []", "kubeconfig with a certificate"),
        (kubeconfig(days=20), "certificate"),
        (kubeconfig(machine.certificate()), "authority"),
    ],
)
def test_what_does_not_serve_is_replaced_whole(asked: Asked, text: str, said: str) -> None:
    asked.file.write_text(text)
    result = asked.perform(check_mode=True)
    assert result["changed"] and said in result["msg"] and asked.file.read_text() == text, "check mode writes nothing"
    fresh = kubeconfig()
    asked.perform((0, fresh, ""))
    assert asked.file.read_text() == fresh


@pytest.mark.parametrize(("issued", "changed"), [(False, True), (None, False)])
def test_a_cluster_that_does_not_answer_says_nothing_about_the_file(asked: Asked, issued: t.Any, changed: bool) -> None:
    asked.file.write_text(kubeconfig())
    asked.issued = issued
    assert asked.perform(check_mode=True)["changed"] is changed


def test_a_machine_that_is_not_bootstrapped_gives_none(asked: Asked) -> None:
    asked.door = Door.OTHER
    assert asked.perform(check_mode=True)["changed"]
    with pytest.raises(Refused, match="Nothing was changed"):
        asked.perform()
    assert not asked.file.exists()


@pytest.mark.parametrize("code", ["Unavailable", "PermissionDenied"])
def test_a_machine_that_does_not_give_it_leaves_the_old_file(asked: Asked, code: str) -> None:
    asked.file.write_text("old")
    with pytest.raises(ApplianceError) as raised:
        asked.perform(machine.refused(code), progress_timeout=0)
    assert code in raised.value.message and asked.file.read_text() == "old"

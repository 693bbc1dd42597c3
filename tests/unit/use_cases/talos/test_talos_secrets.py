# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster's secrets: made for a machine that was seen without any, kept for good, and restored from their copy (F47)."""

from __future__ import annotations

import base64
import stat
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._adapters.talos import talos_door
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.talos import talos_secrets as core
from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos import Door
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.talos.talos_secrets import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit import complete_machine as machine
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import Output

AUTHORITY = machine.certificate()
ENCRYPTED = "-----BEGIN AGE ENCRYPTED FILE-----\n"
MAINTENANCE = {"get machinestatus": machine.resources(machine={"stage": "maintenance"})}


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def bundle(**changed: t.Any) -> str:
    """A whole bundle as talosctl makes it."""
    content: dict[str, t.Any] = {}
    for path in core.KEYS:
        inner = content
        for word in path[:-1]:
            inner = inner.setdefault(word, {})
        inner[path[-1]] = "canary"
    content["certs"]["os"]["crt"] = coded(AUTHORITY.certificate)
    return yaml.safe_dump({**content, **changed})


def talosconfig(days: int = 365) -> str:
    client = coded(machine.certificate(AUTHORITY, days=days).certificate)
    return yaml.safe_dump({"context": "workshop", "contexts": {"workshop": {"crt": client, "key": "canary", "ca": "x"}}})


class Asked:
    """The module with a folder, a machine and a copy."""

    def __init__(self, ports: Ports, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.ports, self.folder, self.copy = ports, folder / "talos", folder / "copy"
        self.door = Door.OURS
        self.secrets, self.opens = self.folder / core.SECRETS_FILE, self.folder / core.TALOSCONFIG_FILE
        monkeypatch.setattr(talos_door, "look", lambda *_machine: (self.door, ""))

    def has(self, secrets: str | None = None, opens: str | None = None) -> None:
        self.folder.mkdir(exist_ok=True)
        if secrets is not None:
            self.secrets.write_text(secrets)
        if opens is not None:
            self.opens.write_text(opens)

    def perform(self, answers: t.Any = None, *, check_mode: bool = False, copied: bool = False) -> t.Any:
        there = {**machine.bootstrapped(), **(MAINTENANCE if self.door is Door.OPEN else {}), **(answers or {})}
        escrow = {"file": str(self.copy), "recipients": ["age1x"], "identity_file": "id"} if copied else {}
        options = machine.options(str(self.folder), escrow=escrow)
        self.command = self.ports.command(there=there)
        result = USE_CASE.answer(options, complete.run(check_mode=check_mode, command=self.command))
        assert complete.silent(result, self.command.calls)
        return result


@pytest.fixture
def asked(ports: Ports, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    return Asked(ports, monkeypatch, tmp_path)


GENERATES = {"gen secrets": (0, bundle(), ""), "gen config": (0, talosconfig(), "")}


def test_a_machine_that_was_seen_without_any_gets_them_once(asked: Asked) -> None:
    asked.door = Door.OPEN
    assert asked.perform(check_mode=True)["decision"] == "generate" and not asked.folder.exists()
    result = asked.perform(GENERATES)
    assert (result["decision"], result["changed"]) == ("generate", True) and asked.secrets.read_text() == bundle()
    assert {stat.S_IMODE(file.stat().st_mode) for file in (asked.secrets, asked.opens)} == {0o600}
    asked.door = Door.OURS
    assert not asked.perform()["changed"]


@pytest.mark.parametrize("door", [Door.CLOSED, Door.OTHER, Door.STRANGE])
def test_a_machine_that_was_not_seen_may_have_others_f47(asked: Asked, door: Door) -> None:
    asked.door = door
    with pytest.raises(Refused, match="Nothing was changed"):
        asked.perform()
    assert not asked.folder.exists()


@pytest.mark.parametrize(
    ("secrets", "said"), [(bundle(secrets={}), "secrets.bootstraptoken"), ("a: 1", "cluster.id"), ("[]", "cluster.id")]
)
def test_a_bundle_that_lacks_something_is_never_filled_in(asked: Asked, secrets: str, said: str) -> None:
    asked.door = Door.OPEN
    asked.has(secrets, talosconfig())
    with pytest.raises(Refused, match=rf"they lack .*{said}"):
        asked.perform()
    assert asked.secrets.read_text() == secrets


def test_a_folder_that_opened_a_cluster_before_gets_no_new_secrets(asked: Asked) -> None:
    asked.door = Door.OPEN
    asked.has(opens=talosconfig())
    with pytest.raises(Refused, match=r"Restore secrets\.yaml"):
        asked.perform()


def test_what_is_lost_comes_back_from_the_copy_even_over_a_machine_without_any(asked: Asked) -> None:
    asked.door = Door.OPEN
    asked.copy.with_name("copy.talos").write_text(ENCRYPTED)
    answers = {"age --decrypt": (0, bundle(), ""), "age --encrypt": (0, ENCRYPTED, ""), "gen config": (0, talosconfig(), "")}
    assert asked.perform(answers, check_mode=True, copied=True)["decision"] == "restore" and not asked.secrets.exists()
    assert asked.perform(answers, copied=True)["decision"] == "restore" and asked.secrets.read_text() == bundle()


def test_a_certificate_that_ends_soon_is_made_anew_and_the_secrets_are_kept(asked: Asked) -> None:
    asked.has(bundle(), talosconfig(days=10))
    result = asked.perform({"gen config": (0, talosconfig(), "")})
    assert (result["decision"], result["changed"]) == ("keep", True) and asked.secrets.read_text() == bundle()
    assert machine.NODE in asked.opens.read_text()


def test_secrets_that_another_run_made_first_are_the_ones_that_count(asked: Asked) -> None:
    """Between the look and the file: its secrets are as good, and the machine may have them already."""
    asked.door = Door.OPEN
    others = bundle(cluster={"id": "canary-other", "secret": "canary"})
    script = asked.ports.command(there={**machine.bootstrapped(), **MAINTENANCE, **GENERATES})

    def faster(arguments: list[str], stdin: str, /, *, seconds: float | None = None) -> Output:
        if "secrets" in arguments:
            asked.has(others)
        return script(arguments, stdin, seconds=seconds)

    result = USE_CASE.answer(machine.options(str(asked.folder), escrow={}), complete.run(command=faster))
    assert result["decision"] == "keep" and asked.secrets.read_text() == others


def test_the_copy_is_written_once(asked: Asked) -> None:
    asked.has(bundle(), talosconfig())
    answers = {"age --decrypt": (0, bundle(), ""), "age --encrypt": (0, ENCRYPTED, "")}
    assert asked.perform(answers, copied=True)["changed"]
    assert not asked.perform(answers, copied=True)["changed"] and "age" not in " ".join(asked.command.calls)

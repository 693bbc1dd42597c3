# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each role alone, in a play of its own and on a host that has the variables which the role documents, and no others."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.tests.scenarios.appliance import ROOT, Appliance

RECAP = re.compile(r"^(\w+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
CONFIRM = f"msp/{names.CREDENTIALS_SECRET}"
# On an appliance that is complete there is nothing to do; a machine is no part of it.
QUIET = [
    *("preflight", "cluster", "lease", "credentials", "storage", "core", "bootstrap", "application", "verify"),
    *("initial_tenant", "credential_repair", "status"),
]
MODES = [f"{role}_mode=fresh" for role in ("preflight", "cluster", "lease", "credentials", "storage", "core", "bootstrap")]


class Played(t.NamedTuple):
    """What a run of many plays came to, and the counts of changes and failures by host."""

    output: str
    counts: dict[str, tuple[int, int]]


def documented(role: str, variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """Those of the variables that a role documents."""
    spec = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    return {name: value for name, value in variables.items() if name in spec}


def play(name: str, *roles: str, **more: t.Any) -> dict[str, t.Any]:
    """A play on a host of this name."""
    return {"name": name, "hosts": name, "gather_facts": False, "roles": [f"alga.appliance.{role}" for role in roles], **more}


@pytest.fixture(scope="module")
def played(fresh: Appliance, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One run with a play for each role, given modes that are nobody's variables any more."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "password").write_text("of this test alone")
    given = {
        **fresh.variables,
        "alga_confirm": CONFIRM,
        "alga_rotate_roles": ["hocuspocus_user"],
        "alga_support_file": str(folder / "support.tar.gz"),
        "alga_escrow": {"file": str(folder / "copy"), "vault_password_file": str(folder / "password")},
    }
    release = {"import_role": {"name": "alga.appliance.lease", "tasks_from": "release"}}
    acquire = {"import_role": {"name": "alga.appliance.lease", "tasks_from": "acquire"}}
    change = {"import_role": {"name": "alga.appliance.credentials"}}
    plays = [
        *(play(role, role, post_tasks=[release] if role == "lease" else []) for role in QUIET),
        play("under_the_lease", tasks=[{"block": [acquire, change], "always": [release]}]),
        play("escrow", "escrow"),
        play("support_bundle", "support_bundle"),
        play("credential_rotation", "credential_rotation"),
        play("anew", "credentials", module_defaults={"group/alga.appliance.mode": {"mode": "fresh"}}),
    ]
    alike = {"under_the_lease": "credentials", "anew": "credentials"}
    hosts = {each["name"]: documented(alike.get(each["name"], each["name"]), given) for each in plays}
    # Whoever names a mode is asked for all that the playbook of this mode needs.
    hosts["anew"] |= {name: given[name] for name in ("alga_chart", "alga_helm")}
    host = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (folder / "inventory.json").write_text(json.dumps({"alone": {"hosts": hosts, "vars": host}}))
    (folder / "plays.json").write_text(json.dumps(plays))
    modes = [word for mode in MODES for word in ("-e", mode)]
    command = ["ansible-playbook", "-i", str(folder / "inventory.json"), str(folder / "plays.json"), *modes]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    found = {host: (int(changed), int(failed)) for host, _ok, changed, _no, failed in RECAP.findall(ended.stdout)}
    return Played(ended.stdout + ended.stderr, found)


@pytest.mark.parametrize("role", [*QUIET, "under_the_lease"])
def test_a_role_alone_finds_nothing_to_do_on_a_complete_appliance(played: Played, role: str) -> None:
    assert played.counts.get(role) == (0, 0), played.output


def test_the_variables_are_checked_once_in_each_play(played: Played) -> None:
    plays = {told.partition("]")[0]: told for told in played.output.split("\nPLAY [")[1:]}
    counts = {name: told.count("TASK [alga.appliance.preflight : Check every variable") for name, told in plays.items()}
    assert set(counts.values()) == {1}, counts


@pytest.mark.parametrize("role", ["escrow", "support_bundle"])
def test_a_role_alone_writes_its_file(played: Played, role: str) -> None:
    assert played.counts.get(role) == (1, 0), played.output


def test_a_rotation_alone_gives_a_role_a_new_password(played: Played, fresh: Appliance) -> None:
    assert played.counts.get("credential_rotation") == (1, 0), played.output
    outcome = fresh.playbook("status")
    assert outcome.code == 0 and "drift" not in outcome.message, outcome.output


def test_the_mode_of_a_play_is_its_literal(played: Played) -> None:
    """The variables said fresh to every play, and only the one whose module_defaults say it refuses what is here."""
    assert played.counts.get("anew") == (0, 1), played.output
    assert played.output.count("fresh.yml expects no data but found data") >= 1

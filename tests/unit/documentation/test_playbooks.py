# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks, and each role alone, come to their first answer on every ansible-core, which is a sentence."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import ROLES, WITHOUT_CLUSTER

ROOT = Path(__file__).parents[3]
RUN = "import sys; from ansible.cli.playbook import main; sys.exit(main())"


def play(folder: Path, playbook: Path, hosts: dict[str, t.Any], *options: str) -> str:
    """What is said while a playbook is played on hosts of which no cluster can be reached."""
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"appliances": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}))
    # ansible-test finds collections by a finder of its own, which a process that is started here does not have.
    found = [str(Path(folder).parent) for folder in importlib.import_module("ansible_collections").__path__]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*found, *sys.path]),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(found),
    }
    command = [sys.executable, "-c", RUN, "-i", str(inventory), str(playbook), *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("name", ["status", "fresh"])
def test_a_playbook_comes_to_its_first_answer(name: str, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "kubeconfig")
    said = play(tmp_path, ROOT / f"playbooks/{name}.yml", {"workshop": {"alga_kubeconfig": nowhere}})
    assert "nothing was changed" in said and nowhere in said, said
    assert "_result" not in said


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("recover", "Build, publish or migrate the application database"),
        ("status", "Show the verdict"),
        ("rebind_volumes", "Report what was done"),
        ("upgrade_talos", "Report what was done"),
        ("escrow_credentials", "Report where the copy is"),
    ],
)
def test_a_playbook_that_begins_in_the_middle_is_refused_in_a_sentence(name: str, task: str, tmp_path: Path) -> None:
    said = play(tmp_path, ROOT / f"playbooks/{name}.yml", {"workshop": {}}, "--start-at-task", task)
    assert "Nothing was checked in this play yet. Run it whole, without --start-at-task or --skip-tags." in said, said
    assert "undefined" not in said


def test_a_playbook_whose_steps_are_skipped_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """The check has a tag and the steps have none, so a run that did nothing would end well."""
    said = play(tmp_path, ROOT / "playbooks/recover.yml", {"workshop": {}}, "--skip-tags", "untagged")
    assert "--skip-tags untagged leaves out the steps of this run." in said and "failed=1" in said, said


def test_a_playbook_that_tags_limit_is_refused_in_a_sentence(tmp_path: Path) -> None:
    said = play(tmp_path, ROOT / "playbooks/recover.yml", {"workshop": {}}, "--tags", "bootstrap,verify")
    assert "--tags limits this run to bootstrap, verify" in said and "failed=1" in said, said
    assert "undefined" not in said


@pytest.mark.parametrize("playbook", sorted((ROOT / "playbooks").glob("*.yml")), ids=lambda file: file.stem)
def test_the_steps_of_a_playbook_are_those_of_its_mode(playbook: Path) -> None:
    (play,) = yaml.safe_load(playbook.read_text())
    (mode,) = (given["mode"] for given in play["module_defaults"].values() if "mode" in given)
    if "alga.appliance.alga_lease" in play["module_defaults"]:
        assert [task["ansible.builtin.import_tasks"] for task in play["tasks"]] == ["parts/exclusive.yml"]
        steps = play["name"].split()[0].lower()
        assert steps == {"fresh": "install"}.get(mode, mode)
        assert (ROOT / f"playbooks/parts/{steps}.yml").is_file()
    else:
        assert "lease" not in str(play["tasks"]), "acquired, and not released"


@pytest.mark.parametrize(("playbook", "role"), [("recover", "bootstrap"), ("rotate_credentials", "credential_rotation")])
def test_no_file_of_the_working_directory_takes_the_place_of_the_steps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, playbook: str, role: str
) -> None:
    for folder in (tmp_path, tmp_path / "parts", tmp_path / "tasks"):
        folder.mkdir(exist_ok=True)
        for name in ("install", "recover", "rotate"):
            (folder / f"{name}.yml").write_text("---\n- name: Not ours\n  ansible.builtin.debug:\n")
    monkeypatch.chdir(tmp_path)
    said = play(tmp_path, ROOT / f"playbooks/{playbook}.yml", {"workshop": {}}, "--list-tasks")
    assert f"alga.appliance.{role} : " in said and "Not ours" not in said, said


def test_no_extra_variable_makes_a_play_take_the_steps_of_another(tmp_path: Path) -> None:
    other = ("-e", '{"ansible_play_name": "Rescue data"}')
    said = play(tmp_path, ROOT / "playbooks/rotate_credentials.yml", {"workshop": {}}, "--list-tasks", *other)
    assert "alga.appliance.credential_rotation : " in said and "credential_repair" not in said, said


def test_each_role_alone_names_a_mistyped_variable_and_all_that_is_missing(tmp_path: Path) -> None:
    # A play whose hosts have all failed ends a run: what fails here is rescued.
    alone = {
        name: [{"block": [{"import_role": {"name": f"alga.appliance.{name}"}}], "rescue": [{"debug": {"msg": "rescued"}}]}]
        for name in ROLES
    }
    playbook = tmp_path / "alone.json"
    playbook.write_text(
        json.dumps([{"name": name, "hosts": "all", "gather_facts": False, "tasks": tasks} for name, tasks in alone.items()])
    )
    said = play(tmp_path, playbook, {"workshop": {"alga_servise": "db"}})
    plays = {told.partition("]")[0]: told for told in said.split("PLAY [")[1:]}
    assert list(plays) == list(ROLES), said
    for name, told in plays.items():
        assert "did you mean alga_db_service" in told, told
        assert ("alga_kubeconfig is not set" in told) == (name not in WITHOUT_CLUSTER), told
        assert ("alga_chart is not set" in told) == (name in ("core", "bootstrap")), told
        assert told.count("FAILED!") == 1 and "rescued" in told, told
    assert "undefined" not in said

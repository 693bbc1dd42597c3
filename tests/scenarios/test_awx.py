# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks as AWX runs them: ansible-runner, a project of files, survey answers as extra variables, empty ones too."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import ansible_runner
import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import ROOT, Appliance

SURVEY = {"alga_context": "", "alga_namespace": "", "alga_target": "", "alga_seed_set": "", "alga_progress_timeout": ""}


def run(folder: Path, appliance: Appliance, playbook: str, **given: t.Any) -> t.Any:
    """Run a playbook of the project with the appliance in AWX's inventory and the survey's answers."""
    (folder / "project").mkdir(exist_ok=True)
    host = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    settings = {key: value for key, value in appliance.variables.items() if key not in SURVEY}
    inventory = {"appliances": {"hosts": {"appliance": {**host, **settings}}}}
    return ansible_runner.run(
        private_data_dir=str(folder), playbook=playbook, inventory=inventory, extravars={**SURVEY, **given}, quiet=True
    )


@pytest.mark.parametrize("form", ["alga.appliance.{}", str(ROOT / "playbooks/{}.yml")], ids=["by name", "as a file"])
def test_recover_check_then_recover_with_an_unanswered_survey(fresh: Appliance, tmp_path: Path, form: str) -> None:
    before = fresh.objects()
    for given in ({}, {"cmdline": "--check"}):
        cmdline = given.get("cmdline", "")
        (tmp_path / "env").mkdir(exist_ok=True)
        (tmp_path / "env/cmdline").write_text(cmdline)
        ended = run(tmp_path, fresh, form.format("recover"))
        assert ended.status == "successful", ended.stdout.read()
        assert not ended.stats["changed"]
    assert fresh.objects() == before


def test_no_op_recover_has_at_most_16_tasks_that_do_something(fresh: Appliance, tmp_path: Path) -> None:
    """Beside them each role has its arguments validated once, which takes milliseconds."""
    ended = run(tmp_path, fresh, "alga.appliance.recover")
    actions = [event["event_data"]["task_action"] for event in ended.events if event["event"] == "runner_on_ok"]
    working = [action for action in actions if action != "ansible.builtin.validate_argument_spec"]
    assert 5 < len(working) <= 16, working
    assert len(actions) - len(working) <= 12


def test_a_refusal_ends_the_job_with_its_sentence_first(fresh: Appliance, tmp_path: Path) -> None:
    ended = run(tmp_path, fresh, "alga.appliance.fresh")
    assert ended.status == "failed"
    failed = [event["event_data"]["res"] for event in ended.events if event["event"] == "runner_on_failed"]
    assert len(failed) == 1
    assert failed[0]["msg"].startswith("fresh.yml expects no data but found data of this appliance")
    assert "password" not in json.dumps(failed).lower()

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module that runs on a target: neither its result nor syslog has what an operator wrote into a mapping."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.results import build

MODULES = "ansible_collections.alga.appliance.plugins.modules"
# Whatever a module hands to syslog goes to its standard error here.
LISTENING = """
import runpy, sys, syslog
syslog.syslog = lambda *words: print(*words, file=sys.stderr)
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__")
"""
CANARY = "canary-of-a-mapping"
NOWHERE = {"kubeconfig": "/not/there"}
RELEASE = {**NOWHERE, "chart": "/not/there", "application": "keep", "mode": "recover"}


def run(module: str, options: dict[str, t.Any], folder: Path) -> tuple[dict[str, t.Any], str]:
    """The result of a module as Ansible starts it on a target, and all that it wrote anywhere."""
    arguments = folder / "arguments.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_inject_invocation": True}}))
    command = [sys.executable, "-c", LISTENING, f"{MODULES}.{module}", str(arguments)]
    # ansible-test finds collections by a finder of its own, which a process that is started here does not have.
    found = [str(Path(folder).parent) for folder in importlib.import_module("ansible_collections").__path__]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*found, *sys.path])}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ended.stdout.strip(), ended.stderr
    return json.loads(ended.stdout), ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("alga_release", {**RELEASE, "values": {"server": {"password": CANARY}}}),
        ("alga_release", {**NOWHERE, "values": {"server": {"password": CANARY}}}),  # wrong options, before anything else
        ("alga_bootstrap", {**RELEASE, "script": "s", "job_environment": {"TOKEN": CANARY}}),
        ("alga_initial_tenant", {**NOWHERE, "script": "s", "job_environment": {"TOKEN": CANARY}}),
        ("alga_release", {**RELEASE, "chart": f"oci://user:{CANARY}@registry.example.org/core"}),
        ("alga_release", {**RELEASE, "kubeconfig": f"https://{CANARY}@example.org/kubeconfig"}),
        ("alga_preflight", {"mode": "recover", "settings": {"alga_values": {"password": CANARY}}}),
    ],
)
def test_what_somebody_wrote_into_a_mapping_is_nowhere(module: str, options: dict[str, t.Any], tmp_path: Path) -> None:
    result, written = run(module, options, tmp_path)
    assert result["failed"] and CANARY not in written, written
    assert {*build(state="", decision="", message="")} <= result.keys()
    assert "kubeconfig" in result["invocation"]["module_args"] or module == "alga_preflight"

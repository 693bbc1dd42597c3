# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A support bundle of a real appliance: everything that describes it, no secret, and no name of its owner."""

from __future__ import annotations

import base64
import json
import re
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance

TENANT = "Acme of Springfield"
# What the chart keeps in Secrets and is no secret.
PUBLIC = {"true", "false", names.DATABASE, *names.ROLE_KEYS}


@pytest.fixture(scope="module")
def told(fresh: Appliance) -> Appliance:
    """An appliance that says its secrets where everybody can read them: in a log, an annotation and a literal variable."""
    fresh.kubectl("create", "secret", "generic", "canary", "--from-literal=token=canary-of-the-bundle")
    fresh.sql(f"UPDATE tenants SET client_name = '{TENANT}'")  # noqa: S608  # made of constants
    encoded = base64.b64encode(b"user:canary-of-the-bundle").decode()
    said = f"echo canary-of-the-bundle {encoded} of jane@acme.example at 192.0.2.7 for {TENANT}; sleep 3600"
    container = {
        "name": "teller",
        "image": "docker.io/library/busybox:1.36",
        "command": ["sh", "-c", said],
        "env": [{"name": "OTHER_PASSWORD", "value": "canary-in-the-open"}],
    }
    metadata = {"name": "teller", "annotations": {"note": "canary-of-the-bundle"}}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
    fresh.kubectl("create", "-f", "-", stdin=json.dumps(body))
    fresh.kubectl("wait", "--for=condition=Ready", "pod/teller", "--timeout=150s")
    return fresh


def contents(file: Path) -> dict[str, str]:
    with tarfile.open(file) as archive:
        return {entry.name: t.cast("t.IO[bytes]", archive.extractfile(entry)).read().decode() for entry in archive}


def secrets(appliance: Appliance) -> set[str]:
    """Every value of every Secret, plain and as Kubernetes has it."""
    listed = json.loads(appliance.kubectl("get", "secrets", "-o", "json"))["items"]
    encoded = {value for item in listed for value in (item.get("data") or {}).values()}
    plain = {base64.b64decode(value).decode(errors="replace").strip() for value in encoded}
    return {each for each in plain | encoded if len(each) >= 4 and each not in PUBLIC and each not in map(_coded, PUBLIC)}


def _coded(word: str) -> str:
    return base64.b64encode(word.encode()).decode()


def test_check_mode_writes_nothing_and_the_run_changes_nothing_in_the_cluster(told: Appliance, tmp_path: Path) -> None:
    before = told.objects(), told.roles()
    outcome = told.playbook("support_bundle", "--check", alga_support_file=str(tmp_path / "support.tar.gz"))
    assert outcome.code == 0 and not [*tmp_path.iterdir()], outcome.output
    assert (told.objects(), told.roles()) == before


def test_it_holds_what_helps_and_no_secret_and_no_name(told: Appliance, tmp_path: Path) -> None:
    file = tmp_path / "support.tar.gz"
    before = told.objects(), told.roles()
    outcome = told.playbook("support_bundle", "-vvv", alga_support_file=str(file))
    assert outcome.code == 0, outcome.output
    assert (told.objects(), told.roles()) == before
    found = contents(file)
    texts = {name.partition("/")[2]: text for name, text in found.items()}
    parts = ("status.txt", "namespace/pods.json", "cluster/nodes.json", "namespace/events.txt", "helm/history.txt")
    for name in ("index.html", *parts):
        assert texts[name], name
    for name in ("settings", "activity", "databases", "roles", "tables", "migrations", "ledger"):
        assert [json.loads(line) for line in texts[f"postgresql/{name}.txt"].splitlines()], name
    assert "database system is ready to accept connections" in texts["logs/db-0/db.log"]
    hidden = secrets(told)
    assert len(hidden) > 20
    everything = "\n".join([*found, *found.values()])
    node = told.kubectl("get", "nodes", "-o", "name").strip().partition("/")[2]
    own = [*hidden, "canary-in-the-open", TENANT, "jane@acme.example", "192.0.2.7", node]
    assert [each for each in own if each in everything] == []
    # What stands before and behind a value shares a character of base64 with it.
    (line,) = texts["logs/teller/teller.log"].splitlines()
    shown = r"\S+ \(hidden\) \S{0,8}\(hidden\)\S{0,4} of mail-1 at address-\d+ for tenant-\d"
    assert re.fullmatch(shown, line), line
    names_of = json.loads(file.with_name("support.tar.gz.names.json").read_text())
    assert {TENANT, node, "192.0.2.7"} <= {*names_of.values()}
    for secret in hidden:
        assert secret not in outcome.output

    again = told.playbook("support_bundle", alga_support_file=str(file))
    assert again.failed == 1 and "is not overwritten" in again.message, again.output


def test_of_an_appliance_whose_database_is_down_there_is_a_bundle_too(told: Appliance, tmp_path: Path) -> None:
    told.kubectl("scale", "statefulset", "db", "--replicas=0")
    told.kubectl("wait", "--for=delete", "pod/db-0", "--timeout=150s")
    file = tmp_path / "support.tar.gz"
    outcome = told.playbook("support_bundle", alga_support_file=str(file))
    assert outcome.code == 0 and "could not be collected" in outcome.output, outcome.output
    page = contents(file)["support-bundle/index.html"]
    assert "postgresql/settings.txt" in page and "Not collected" in page

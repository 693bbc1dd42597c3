# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An appliance that the chart made by itself: taken over while it lives, found again when its release is gone."""

from __future__ import annotations

import json

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART, CLAIM, NAMESPACE, ROWS, Appliance

RELEASE = "alga-core"
SHARED = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "alga-psa-shared"},
    "stringData": {"ALGA_AUTH_KEY": "k" * 64},
}
VALUES = {"persistence": {"keepPvcOnUninstall": True}}
JOB = "job/alga-core-sebastian-bootstrap-r1"


def install(appliance: Appliance, **setup: object) -> None:
    """Install the chart as its own documentation does."""
    appliance.kubectl("create", "namespace", "msp")
    appliance.kubectl("create", "-f", "-", stdin=json.dumps(SHARED))
    values = appliance.folder / "values.json"
    values.write_text(json.dumps({**VALUES, "setup": setup}))
    appliance.helm("install", RELEASE, str(CHART), "--values", str(values))


@pytest.fixture
def place(place_of_helm_4: Appliance) -> Appliance:
    """What helm 3 installed is taken over with helm 4."""
    return place_of_helm_4


def test_one_that_runs_is_freed_of_its_claims_and_taken_over(place: Appliance) -> None:
    install(place)
    place.kubectl("wait", "--for=condition=complete", JOB, "--timeout=150s")
    assert "kind: PersistentVolumeClaim" in place.release()
    secret, roles, identity = place.secret(), place.roles(), place.identifier()

    before = place.objects()
    status = place.playbook("status", alga_db_storage_size="500Gi")
    assert status.code == 0 and place.objects() == before, status.output
    _task, _name, shown = status.output.partition("Show the verdict]")
    assert shown.index("helm uninstall would delete them") < shown.index("is migrated"), "what can be lost comes first (R37)"
    assert "Run recover.yml, which releases them from Helm release alga-core" in shown
    assert f"{CLAIM} keeps its 1Gi although alga_db_storage_size is 500Gi; its StorageClass local-path does not" in shown, shown
    assert place.playbook("recover", "--check").code == 0
    assert place.objects() == before

    outcome = place.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert "kind: PersistentVolumeClaim" not in place.release()
    assert (place.secret(), place.roles(), place.identifier()) == (secret, roles, identity)
    assert place.rows() == ROWS
    assert place.secret("alga-psa-shared") == SHARED["stringData"], "it is made once, and not again"
    assert place.playbook("recover").changed == 0

    place.helm("uninstall", RELEASE, "--wait")
    assert CLAIM in place.kubectl("get", "persistentvolumeclaims", "-o", "name")


def test_one_whose_release_was_uninstalled_is_not_replaced_by_an_empty_one_f36(place: Appliance) -> None:
    install(place)
    place.kubectl("wait", "--for=condition=complete", JOB, "--timeout=150s")
    place.helm("uninstall", RELEASE)
    place.kubectl("wait", "--for=delete", f"persistentvolumeclaim/{CLAIM}", "--timeout=150s")

    # The chart keeps its Redis, which holds its claim Terminating: what is installed over it loses it later.
    outcome = place.playbook("recover")
    assert outcome.failed == 1
    assert "Terminating" in outcome.message and "redis-data" in outcome.message
    place.kubectl("delete", "statefulset", "redis", "--cascade=foreground")
    place.kubectl("wait", "--for=delete", "persistentvolumeclaims", "--all", "--timeout=150s")

    volumes = json.loads(place.kubectl("get", "persistentvolumes", "-o", "json"))["items"]
    assert {item["status"]["phase"] for item in volumes} == {"Released"}, "the fault of the chart that this is about"
    before = place.objects()
    outcome = place.playbook("recover")
    assert outcome.failed == 1
    assert all(item["metadata"]["name"] in outcome.message for item in volumes)
    assert "rebind_volumes.yml" in outcome.message
    assert place.objects() == before

    rebound = place.playbook("rebind_volumes", alga_confirm=f"{NAMESPACE}/{CLAIM}")
    assert rebound.code == 0, rebound.output
    back = place.playbook("recover")
    assert back.code == 0 and place.rows() == ROWS, back.output


def test_a_bootstrap_job_of_the_chart_is_not_killed_in_its_middle_f19(place: Appliance) -> None:
    install(place, extraEnv=[{"name": "STAND_IN_MIGRATION_DELAY_MS", "value": "500"}])

    def seen() -> str | None:
        answer = place.module("alga_pg_state", environment="demonstration")
        return None if answer["state"] == "migrating" else str(answer["msg"])

    wait_for("the chart's Job to migrate", seen, seconds=120)
    before = place.objects()
    outcome = place.playbook("recover")
    assert outcome.failed == 1
    assert "alga-core-sebastian-bootstrap-r1" in outcome.message
    assert "still running" in outcome.message
    assert place.objects().keys() == before.keys()

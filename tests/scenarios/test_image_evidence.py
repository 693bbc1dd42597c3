# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application image is looked into before helm brings it, and what does not fit the data is said by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import image_migrations
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image
from ansible_collections.alga.appliance.tests.scenarios import image_variants
from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART, Appliance

NEW, OLD = "29990101000000_add_clients_motto.cjs", "20260301090000_add_clients_country_default.cjs"


def kept(objects: dict[str, str], options: tuple[str, ...]) -> dict[str, str]:
    """What must not change: everything in check mode, otherwise everything but what is remembered of an image."""
    return {name: text for name, text in objects.items() if options or image_migrations.MEMORY not in name}


def test_helm_is_not_run_with_a_database_image_that_cannot_be_had_f48(fresh: Appliance) -> None:
    objects = fresh.objects()
    outcome = fresh.playbook("recover", alga_values={"db": {"image": "docker.io/ankane/pgvector:none"}})
    assert outcome.failed == 1
    assert "docker.io/ankane/pgvector:none" in outcome.message and "ErrImagePull" in outcome.message, outcome.message
    assert fresh.objects() == objects


def test_an_older_application_is_refused_before_helm_f16(fresh: Appliance) -> None:
    older = image_variants.publish("older", remove=[f"{image_variants.MIGRATIONS}/{OLD}"])
    objects, rows = fresh.objects(), fresh.rows()
    for options in (("--check",), ()):
        outcome = fresh.playbook("recover", *options, alga_values={"server": {"image": {"tag": "older"}}})
        assert outcome.failed == 1, outcome.output
        assert OLD in outcome.message and older in outcome.message, outcome.message
        assert kept(fresh.objects(), options) == kept(objects, options)
    fresh.kubectl("delete", "deployment", "--all", "--wait=true")
    outcome = fresh.playbook("recover", alga_values={"server": {"image": {"tag": "older"}}})
    assert OLD in outcome.message, "nor is one that has no predecessor"
    outcome = fresh.playbook("recover")
    assert outcome.code == 0, outcome.output
    assert fresh.rows() == rows


def rolling(folder: Path) -> Path:
    """The chart with a Deployment that keeps its earlier pod until the newer one is ready."""
    chart = folder / "sebastian"
    shutil.copytree(CHART, chart)
    template = chart / "templates/deployment.yaml"
    text = template.read_text()
    assert text.count("type: Recreate") == 1
    template.write_text(text.replace("type: Recreate", "type: RollingUpdate"))
    return chart


def serving(appliance: Appliance) -> tuple[set[str], bool]:
    """The images of the application's ready pods, and whether the bootstrap Job's pod runs."""
    pods = json.loads(appliance.kubectl("get", "pods", "-o", "json"))["items"]
    of_the_job = [pod for pod in pods if pod["metadata"]["labels"].get("batch.kubernetes.io/job-name") == names.JOB]
    ready = {
        pod["spec"]["containers"][0]["image"]
        for pod in pods
        if pod["metadata"]["name"].startswith(f"{names.FULLNAME}-")
        and any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))
    }
    return ready, any(pod["status"]["phase"] == "Running" for pod in of_the_job)


def test_a_newer_application_finds_its_database_behind_and_migrates_it_r40(fresh: Appliance, tmp_path: Path) -> None:
    """No earlier version serves meanwhile, although its Deployment would keep it until the newer one is ready."""
    newer = image_variants.publish("newer", add={f"{image_variants.MIGRATIONS}/{NEW}": image_variants.migration("motto")})
    api = KubernetesApi(fresh.kubeconfig)
    before = fresh.objects()
    carried = image_migrations.expected(api, "msp", Image(newer), remember=False)
    assert fresh.objects() == before
    answer = fresh.module("alga_pg_state", expected_migrations=list(carried.migrations), environment="demonstration")
    assert answer["state"] == "behind", answer
    assert f"lacks 1 migration, starting with {NEW}" in answer["msg"]

    # On the host's network two pods of the application do not fit on one node.
    values = {"server": {"hostNetwork": False, "image": {"tag": "newer"}}}
    fresh.variables["alga_chart"] = str(rolling(tmp_path))
    run = fresh.start("recover", alga_values=values)
    older, migrating = f"{image_variants.REPOSITORY}:latest", 0
    while run.poll() is None:
        ready, migrates = serving(fresh)
        migrating += migrates
        assert not (migrates and older in ready), "the earlier version serves while the database is migrated"
    assert run.returncode == 0 and migrating
    assert serving(fresh)[0] == {newer}
    assert NEW in fresh.sql("SELECT name FROM knex_migrations")
    remembered = fresh.kubectl("get", "configmap", image_migrations.MEMORY, "-o", "jsonpath={.data}")
    assert NEW in remembered
    assert image_migrations.expected(api, "msp", Image(newer, carried.image_id), remember=False) == carried
    assert fresh.playbook("recover", alga_values=values).changed == 0
    refused = fresh.playbook("recover")
    assert refused.failed == 1
    assert NEW in refused.message


def test_an_image_that_is_not_the_application_is_named_f23(fresh: Appliance) -> None:
    name = image_variants.publish("empty", remove=[image_variants.MIGRATIONS])
    outcome = fresh.playbook("recover", alga_values={"server": {"image": {"tag": "empty"}}})
    assert outcome.failed == 1
    assert name in outcome.message and "/app/server/migrations" in outcome.message

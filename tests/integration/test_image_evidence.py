# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application image is looked into before helm brings it, and what does not fit the data is said by name."""

from __future__ import annotations

import image_variants
from appliance import Appliance

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import image_migrations
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image

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


def test_a_newer_application_finds_its_database_behind_and_migrates_it(fresh: Appliance) -> None:
    newer = image_variants.publish("newer", add={f"{image_variants.MIGRATIONS}/{NEW}": image_variants.migration("motto")})
    api = KubernetesApi(fresh.kubeconfig)
    before = fresh.objects()
    carried = image_migrations.expected(api, "msp", Image(newer), remember=False)
    assert fresh.objects() == before
    answer = fresh.module("alga_pg_state", expected_migrations=list(carried.migrations), environment="demonstration")
    assert answer["state"] == "behind", answer
    assert f"lacks 1 migration, starting with {NEW}" in answer["msg"]

    values = {"server": {"image": {"tag": "newer"}}}
    outcome = fresh.playbook("recover", alga_values=values)
    assert outcome.code == 0, outcome.output
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

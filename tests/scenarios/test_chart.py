# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in chart has the names, switches and faults of the chart it stands in for."""

from __future__ import annotations

import base64
import functools
import os
import subprocess
from typing import Any

import pytest
import yaml

from ansible_collections.alga.appliance.tests.scenarios.appliance import CHART

FULLNAME = "alga-core-sebastian"
QUIET = ("setup.runMigrations=false", "setup.runSeeds=false", "server.replicaCount=0")
KEEP = "helm.sh/resource-policy"

Manifests = dict[tuple[str, str], dict[str, Any]]


@functools.cache
def render(*settings: str, appliance: bool = True, release: str = "alga-core") -> Manifests:
    """Render the chart, by default as release alga-core; manifests by kind and name."""
    command = [os.environ["HELM3"], "template", release, str(CHART), "--namespace", "alga-system"]
    if appliance:
        command += ["--values", str(CHART / "values-appliance.yaml")]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    documents = [document for document in yaml.safe_load_all(done.stdout) if document]
    manifests = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    assert len(manifests) == len(documents), "two objects have the same kind and name"
    return manifests


def pod(manifest: dict[str, Any]) -> dict[str, Any]:
    """Pod specification of a workload."""
    spec: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return spec


def annotations_of(manifest: dict[str, Any]) -> dict[str, str]:
    """Annotations of an object, none as an empty mapping."""
    found: dict[str, str] = manifest["metadata"].get("annotations", {})
    return found


def environment(container: dict[str, Any]) -> dict[str, Any]:
    """Environment of a container: plain values, or (Secret, key)."""
    found: dict[str, Any] = {}
    for entry in container["env"]:
        reference = entry.get("valueFrom", {}).get("secretKeyRef")
        found[entry["name"]] = (reference["name"], reference["key"]) if reference else entry["value"]
    return found


def test_names_are_those_of_the_real_chart() -> None:
    assert set(render()) == {
        ("ConfigMap", f"{FULLNAME}-appliance-bootstrap"),
        ("Deployment", FULLNAME),
        ("Job", f"{FULLNAME}-bootstrap-r1"),
        ("PersistentVolumeClaim", f"{FULLNAME}-postgres-data"),
        ("PersistentVolumeClaim", f"{FULLNAME}-redis-data"),
        ("PersistentVolumeClaim", f"{FULLNAME}-storage"),
        ("Secret", "db-credentials"),
        ("Secret", "redis-credentials"),
        ("Secret", f"{FULLNAME}-secrets"),
        ("Secret", f"{FULLNAME}-storage-secret"),
        ("Service", "db"),
        ("Service", "redis"),
        ("Service", FULLNAME),
        ("StatefulSet", "db"),
        ("StatefulSet", "redis"),
    }


@pytest.mark.parametrize(
    ("release", "settings", "fullname"),
    [
        ("alga-core", (), FULLNAME),
        ("my-sebastian", (), "my-sebastian"),
        ("alga-core", ("fullnameOverride=other",), "other"),
    ],
)
def test_full_name_follows_the_release(release: str, settings: tuple[str, ...], fullname: str) -> None:
    manifests = render(*settings, release=release)
    assert ("Deployment", fullname) in manifests
    assert ("PersistentVolumeClaim", f"{fullname}-postgres-data") in manifests
    assert ("StatefulSet", "db") in manifests


def test_namespace_is_a_value_and_not_the_release_namespace() -> None:
    assert {manifest["metadata"]["namespace"] for manifest in render().values()} == {"msp"}
    assert {manifest["metadata"]["namespace"] for manifest in render("namespace=other").values()} == {"other"}


@pytest.mark.parametrize(("keep", "annotated"), [("true", False), ("false", True)])
def test_keep_annotation_is_inverted_and_only_on_postgres(keep: str, annotated: bool) -> None:
    """F36."""
    manifests = render(f"persistence.keepPvcOnUninstall={keep}")
    kept = {name for (kind, name), each in manifests.items() if kind == "PersistentVolumeClaim" and KEEP in annotations_of(each)}
    assert kept == ({f"{FULLNAME}-postgres-data"} if annotated else set())
    assert (("Job", f"{FULLNAME}-pvc-delete") in manifests) is (keep == "false")


def test_delete_hook_deletes_a_claim_nobody_has() -> None:
    """F37."""
    manifests = render(appliance=False)
    hook = manifests["Job", f"{FULLNAME}-pvc-delete"]
    assert annotations_of(hook)["helm.sh/hook"] == "pre-delete"
    claim = pod(hook)["containers"][0]["command"][-1]
    assert claim == "db-volume-claim"
    assert ("PersistentVolumeClaim", claim) not in manifests


@pytest.mark.parametrize(
    ("section", "suffix", "workload"),
    [
        ("db", "postgres-data", ("StatefulSet", "db")),
        ("redis", "redis-data", ("StatefulSet", "redis")),
        ("server", "storage", ("Deployment", FULLNAME)),
    ],
)
def test_existing_claim_takes_the_claim_out_of_the_release(section: str, suffix: str, workload: tuple[str, str]) -> None:
    manifests = render(f"{section}.persistence.existingClaim=mine")
    claims = {name for kind, name in manifests if kind == "PersistentVolumeClaim"}
    every = {f"{FULLNAME}-{each}" for each in ("postgres-data", "redis-data", "storage")}
    assert claims == every - {f"{FULLNAME}-{suffix}"}
    volumes = pod(manifests[workload])["volumes"]
    used = [volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume]
    assert used == ["mine"]


@pytest.mark.parametrize("appliance", [True, False])
def test_without_setup_there_is_neither_job_nor_gate(appliance: bool) -> None:
    manifests = render(*QUIET, appliance=appliance)
    assert not [name for kind, name in manifests if kind == "Job" and "bootstrap" in name]
    deployment = manifests["Deployment", FULLNAME]
    assert deployment["spec"]["replicas"] == 0
    assert "initContainers" not in pod(deployment)


@pytest.mark.parametrize("setting", ["setup.runMigrations=false", "setup.runSeeds=false"])
def test_either_part_of_setup_brings_job_and_gate(setting: str) -> None:
    manifests = render(setting)
    assert ("Job", f"{FULLNAME}-bootstrap-r1") in manifests
    assert [each["name"] for each in pod(manifests["Deployment", FULLNAME])["initContainers"]] == ["wait-for-bootstrap"]


def test_gate_of_the_appliance_asks_for_a_table_only() -> None:
    """F22."""
    gate = pod(render()["Deployment", FULLNAME])["initContainers"][0]
    assert "information_schema.tables" in gate["command"][-1]
    plain = pod(render(appliance=False)["Deployment", FULLNAME])["initContainers"][0]
    assert "SELECT 1 FROM users" in plain["command"][-1]


def test_job_vanishes_and_does_not_retry_for_ever() -> None:
    job = render()["Job", f"{FULLNAME}-bootstrap-r1"]
    assert job["spec"]["ttlSecondsAfterFinished"] == 300
    assert job["spec"]["backoffLimit"] == 2
    assert pod(job)["restartPolicy"] == "Never"
    (container,) = pod(job)["containers"]
    assert container["command"] == ["/bin/sh", "/bootstrap/appliance-bootstrap.sh"]
    values = environment(container)
    assert values["SEEDS_DIR"] == "/app/ee/server/seeds/onboarding"
    assert values["BOOTSTRAP_MODE"] == "recover"
    assert values["DB_PASSWORD_ADMIN"] == values["DB_PASSWORD_SUPERUSER"] == ("db-credentials", "DB_PASSWORD_SUPERUSER")


def test_job_without_the_appliance_variant_loads_the_demonstration_seeds() -> None:
    manifests = render(appliance=False)
    (container,) = pod(manifests["Job", f"{FULLNAME}-bootstrap-r1"])["containers"]
    assert container["command"][:2] == ["/bin/sh", "-ec"]
    assert "SEEDS_DIR" not in environment(container)
    assert ("ConfigMap", f"{FULLNAME}-appliance-bootstrap") not in manifests


def test_credentials_are_kept_and_random() -> None:
    secret = render()["Secret", "db-credentials"]
    assert annotations_of(secret)[KEEP] == "keep"
    assert set(secret["data"]) == {f"DB_PASSWORD_{each}" for each in ("HOCUSPOCUS", "PGBOUNCER", "SERVER", "SUPERUSER")}
    assert len(set(secret["data"].values())) == 4


def test_application_secrets_belong_to_the_release_and_are_kept() -> None:
    """F12: a hook would be deleted and made again on every upgrade."""
    secret = render()["Secret", f"{FULLNAME}-secrets"]
    assert annotations_of(secret) == {KEEP: "keep"}
    lengths = {key: len(base64.b64decode(value)) for key, value in secret["data"].items()}
    assert lengths == {
        "NEXTAUTH_SECRET": 32,
        "CRYPTR_KEY": 32,
        "TOKEN_SECRET_KEY": 32,
        "IMAP_WEBHOOK_SECRET": 48,
        "AI_DOCUMENT_API_KEY": 64,
    }


def test_a_hook_owns_the_application_secrets_where_the_chart_is_an_earlier_one_r29() -> None:
    secret = render("secretsByHook=true")["Secret", f"{FULLNAME}-secrets"]
    assert annotations_of(secret) == {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": "-5"}


def test_database_keeps_its_data_in_a_sub_path() -> None:
    manifests = render()
    database = pod(manifests["StatefulSet", "db"])
    (container,) = database["containers"]
    assert container["image"] == "ankane/pgvector:latest"
    assert container["imagePullPolicy"] == "Always"
    assert container["volumeMounts"] == [
        {"name": "db-data", "mountPath": "/var/lib/postgresql/data", "subPath": "data"},
    ]
    assert environment(container) == {"POSTGRES_PASSWORD": ("db-credentials", "DB_PASSWORD_SUPERUSER")}
    assert "readinessProbe" not in container
    assert database["initContainers"][0]["command"] == ["sh", "-c", "mkdir -p /data/data"]
    assert manifests["Service", "db"]["spec"]["clusterIP"] == "None"


def test_application_needs_a_secret_the_chart_does_not_make() -> None:
    manifests = render()
    deployment = manifests["Deployment", FULLNAME]
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert pod(deployment)["hostNetwork"] is True
    (container,) = pod(deployment)["containers"]
    assert container["name"] == "sebastian"
    assert container["command"] == ["./entrypoint.sh"]
    values = environment(container)
    assert values["ALGA_AUTH_KEY"] == ("alga-psa-shared", "ALGA_AUTH_KEY")
    assert ("Secret", "alga-psa-shared") not in manifests
    assert values["DB_HOST"] == "db.msp.svc.cluster.local"
    assert values["DB_PASSWORD_SERVER"] == ("db-credentials", "DB_PASSWORD_SERVER")


def test_host_network_is_a_switch() -> None:
    """With it the pod resolves cluster names only under its own DNS policy."""
    on = pod(render()["Deployment", FULLNAME])
    assert (on["hostNetwork"], on["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")
    off = pod(render("server.hostNetwork=false")["Deployment", FULLNAME])
    assert not {"hostNetwork", "dnsPolicy"} & off.keys()


def test_images_are_the_moving_tags_of_the_real_chart() -> None:
    """F45: the latest tag, pulled at every start."""
    manifests = render()
    application = ("ghcr.io/nine-minds/alga-psa-ee:latest", "Always")
    deployment = pod(manifests["Deployment", FULLNAME])
    containers = [
        *deployment["initContainers"],
        *deployment["containers"],
        *pod(manifests["Job", f"{FULLNAME}-bootstrap-r1"])["containers"],
    ]
    assert {(each["image"], each["imagePullPolicy"]) for each in containers} == {application}


def test_services_select_their_pods() -> None:
    manifests = render()
    for name, workload in {"db": "StatefulSet", "redis": "StatefulSet", FULLNAME: "Deployment"}.items():
        labels = manifests[workload, name]["spec"]["template"]["metadata"]["labels"]
        assert manifests["Service", name]["spec"]["selector"].items() <= labels.items()
    job = manifests["Job", f"{FULLNAME}-bootstrap-r1"]["spec"]["template"]["metadata"]["labels"]
    assert not manifests["Service", FULLNAME]["spec"]["selector"].items() <= job.items()


def test_pooler_takes_the_running_server_but_not_the_bootstrap() -> None:
    manifests = render("pgbouncer.enabled=true")
    server = environment(pod(manifests["Deployment", FULLNAME])["containers"][0])
    assert (server["DB_HOST"], server["DB_PORT"]) == ("pgbouncer.msp.svc.cluster.local", "6432")
    assert server["DB_PASSWORD_SERVER"] == ("db-credentials", "DB_PASSWORD_PGBOUNCER")
    job = environment(pod(manifests["Job", f"{FULLNAME}-bootstrap-r1"])["containers"][0])
    assert (job["DB_HOST"], job["DB_PORT"]) == ("db.msp.svc.cluster.local", "5432")


def test_database_from_elsewhere() -> None:
    manifests = render(
        "db.enabled=false",
        "config.db.host=pooler.example.com",
        "config.db.adminHost=direct.example.com",
        "config.db.server_password_secret.name=theirs",
    )
    assert ("StatefulSet", "db") not in manifests
    assert ("Secret", "db-credentials") not in manifests
    job = environment(pod(manifests["Job", f"{FULLNAME}-bootstrap-r1"])["containers"][0])
    assert (job["DB_HOST"], job["DB_HOST_ADMIN"]) == ("pooler.example.com", "direct.example.com")
    assert job["DB_PASSWORD_SERVER"] == ("theirs", "DB_PASSWORD_SERVER")

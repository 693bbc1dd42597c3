# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A complete appliance as the API server and PostgreSQL describe it: what a test changes is what it is about."""

from __future__ import annotations

import base64
import functools
import gzip
import json
import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, BATCH, path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import verifier
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run, UseCase
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Params, read
from ansible_collections.alga.appliance.tests.unit.scripted import Json, Output, Write, deletes, posts

# What is answered to what; a test puts any answer in any place.
Script: t.TypeAlias = dict[str, t.Any]

NAMESPACE, IDENTITY, RUN_ID = "msp", "7300000000000000042", "11111111-1111-4111-8111-111111111111"
CLAIMS = names.claims(names.FULLNAME)
CLAIM = CLAIMS[names.DATABASE_SECTION]
IMAGE, IMAGE_ID = "ghcr.io/alga:1", "ghcr.io/alga@sha256:" + "a" * 64
MIGRATIONS = ("001_first.cjs", "002_second.cjs")
APPLICATION_SECRET = names.FULLNAME + names.APPLICATION_SECRET_SUFFIX
# Whatever carries this word is a secret, and nobody may read it anywhere.
CANARY = "canary"
PASSWORDS = {role: f"{CANARY}-{role}" for role in names.ROLE_KEYS}

SECRETS = path("secrets", NAMESPACE)
PODS = path("pods", NAMESPACE)
JOBS = path("jobs", NAMESPACE, group=BATCH)
PVCS = path("persistentvolumeclaims", NAMESPACE)
PVS = path("persistentvolumes")
NODES = path("nodes")
STATEFUL_SETS = path("statefulsets", NAMESPACE, group=APPS)
DEPLOYMENTS = path("deployments", NAMESPACE, group=APPS)
LIMITS = path("limitranges", NAMESPACE)
# Where helm's records of the release are asked for.
RECORDS = f"{SECRETS}?labelSelector=owner=helm,name={names.RELEASE}"
CREDENTIALS = path("secrets", NAMESPACE, names.CREDENTIALS_SECRET)
DATABASE_CLAIM = path("persistentvolumeclaims", NAMESPACE, CLAIM)
DEPLOYMENT = path("deployments", NAMESPACE, names.FULLNAME, group=APPS)
MEMORY = path("configmaps", NAMESPACE, "alga-appliance-migrations")
CHART_LOG = path("configmaps", NAMESPACE, names.CHART_JOB_LOG)
JOB = path("jobs", NAMESPACE, names.JOB, group=BATCH)


def coded(values: t.Mapping[str, str]) -> dict[str, str]:
    """Values as a Secret has them."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}


def decoded(data: t.Mapping[str, str]) -> dict[str, str]:
    """The values of a Secret."""
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def secret(name: str = names.CREDENTIALS_SECRET, data: t.Mapping[str, str] | None = None, *, identity: str = "") -> Json:
    """A Secret; the contract's, where no data is given."""
    given = {names.ROLE_KEYS[role]: password for role, password in PASSWORDS.items()} if data is None else data
    marks = {names.KEEP_ANNOTATION: names.KEEP, names.HELM_RELEASE_ANNOTATION: names.RELEASE}
    marks |= {names.HELM_NAMESPACE_ANNOTATION: NAMESPACE, **({names.IDENTITY_ANNOTATION: identity} if identity else {})}
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {names.MANAGED_BY_LABEL: "Helm"}, "annotations": marks}
    return {"metadata": metadata, "type": "Opaque", "data": coded(given)}


def records(manifest: str, status: str = "deployed") -> list[Json]:
    """Helm's records of the release: one revision that was replaced, and the last one."""
    made = []
    for revision, said, rendered in ((1, "superseded", ""), (2, status, manifest)):
        packed = base64.b64encode(gzip.compress(json.dumps({"info": {"status": said}, "manifest": rendered}).encode()))
        labels = {"owner": "helm", "name": names.RELEASE, "status": said, "version": str(revision)}
        metadata = {"name": f"sh.helm.release.v1.{names.RELEASE}.v{revision}", "labels": labels}
        made.append({"metadata": metadata, "type": "helm.sh/release.v1", "data": coded({"release": packed.decode()})})
    return made


def claim(name: str = CLAIM, volume: str = "", phase: str = "Bound", **annotations: str) -> Json:
    """A claim of the collection's own."""
    volume = volume or (f"pv-{name}" if phase == "Bound" else "")
    return {
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": f"uid-{name}",
            "resourceVersion": "7",
            "annotations": {names.KEEP_ANNOTATION: names.KEEP, **annotations},
        },
        "spec": {
            "storageClassName": "local-path",
            "resources": {"requests": {"storage": "20Gi"}},
            **({"volumeName": volume} if volume else {}),
        },
        "status": {"phase": phase, **({"capacity": {"storage": "20Gi"}} if volume else {})},
    }


def ready_claim(**annotations: str) -> Json:
    """The database's claim of a complete appliance."""
    return claim(**{names.STATE_ANNOTATION: names.READY, names.IDENTITY_ANNOTATION: IDENTITY, **annotations})


def volume(of: str = CLAIM, phase: str = "Bound", name: str = "") -> Json:
    """The volume of a claim."""
    return {
        "metadata": {"name": name or f"pv-{of}"},
        "spec": {
            "claimRef": {"namespace": NAMESPACE, "name": of, "uid": f"uid-{of}"},
            "hostPath": {"path": f"/data/{of}"},
            "capacity": {"storage": "20Gi"},
            "storageClassName": "local-path",
            "persistentVolumeReclaimPolicy": "Delete",
        },
        "status": {"phase": phase},
    }


def pod(name: str, image: str = "postgres:17", *, mounted: str = "", env: t.Sequence[Json] = (), **more: t.Any) -> Json:
    """A pod that runs.

    :param mounted: the claim that it has.
    """
    container: Json = {"name": "main", "image": image, "env": list(env)}
    spec: Json = {"containers": [container], "nodeName": "node-1"}
    if mounted:
        container["volumeMounts"] = [{"name": "data", "mountPath": "/var/lib/postgresql/data"}]
        spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": mounted}}]
    status = {
        "phase": "Running",
        "podIP": "10.0.0.7",
        "containerStatuses": [{"name": "main", "ready": True, "imageID": IMAGE_ID, "state": {"running": {}}, "lastState": {}}],
    }
    metadata = {"name": name, "namespace": NAMESPACE, "creationTimestamp": "2026-01-01T00:00:00Z", **more}
    return {"metadata": metadata, "spec": spec, "status": status}


DATABASE_POD = pod("db-0", mounted=CLAIM, labels={"app": "db"})
APPLICATION_POD = pod("app-1", IMAGE)


def deployment(replicas: int = 1, *, gated: bool = True, env: t.Sequence[Json] = (), generation: int = 1) -> Json:
    """The application's Deployment, whole."""
    template = {
        "metadata": {"labels": {"app": "server"}},
        "spec": {
            "initContainers": [{"name": names.GATE, "image": IMAGE}] if gated else [],
            "containers": [{"name": "main", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "env": list(env)}],
        },
    }
    counts = {"observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": names.FULLNAME,
            "namespace": NAMESPACE,
            "generation": generation,
            "annotations": {names.HELM_RELEASE_ANNOTATION: names.RELEASE},
        },
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "server"}}, "template": template},
        "status": counts,
    }


def remembered(migrations: t.Sequence[str] = MIGRATIONS) -> Json:
    """What is remembered of the application's image."""
    key = "sha256-" + "a" * 64
    return {"metadata": {"annotations": {"alga.appliance/newest-first": key}}, "data": {key: "\n".join(migrations)}}


def objects(**changed: t.Any) -> Script:
    """What the API server says of a complete appliance.

    :param changed: ``pods``, ``secret``, ``claims``, ``volumes``, ``deployment`` that are other ones.
    """
    claims = [ready_claim(), *(claim(name) for name in CLAIMS.values() if name != CLAIM)]
    pods = changed.get("pods", [DATABASE_POD, APPLICATION_POD])
    return {
        path("services", NAMESPACE, names.SERVICE): {"spec": {"selector": {"app": "db"}, "ports": [{"port": 5432}]}},
        f"{PODS}?labelSelector=app=db": [each for each in pods if each["metadata"].get("labels") == {"app": "db"}],
        PODS: pods,
        CREDENTIALS: changed.get("secret", secret()),
        f"{CREDENTIALS}-next": None,
        PVCS: changed.get("claims", claims),
        DATABASE_CLAIM: next((each for each in changed.get("claims", claims) if each["metadata"]["name"] == CLAIM), None),
        PVS: changed.get("volumes", [volume(each) for each in CLAIMS.values()]),
        STATEFUL_SETS: [],
        DEPLOYMENTS: [],
        JOBS: [],
        JOB: None,
        CHART_LOG: None,
        DEPLOYMENT: changed.get("deployment", deployment()),
        MEMORY: remembered(),
        **dict.fromkeys((path("secrets", NAMESPACE, name) for name in names.known_keys(names.FULLNAME)), None),
        SECRETS: [],
        path("secrets", NAMESPACE, names.INITIAL_TENANT_SECRET): None,
    }


@functools.cache
def verifiers() -> dict[str, str]:
    """What PostgreSQL has of the passwords."""
    return {role: verifier(password.encode()) for role, password in PASSWORDS.items()}


def everywhere(databases: t.Mapping[str, str], **other_verifiers: str) -> dict[str, t.Any]:
    """What every session of the appliance's PostgreSQL sees.

    :param databases: and their comments.
    """
    stored = {**verifiers(), **other_verifiers}
    return {
        "server_version_num": [[170012, IDENTITY, True, 0]],
        "SELECT system_identifier::text FROM pg_control_system()": [[IDENTITY]],
        "SELECT datname, coalesce(shobj_description": [[name, comment] for name, comment in databases.items()],
        "pg_is_in_recovery": [[False, False, "default", "", 0]],
        "FROM pg_db_role_setting": [],
        "SELECT rolpassword FROM pg_authid": [[stored[names.SUPERUSER]]],
        "SELECT rolname, rolcanlogin": [
            [role, True, False, text, -1, 0, role == names.SUPERUSER] for role, text in stored.items() if text
        ],
        "FROM pg_hba_file_rules": [["host", ["all"], ["all"], "all", None, "scram-sha-256", None]],
        "SELECT rolname FROM pg_roles": [[role] for role, text in stored.items() if text],
        "pg_try_advisory_lock": [[True]],
    }


def inside(
    *,
    migrations: t.Sequence[str] = MIGRATIONS,
    rows: int = 1,
    recorded: bool = True,
    locked: bool = False,
    tables: t.Sequence[str] = (),
) -> dict[str, t.Any]:
    """What a session in the application database sees."""
    known = [f"public.{table}" for table in names.SEED_TABLES]
    known += ["public.knex_migrations", "public.knex_migrations_lock", *(["alga_appliance.runs"] if recorded else []), *tables]
    ledger = [RUN_ID, "fresh", IMAGE, IMAGE_ID, "onboarding", "0.1.0", IDENTITY, "complete", "2026-01-01"]
    return {
        "FROM pg_tables": [each.split(".") for each in known],
        "datconnlimit": [["UTF8", "en_US.utf8", -1, "", ""]],
        "FROM public.knex_migrations ": [[name] for name in migrations],
        "FROM public.knex_migrations_lock": [[int(locked)]],
        "ORDER BY finished_at DESC": [ledger],
        "seed_set <> ''": [["onboarding", []]],
        "SELECT run::text": [[RUN_ID]],
        "WITH role AS": [],
        "(SELECT count(*)": [[rows] * len(names.SEED_TABLES)],
        "information_schema.columns": [],
    }


Options = t.TypeVar("Options")


def options(case: UseCase[t.Any], **given: t.Any) -> Params:
    """The options of a module as Ansible hands them over; a wait that would go on for ever ends."""
    default = {name: option.get("default") for name, option in case.spec.items()}
    return {**default, "progress_timeout": 1, "kubeconfig": "kubeconfig", "context": None, **given}


def read_options(case: UseCase[Options], **given: t.Any) -> Options:
    """The same, as the use case has them."""
    return read(case.options, options(case, **given))


def _no_program(_arguments: list[str], _stdin: str, /, *, seconds: float | None = None) -> Output:
    raise AssertionError("no program is needed here")


def run(*, check_mode: bool = False, command: t.Any = _no_program) -> Run:
    """How Ansible calls a module, with ``--diff``."""
    return Run(check_mode, diff=True, command=command)


def silent(*told: t.Any) -> bool:
    """Whether nothing that an operator or a log gets holds a secret, in plain or encoded as the API has it."""
    text = json.dumps(told, default=lambda each: {**vars(each), "text": str(each)})
    return CANARY not in text and base64.b64encode(CANARY.encode()).decode()[:7] not in text


def nothing(**changed: t.Any) -> Script:
    """What the API server says where nothing is, with a node and no storage path on it.

    :param changed: as for :func:`objects`.
    """
    found = objects(**{"pods": [], "secret": None, "claims": [], "volumes": [], "deployment": None, **changed})
    classes = [{"metadata": {"name": "csi"}, "provisioner": "csi.example.org"}]
    return {
        **found,
        path("services", NAMESPACE, names.SERVICE): None,
        MEMORY: None,
        NODES: [{"metadata": {"name": "node-1", "labels": {"kubernetes.io/hostname": "node-1"}}}],
        path("configmaps"): [],
        path("storageclasses", group="/apis/storage.k8s.io/v1"): classes,
        "/apis": {"kind": "APIGroupList", "groups": []},
    }


def look(*lines: str, exit_code: int = 0) -> tuple[Script, list[Write]]:
    """A pod that looks, and what it prints: what is asked of it, and how it comes and goes."""
    name = "alga-appliance-look-1"
    state = {"terminated": {"exitCode": exit_code, "reason": "Error" if exit_code else "Completed"}}
    made = pod(name)
    made["status"] = {
        "phase": "Failed" if exit_code else "Succeeded",
        "containerStatuses": [{"name": "look", "imageID": IMAGE_ID, "state": state}],
    }
    asked: Script = {
        LIMITS: [],
        f"{PODS}?labelSelector=alga.appliance/look": [],
        f"{PODS}/{name}": made,
        f"{PODS}/{name}/log": "".join(f"{line}\n" for line in (*lines, "end")),
    }
    return asked, [posts(PODS, made), deletes(f"{PODS}/{name}")]


EMPTY_VOLUME = ("databases\t0", "image\t")
FULL_VOLUME = ("begun", "version\t17", "control", "databases\t4", "hosts\t1", "image\t")


def begun_claim() -> Json:
    """The database's claim of a first run that has begun and not ended."""
    return claim(**{names.STATE_ANNOTATION: names.INITIALIZING, names.RUN_ANNOTATION: RUN_ID})


def job(stage: str = "seed", *, database: str = "server_building", ended: str = "Complete", run_id: str = RUN_ID) -> Json:
    """The bootstrap Job.

    :param ended: the condition with which it ended; none while it runs.
    """
    annotations = {"alga.appliance/database": database, "alga.appliance/stage": stage, "alga.appliance/migrations-before": "0"}
    return {
        "metadata": {
            "name": names.JOB,
            "namespace": NAMESPACE,
            "uid": "job-1",
            "labels": {"alga.appliance/run": run_id},
            "annotations": annotations,
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"template": {"spec": {"containers": [{"name": "bootstrap", "image": IMAGE}]}}},
        "status": {"conditions": [{"type": ended, "status": "True"}]} if ended else {"active": 1},
    }


def first_run(**changed: t.Any) -> Script:
    """What the API server says of an appliance whose first run has begun: PostgreSQL runs, and the application does not."""
    claims = [begun_claim(), *(claim(name) for name in CLAIMS.values() if name != CLAIM)]
    found = objects(**{"claims": claims, "deployment": deployment(0), **changed})
    return {**found, f"{PODS}?labelSelector=app=server": []}


TENANT = "22222222-2222-4222-8222-222222222222"
TENANT_SECRET = path("secrets", NAMESPACE, names.INITIAL_TENANT_SECRET)
TENANT_COMMAND = path("jobs", NAMESPACE, f"{names.TENANT_JOB}-command", group=BATCH)
TENANT_SEEDS = path("jobs", NAMESPACE, f"{names.TENANT_JOB}-seeds", group=BATCH)


def tenant_secret(**changed: str) -> Json:
    """What asks for the first tenant."""
    data = {
        "INITIAL_TENANT_NAME": "Workshop",
        "INITIAL_ADMIN_FIRST_NAME": "Ann",
        "INITIAL_ADMIN_LAST_NAME": "Lee",
        "INITIAL_ADMIN_EMAIL": "ann@example.org",
        "INITIAL_ADMIN_PASSWORD": f"{CANARY}-admin",
    }
    return secret(names.INITIAL_TENANT_SECRET, {**data, **changed})


def tenants(*, made: bool = False, begun: bool = False, completed: bool = False, rows: int = 0) -> dict[str, t.Any]:
    """What a session in the application database sees of the first tenant."""
    entry = [TENANT, "Workshop", "", "", "2026-01-01" if completed else ""]
    return {
        **inside(rows=rows),
        "SELECT tenant::text, client_name": [[TENANT, "Workshop"]] if made else [],
        "coalesce(hashed_password": [],
        "SELECT to_regclass": [[begun]],
        "FROM alga_appliance.tenants ORDER BY begun": [entry] if begun else [],
    }


def from_secret(role: str, variable: str = "DB_PASSWORD_SERVER") -> Json:
    """A variable of a container that comes from the contract's Secret."""
    reference = {"name": names.CREDENTIALS_SECRET, "key": names.ROLE_KEYS[role]}
    return {"name": variable, "valueFrom": {"secretKeyRef": reference}}


def consumer(
    name: str = "app-1", *, labels: t.Mapping[str, str] | None = None, owner: str = "Deployment", role: str = "app_user"
) -> Json:
    """A pod that has a password from the contract's Secret."""
    more: dict[str, t.Any] = {"labels": dict(labels or {})}
    if owner:
        more["ownerReferences"] = [{"kind": owner, "name": names.FULLNAME}]
    return pod(name, IMAGE, env=[from_secret(role)], **more)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pod that looks: how it may end, what it prints, and what is concluded. Its script runs here in the machine's own sh."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import typing as t
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import image_migrations
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import look
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.api_answers import NotFound
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.storage import volume_contents
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import in_words
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents

POD = path("pods", "msp", "look-1")
IMAGE_ID = "ghcr.io/app@sha256:1"
LOOK = look.Look(what="the volume", namespace="msp", image="app:1", script="true", fix="Correct alga_values.")


def made_before(seconds: float) -> str:
    """A moment as the API server writes it, so many seconds before the pod that looks was made."""
    moment = datetime(2026, 11, 24, 12, 0, tzinfo=UTC) - timedelta(seconds=seconds)
    return moment.isoformat().replace("+00:00", "Z")


class Cluster:
    """An API whose pods go through the given statuses and print the given text."""

    def __init__(self, *statuses: dict[str, t.Any] | None, log: str = "", objects: dict[str, t.Any] | None = None) -> None:
        self.statuses = list(statuses)
        self.log = log
        self.objects = objects or {}
        self.created: list[dict[str, t.Any]] = []
        self.applied: dict[str, t.Any] = {}
        self.deleted: list[str] = []
        self.left: list[dict[str, t.Any]] = []
        self.namespace_exists = True
        self.pods = path("pods", "msp")

    def items(self, url: str, **query: str) -> list[dict[str, t.Any]]:
        return self.left if query else list(self.objects.get(url, []))

    def create(self, url: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        assert url == self.pods
        self.created.append(body)
        if not self.namespace_exists:
            raise NotFound("404", reason=Reason.API_NOT_FOUND)
        return {"metadata": {"name": "look-1", "creationTimestamp": made_before(0)}}

    def get(self, url: str) -> dict[str, t.Any] | None:
        if url != f"{self.pods}/look-1":
            found: dict[str, t.Any] | None = self.objects[url]
            return found
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return None if status is None else {"metadata": {}, "spec": {}, "status": status}

    def group(self, _name: str) -> str:
        return ""

    def request(self, _method: str, url: str, *, query: dict[str, str]) -> str:
        assert url == f"{self.pods}/look-1/log" and query == {"container": "look"}
        return self.log

    def apply(self, url: str, body: dict[str, t.Any]) -> None:
        self.applied[url] = body

    def delete(self, url: str) -> None:
        self.deleted.append(url)


def api(cluster: Cluster) -> KubernetesApi:
    return t.cast("KubernetesApi", cluster)


def waiting(reason: str) -> dict[str, t.Any]:
    return {
        "phase": "Pending",
        "containerStatuses": [{"name": "look", "state": {"waiting": {"reason": reason, "message": "said why"}}}],
    }


def ended(phase: str = "Succeeded") -> dict[str, t.Any]:
    end = {"exitCode": int(phase == "Failed")}
    return {"phase": phase, "containerStatuses": [SIDECAR, {"name": "look", "imageID": IMAGE_ID, "state": {"terminated": end}}]}


# Somebody adds it to every pod, and it never ends (R14).
SIDECAR = {"name": "mesh", "imageID": "mesh@sha256:9", "state": {"running": {}}}


PULLING, RUNNING = waiting("ContainerCreating"), {"phase": "Running"}
UNSCHEDULABLE = {
    "phase": "Pending",
    "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node"}],
}


@pytest.fixture(autouse=True)
def without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "STUCK_SECONDS", 0.0)
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_the_output_without_its_last_line_and_the_image_s_id() -> None:
    cluster = Cluster({}, PULLING, PULLING, RUNNING, ended(), log="a\nb\nend\n")
    assert look.run(api(cluster), LOOK) == (["a", "b"], IMAGE_ID)
    assert cluster.deleted == [POD]


@pytest.mark.parametrize(
    ("statuses", "log", "said"),
    [
        ([PULLING, waiting("ImagePullBackOff")], "", "ImagePullBackOff: said why"),
        ([waiting("ErrImagePull"), waiting("ErrImagePull")], "", "ErrImagePull: said why"),
        ([UNSCHEDULABLE], "", "Unschedulable: no node"),
        ([RUNNING], "", "phase Running"),
        ([RUNNING, ended("Failed")], "ls: cannot open", "failed: ls: cannot open"),
        ([{**ended("Failed"), "phase": "Running"}], "ls: cannot open", "failed: ls: cannot open"),
        ([{**ended("Failed"), "reason": "Evicted"}], "", "failed: Evicted"),
        ([PULLING, None], "", "was deleted by somebody else"),
        ([ended()], "a\nb\n", "its output is incomplete"),
        ([ended()], "", "its output is incomplete"),
    ],
)
def test_a_look_that_fails_says_why_and_leaves_nothing_f48(statuses: list[t.Any], log: str, said: str) -> None:
    cluster = Cluster(*statuses, log=log)
    with pytest.raises(ObservationFailed) as raised:
        look.run(api(cluster), LOOK)
    assert said in raised.value.message
    assert raised.value.reason is Reason.LOOK_FAILED
    assert all(part in in_words(raised.value) for part in ("the volume", "app:1", "msp", "Correct alga_values."))
    assert cluster.deleted == [POD]


def test_a_sidecar_that_never_ends_keeps_nobody_waiting_r14() -> None:
    cluster = Cluster(RUNNING, {**ended(), "phase": "Running"}, log="a\nend\n")
    assert look.run(api(cluster), LOOK) == (["a"], IMAGE_ID)
    assert cluster.deleted == [POD]


def test_a_namespace_that_does_not_exist_is_named() -> None:
    cluster = Cluster(ended())
    cluster.namespace_exists = False
    with pytest.raises(ObservationFailed, match="namespace msp does not exist"):
        look.run(api(cluster), LOOK)


def test_an_image_may_take_its_time_f49() -> None:
    """A pull has another timeout than a pod that is stuck."""
    cluster = Cluster(*[PULLING] * 50, RUNNING, ended(), log="end")
    assert look.run(api(cluster), LOOK).lines == []


def test_what_a_killed_controller_left_is_removed_when_it_has_ended() -> None:
    cluster = Cluster(ended(), log="end")
    old = {"creationTimestamp": made_before(10 * 60)}
    cluster.left = [
        {"metadata": {"name": f"old-{phase}", **old}, "status": {"phase": phase}} for phase in ("Succeeded", "Failed", "Running")
    ]
    look.run(api(cluster), LOOK)
    assert cluster.deleted == [path("pods", "msp", "old-Succeeded"), path("pods", "msp", "old-Failed"), POD]


def test_what_another_controller_may_still_read_is_not_removed_f20() -> None:
    """Ten runs at once look at the same volume: a pod that has ended a moment ago has somebody who reads its log."""
    cluster = Cluster(ended(), log="end")
    cluster.left = [
        {"metadata": {"name": "young", "creationTimestamp": made_before(59)}, "status": {"phase": "Succeeded"}},
        # Its image took half an hour to come.
        {
            "metadata": {"name": "pulled", "creationTimestamp": made_before(1800)},
            "status": {
                "phase": "Succeeded",
                "containerStatuses": [{"name": "look", "state": {"terminated": {"finishedAt": made_before(20)}}}],
            },
        },
    ]
    look.run(api(cluster), LOOK)
    assert cluster.deleted == [POD]


def test_no_token_and_no_secret_reaches_the_pod() -> None:
    cluster = Cluster(ended(), log="end")
    look.run(api(cluster), LOOK)
    (pod,) = cluster.created
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert "secret" not in json.dumps(pod).lower()


CLAIM = path("persistentvolumeclaims", "msp", "db")
PODS = path("pods", "msp")
BOUND = {"metadata": {}, "status": {"phase": "Bound"}}


@pytest.mark.parametrize(
    "claim",
    [
        None,
        {"metadata": {}, "status": {"phase": "Pending"}},
        {"metadata": {}, "status": {"phase": "Lost"}},
        {"metadata": {"deletionTimestamp": "now"}, "status": {"phase": "Bound"}},
    ],
)
def test_a_claim_that_waits_for_its_first_consumer_is_never_bound_by_looking(claim: dict[str, t.Any] | None) -> None:
    cluster = Cluster(objects={CLAIM: claim})
    assert volume_contents.inside(api(cluster), "msp", "db", "pg:17", fix="") is None
    assert cluster.created == []


def test_a_volume_is_mounted_read_only_beside_its_user() -> None:
    user = {
        "metadata": {},
        "spec": {"nodeName": "n1", "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "db"}}]},
        "status": {"phase": "Running"},
    }
    other = {"metadata": {}, "spec": {"nodeName": "n2"}, "status": {"phase": "Running"}}
    log = "begun\nversion\t17\ncontrol\ndatabases\t5\nimage\tpostgres (PostgreSQL) 17.5\nend\n"
    cluster = Cluster(ended(), log=log, objects={CLAIM: BOUND, PODS: [other, user]})
    assert volume_contents.inside(api(cluster), "msp", "db", "pg:17", fix="") == Contents(
        begun=True, version="17", control=True, databases=5, image="pg:17", image_version="postgres (PostgreSQL) 17.5"
    )
    spec = cluster.created[0]["spec"]
    assert spec["nodeName"] == "n1"
    assert spec["containers"][0]["volumeMounts"][0]["readOnly"] is True
    assert spec["volumes"] == [{"name": "volume", "persistentVolumeClaim": {"claimName": "db", "readOnly": True}}]


@pytest.mark.parametrize("line", ["version", "begun\t1", "databases\tmany", "ls: cannot open", "16"])
def test_an_answer_that_is_none_is_not_taken_for_empty_u6(line: str) -> None:
    with pytest.raises(ObservationFailed, match="not a valid answer"):
        volume_contents.facts([line], "the volume")


def seen_in(folder: Path) -> Contents:
    """What the script prints about a folder."""
    script = f"{volume_contents.INSIDE}\ninside {folder}"
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True)
    return Contents(**volume_contents.facts(done.stdout.splitlines(), "the folder"))


def cluster_in(data: Path, *databases: str) -> None:
    """A data directory as initdb makes it."""
    (data / "global").mkdir(parents=True)
    (data / "global/pg_control").touch()
    for database in databases:
        (data / "base" / database).mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")


@pytest.mark.parametrize(
    ("control", "identity"),
    [((7712237923202531352).to_bytes(8, "little") + b"more", "7712237923202531352"), (b"", ""), (b"\1\2", ""), (bytes(16), "")],
)
def test_data_names_itself_by_what_pg_control_begins_with(tmp_path: Path, control: bytes, identity: str) -> None:
    cluster_in(tmp_path)
    (tmp_path / "global/pg_control").write_bytes(control)
    assert seen_in(tmp_path).identity == identity


# What initdb of PostgreSQL 15 and of 17 leaves, comments apart.
INITDB_RULES = """
# host    DATABASE  USER  ADDRESS  METHOD  [OPTIONS]
local   all             all                                     trust
host    all             all             127.0.0.1/32            trust
host    all             all             ::1/128                 trust
local   replication     all                                     trust
host    replication     all             127.0.0.1/32            trust
host    replication     all             ::1/128                 trust
"""


@pytest.mark.parametrize(
    ("added", "rules"),
    [
        ("", 0),
        ("\nhost all all all scram-sha-256\n", 1),
        ("\nhost all all all scram-sha-256", 1),
        ("hostssl all all 10.0.0.0/8 scram-sha-256\n\thostnossl all all samenet md5\n", 2),
        ("host all all localhost trust\n# host all all all trust\n", 0),
        ("include_if_exists other.conf\n", 1),
        ("host all all 10.244.0.0 255.255.0.0 scram-sha-256\n", 1),
        ("host all all 127.0.0.1 255.255.255.255 trust\n", 0),
    ],
)
def test_rules_for_other_hosts_are_counted_f35(tmp_path: Path, added: str, rules: int) -> None:
    file = tmp_path / "pg_hba.conf"
    file.write_text(INITDB_RULES + added)
    script = f"{volume_contents.HOST_RULES}\nhost_rules '{file}'"
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{rules}\n"


@pytest.mark.parametrize("below", ["data", ""])
def test_the_script_finds_the_data_directory_below_data_or_in_the_root_f35(tmp_path: Path, below: str) -> None:
    data = tmp_path / below
    assert seen_in(tmp_path) == Contents(databases=0)
    cluster_in(data, "1", "4", "5", "pgsql_tmp")
    whole = Contents(begun=True, version="17", control=True, databases=3)
    assert seen_in(tmp_path) == whole
    (data / "pg_hba.conf").write_text(INITDB_RULES)
    assert seen_in(tmp_path) == dataclasses.replace(whole, hosts=0)
    (data / "pg_hba.conf").unlink()
    (data / "global/pg_control").unlink()
    assert seen_in(tmp_path) == Contents(begun=True, version="17", databases=3)
    (data / "PG_VERSION").write_text("")
    assert seen_in(tmp_path) == Contents(begun=True, databases=3)


def test_the_script_finds_leftovers_f35(tmp_path: Path) -> None:
    cluster_in(tmp_path / "data", "1", "4", "5")
    for name in (".initializing", "a b.initializing", "data/.initializing", "data/.x.initializing", "data/initializing"):
        (tmp_path / name).touch()
    assert sorted(seen_in(tmp_path).initializing) == [
        ".initializing",
        "a b.initializing",
        "data/.initializing",
        "data/.x.initializing",
    ]


def test_the_script_fails_where_it_may_not_look_u6(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        seen_in(tmp_path / "nowhere")


MEMORY = path("configmaps", "msp", image_migrations.MEMORY)
NAMES = "2_b.cjs\nREADME.md\n10_c.js\n1_a.cjs\nend\n"
SORTED = ("10_c.js", "1_a.cjs", "2_b.cjs")


def read(cluster: Cluster, image_id: str = "", *, remember: bool = False) -> tuple[str, ...]:
    return image_migrations.expected(api(cluster), "msp", Image("app:1", image_id), remember=remember).migrations


def test_the_migrations_are_the_image_s_own_files_f16() -> None:
    cluster = Cluster(ended(), log=NAMES, objects={MEMORY: None})
    assert read(cluster) == SORTED
    assert cluster.created[0]["spec"]["containers"][0]["image"] == "app:1"
    assert "volumes" not in cluster.created[0]["spec"]
    assert cluster.applied == {}, "nothing is remembered without being asked to"


def test_an_image_is_read_once_by_its_id() -> None:
    cluster = Cluster(ended(), log=NAMES, objects={MEMORY: None})
    assert read(cluster, IMAGE_ID, remember=True) == SORTED
    assert cluster.created[0]["spec"]["containers"][0]["image"] == IMAGE_ID
    body = cluster.applied[MEMORY]
    assert body["data"] == {"sha256-1": "\n".join(SORTED)}
    again = Cluster(objects={MEMORY: body})
    assert read(again, "docker.io/mirror@sha256:1") == SORTED
    assert again.created == []


def test_the_newest_images_are_remembered() -> None:
    memory: dict[str, t.Any] | None = None
    for number in range(6):
        status = {"phase": "Succeeded", "containerStatuses": [{"name": "look", "imageID": f"app@sha256:{number}"}]}
        cluster = Cluster(status, log=NAMES, objects={MEMORY: memory})
        read(cluster, remember=True)
        memory = cluster.applied[MEMORY]
    assert memory and set(memory["data"]) == {"sha256-5", "sha256-4", "sha256-3", "sha256-2"}


def test_an_image_without_migrations_is_named_f23() -> None:
    for statuses, log in (([ended("Failed")], "there is no folder /app/server/migrations"), ([ended()], "README.md\nend\n")):
        with pytest.raises(ObservationFailed, match="app:1") as raised:
            read(Cluster(*statuses, log=log, objects={MEMORY: None}))
        assert "/app/server/migrations" in raised.value.message


def test_a_name_that_stands_for_another_image_by_now_answers_nothing() -> None:
    with pytest.raises(ObservationFailed, match="now refers to another image"):
        read(Cluster(ended(), log=NAMES, objects={MEMORY: None}), "sha256:2")


def test_a_look_is_let_in_and_gets_its_image_as_what_runs_that_image_does_r13() -> None:
    placed = {"nodeSelector": {"disk": "ssd"}, "securityContext": {"runAsNonRoot": True}}
    admitted = {"imagePullSecrets": [{"name": "registry"}], "serviceAccountName": "app", "priorityClassName": "high"}
    pod = {**placed, **admitted, "containers": [{"image": LOOK.image, "securityContext": {"runAsUser": 1000}}]}
    cluster = Cluster(ended(), log="end")
    look.run(api(cluster), dataclasses.replace(LOOK, like=pod))
    spec = cluster.created[0]["spec"]
    assert {key: spec[key] for key in (*placed, *admitted)} == {**placed, **admitted}
    assert spec["containers"][0]["securityContext"]["runAsUser"] == 1000
    assert set(spec["containers"][0]["resources"]["limits"]) == {"cpu", "memory"}

    on_claim = dataclasses.replace(LOOK, volume={"persistentVolumeClaim": {"claimName": "db"}})
    sets = [{"spec": {"template": {"spec": {"containers": [{"image": "other"}]}}}}, {"spec": {"template": {"spec": pod}}}]
    cluster = Cluster(ended(), log="end", objects={path("statefulsets", "msp", group=APPS): sets})
    look.run(api(cluster), on_claim)
    spec = cluster.created[0]["spec"]
    assert {key: spec[key] for key in admitted} == admitted
    assert not set(placed) & set(spec), "the volume decides on the node, and root reads it"
    assert spec["containers"][0]["securityContext"]["runAsUser"] == 0

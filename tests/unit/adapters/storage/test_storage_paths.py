# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The look below a provisioner's paths: which ConfigMaps say where, and what the script finds there (R1, R2)."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import look
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.storage import storage_paths
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import Directory
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedApi

DB, FILES = "alga-core-sebastian-postgres-data", "alga-core-sebastian-storage"
CONFIGMAPS, NODES, CLASSES = path("configmaps"), path("nodes"), "/apis/storage.k8s.io/v1/storageclasses"
NODE = {"metadata": {"name": "n1"}}
CLASS = {"metadata": {"name": "local-path"}, "provisioner": "rancher.io/local-path"}


def config(namespace: str, *places: str, name: str = "local-path-config", node: str = "n1") -> dict[str, t.Any]:
    text = json.dumps({"nodePathMap": [{"node": node, "paths": places}]})
    return {"metadata": {"namespace": namespace, "name": name}, "data": {"config.json": text, "setup": "#!/bin/sh"}}


def lists(*configs: dict[str, t.Any], classes: t.Sequence[dict[str, t.Any]] = ()) -> ScriptedApi:
    """A cluster with configurations of the provisioner and StorageClasses."""
    others = [*configs, {"metadata": {"namespace": "msp", "name": "x"}}]
    return ScriptedApi({CONFIGMAPS: others, NODES: [NODE]}, there={CLASSES: list(classes)})


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[look.Look]:
    """What is looked at, by pods that find the database's directory."""
    asked: list[look.Look] = []

    def run(_api: t.Any, wanted: look.Look) -> look.Seen:
        asked.append(wanted)
        return look.Seen([f"directory\tpvc-1_msp_{DB}", "begun", "version\t17", "databases\t3"], "")

    monkeypatch.setattr(look, "run", run)
    return asked


def found(api: ScriptedApi) -> tuple[Directory, ...]:
    return storage_paths.directories(api, "msp", (DB, FILES), "busybox:1", ())


def test_the_configuration_is_found_in_any_namespace_under_any_name_r2(looks: list[look.Look]) -> None:
    places = found(lists(config("kube-system", "/k3s", "/more"), config("storage", "/other", "/k3s", name="fast")))
    where = [(each.namespace, each.node, each.volume["hostPath"]["path"]) for each in looks]
    assert where == [("kube-system", "n1", "/k3s"), ("kube-system", "n1", "/more"), ("storage", "n1", "/other")]
    assert places[0] == Directory(path=f"/k3s/pvc-1_msp_{DB}", claim=DB, node="n1", begun=True, version="17", databases=3)
    assert len(places) == 3


def test_a_class_without_a_configuration_is_unknown_and_none_is_nothing_r2(looks: list[look.Look]) -> None:
    with pytest.raises(ObservationFailed, match=r"local-path \(rancher.io/local-path\)"):
        found(lists(classes=[CLASS]))
    assert found(lists(classes=[{"metadata": {"name": "csi"}, "provisioner": "csi.example.com"}])) == ()
    assert not looks


def test_a_configuration_that_cannot_be_read_is_unknown(looks: list[look.Look]) -> None:
    broken = config("kube-system")
    broken["data"]["config.json"] = '{"nodePathMap": [{"paths": ["/a"]}]}'
    with pytest.raises(ObservationFailed, match="kube-system/local-path-config"):
        found(lists(broken))
    assert not looks


def cluster_in(data: Path) -> None:
    """A data directory with a database of its own and one on a tablespace."""
    for folder in ("global", "base/1", "base/4", "base/5", "pg_tblspc/7/PG_17_202406281/5"):
        (data / folder).mkdir(parents=True)
    (data / "global/pg_control").touch()
    for place in (".", "base/1", "base/4", "base/5", "pg_tblspc/7/PG_17_202406281/5"):
        (data / place / "PG_VERSION").write_text("17\n")


def seen_in(folder: Path) -> list[str]:
    """The directories that the script names, where the folder stands for the volume."""
    script = storage_paths._LOOK.replace("/volume", str(folder))
    environment = {"NAMESPACE": "msp", "CLAIMS": f"{DB} {FILES}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=True, env=environment)
    lines = done.stdout.splitlines()
    assert lines[-1] == look.END
    return [line.partition("\t")[2] for line in lines if line.startswith("directory\t")]


def test_the_script_finds_data_at_any_depth_and_claims_by_their_names_r1(tmp_path: Path) -> None:
    assert seen_in(tmp_path) == []
    cluster_in(tmp_path / "msp" / DB / "data")
    cluster_in(tmp_path / ".hidden/deep er/pgdata")
    cluster_in(tmp_path / f"pvc-2_other_{DB}/data")
    (tmp_path / f"pvc-3_msp_{FILES}/some files").mkdir(parents=True)
    (tmp_path / "notes").touch()
    assert sorted(set(seen_in(tmp_path))) == [".hidden/deep er/pgdata", f"msp/{DB}", f"pvc-3_msp_{FILES}"]
    (tmp_path / "PG_VERSION").write_text("17\n")
    assert "." in seen_in(tmp_path)


def test_the_script_fails_where_it_may_not_look_u6(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    broken = storage_paths._LOOK.replace("/volume", str(tmp_path)).replace("find ", "false ")
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(["sh", "-euc", broken], check=True, env={"NAMESPACE": "msp", "CLAIMS": DB, "PATH": "/usr/bin:/bin"})

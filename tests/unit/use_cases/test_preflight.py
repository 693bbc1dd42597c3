# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The StorageClass is needed for claims that have no volume yet (R23), and helm is asked for its version where there is time."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases import preflight
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedCommand

VALUES = {
    "alga_storage_class": "renamed",
    "alga_namespace": "msp",
    "alga_fullname": names.FULLNAME,
    names.KUBECONFIG_OPTION: "kubeconfig",
    "alga_context": None,
}
CLAIMS = list(names.claims(names.FULLNAME).values())


class Cluster:
    """Claims with and without volumes, and StorageClasses."""

    def __init__(self, claims: dict[str, str], classes: list[str]) -> None:
        self.objects: dict[str, t.Any] = {
            path("persistentvolumeclaims", "msp", name): {"spec": {"volumeName": volume}} for name, volume in claims.items()
        }
        self.classes = [{"metadata": {"name": name}} for name in classes]

    def get(self, url: str) -> t.Any:
        found = {
            path("storageclasses", name=each["metadata"]["name"], group="/apis/storage.k8s.io/v1"): each for each in self.classes
        }
        return {**self.objects, **found}.get(url)

    def items(self, url: str) -> t.Any:
        assert url == "/apis/storage.k8s.io/v1/storageclasses"
        return self.classes


@pytest.mark.parametrize(
    ("claims", "classes", "said"),
    [
        ({}, ["renamed"], []),
        (dict.fromkeys(CLAIMS, "pv"), ["fast"], []),
        ({}, ["slow", "fast"], [f"msp/{CLAIMS[0]}", "This cluster has fast, slow."]),
        ({}, [], ["This cluster has no StorageClass at all."]),
        ({**dict.fromkeys(CLAIMS, "pv"), CLAIMS[1]: ""}, ["fast"], [f"PersistentVolumeClaim msp/{CLAIMS[1]} needs a volume"]),
    ],
)
def test_a_storage_class_is_asked_for_where_a_claim_needs_it_r23(
    monkeypatch: pytest.MonkeyPatch, claims: dict[str, str], classes: list[str], said: list[str]
) -> None:
    monkeypatch.setattr(preflight, "KubernetesApi", lambda *_how: Cluster(claims, classes))
    errors = list(preflight._cluster(VALUES))
    assert len(errors) == bool(said)
    assert [part for part in said if part not in "".join(errors)] == []


def test_who_asks_no_cluster_opens_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a kubeconfig the client would take the operator's own."""
    monkeypatch.setattr(preflight, "KubernetesApi", None)
    assert list(preflight._permissions({"check_charts"}, {**VALUES, "alga_kubeconfig": None})) == []


def helm(version: str | None) -> Run:
    """A run whose helm says a version, or is not to be asked."""
    return complete.run(command=ScriptedCommand({} if version is None else {"helm version": (0, version, "")}))


def of_helm(program: str, run: Run, *, asked: bool) -> list[str]:
    values = {**VALUES, "alga_helm": program, "alga_context": None}
    return list(preflight._helm(values, run, asked=asked))


def test_a_helm_that_is_not_there_is_said_before_anything_is_begun() -> None:
    (said,) = of_helm("/not/there/helm", helm(None), asked=False)
    assert (
        said == "alga_helm names /not/there/helm, which is not a program on this host. Install helm 3 or 4, or correct alga_helm."
    )


def test_a_recover_does_not_ask_helm_for_its_version(tmp_path: Path) -> None:
    """Each call is a process; who runs helm in earnest asks for it in any case."""
    assert of_helm(program(tmp_path), helm(None), asked=False) == []


@pytest.mark.parametrize(("version", "right"), [("v3.22.0", True), ("v4.0.0", True), ("v2.17.0", False)])
def test_a_first_run_does(tmp_path: Path, version: str, right: bool) -> None:
    said = of_helm(program(tmp_path), helm(version), asked=True)
    assert (said == []) is right and (right or f"whose version is '{version}'; 3 or 4 is required" in said[0])


def program(folder: Path) -> str:
    """A program, which is not run here."""
    made = folder / "helm"
    made.touch(0o755)
    return str(made)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("copy.age", ""),
        (".", "which is a directory"),
        ("kept/copy.age", "whose directory does not exist or is not writable"),
        ("no/copy.age", "whose directory does not exist or is not writable"),
        ("~nobody-at-all/copy.age", "whose directory does not exist or is not writable"),
    ],
)
def test_where_the_encrypted_copy_cannot_lie_is_said_before_anything_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, said: str
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    (tmp_path / "kept").write_text("a file")
    named = file if file.startswith("~") else str(tmp_path / file)
    errors = list(preflight._escrow({"file": named, "recipients": ["age1x"]}))
    assert [said in error for error in errors] == ([True] if said else [])


@pytest.mark.parametrize(
    ("mode", "tags", "skipped", "said"),
    [
        ("recover", ["all"], [], 0),
        ("recover", ["all", "mine"], ["mine"], 0),
        ("", ["mine"], ["untagged"], 0),
        ("recover", ["mine"], [], 1),
        ("recover", ["untagged"], [], 1),
        ("recover", ["all"], ["all"], 1),
        ("recover", ["all"], ["mine", "untagged"], 1),
        ("recover", ["mine"], ["untagged"], 2),
    ],
)
def test_a_play_with_a_mode_is_refused_where_tags_leave_out_its_steps(
    mode: str, tags: list[str], skipped: list[str], said: int
) -> None:
    roles = [] if mode else ["alga.appliance.status"]
    options = preflight.Options(mode=mode, roles=roles, settings={}, machine="ahead", run_tags=tags, skip_tags=skipped)
    with pytest.raises(Refused) as refused:
        preflight.perform(options, Run(False, False, ScriptedCommand({})))
    assert sum("--tags" in each or "--skip-tags" in each for each in refused.value.evidence["errors"]) == said


@pytest.mark.parametrize(
    "settings",
    [
        {"alga_kubeconfig": "~nobodyhere/kubeconfig"},
        {"alga_kubeconfig": f"/{'a' * 5000}"},
        {"alga_chart": "~nobodyhere/chart"},
        {"alga_chart": "nul\0byte"},
        {"alga_values_files": ["~nobodyhere/values.yaml"]},
        {"alga_values_files": "nul\0byte"},
        {"alga_escrow": {"file": "~nobodyhere/copy", "vault_password_file": "~nobodyhere/password"}},
        {"alga_escrow": {"file": "/", "vault_password_file": __file__}},
    ],
)
def test_a_path_that_cannot_be_one_is_named(settings: dict[str, t.Any]) -> None:
    options = preflight.Options(mode="fresh", roles=[], settings=settings, machine="ahead", run_tags=["all"], skip_tags=[])
    with pytest.raises(Refused) as refused:
        preflight.perform(options, Run(False, False, ScriptedCommand({})))
    (name,) = settings
    assert any(f"{name} names" in each or f"{name}.file names" in each for each in refused.value.evidence["errors"])

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the chart is told, when helm is needed, and which renderings are refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import effective
from ansible_collections.alga.appliance.plugins.module_utils._core.release import release

CLAIMS = names.claims(names.FULLNAME)


def rendered(kind: str, name: str, **facts: t.Any) -> dict[str, t.Any]:
    return {"kind": kind, "metadata": {"name": name}, **facts}


def test_the_collections_values_win_and_the_operators_stay() -> None:
    given: dict[str, t.Any] = {"server": {"replicaCount": 5, "host": "h"}, "setup": {"runSeeds": True}, "db": {"image": "pg:17"}}
    values = release.values(given, namespace="msp", claims=CLAIMS, replicas=0, mode="fresh")
    assert values["server"] == {"replicaCount": 0, "host": "h", "persistence": {"existingClaim": CLAIMS["server"]}}
    assert values["setup"] == {"runMigrations": False, "runSeeds": False}
    assert values["db"] == {"image": "pg:17", "persistence": {"existingClaim": CLAIMS["db"]}}
    assert given["server"]["replicaCount"] == 5, "what was given is not changed"


@pytest.mark.parametrize("demonstration", [True, False])
def test_the_charts_job_is_never_told_fresh_and_seeds_only_when_asked_f17_f18_u8(demonstration: bool) -> None:
    given = {"setup": {"runSeeds": True, "image": {"tag": "2"}}, "bootstrap": {"mode": "fresh"}}
    setup = release.Setup(seeds=False, demonstration=demonstration)
    values = release.values(given, namespace="msp", claims=CLAIMS, replicas=0, mode="fresh", setup=setup)
    assert values["bootstrap"] == {"mode": "recover"}
    assert values["setup"] == {
        "runMigrations": True,
        "runSeeds": False,
        "applianceBootstrap": {"enabled": not demonstration},
        "image": {"tag": "2"},
    }


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        (f"{names.FULLNAME}-bootstrap", True),
        (f"{names.FULLNAME}-bootstrap-r1", True),
        (f"{names.FULLNAME}-bootstrap-r10", True),
        (f"{names.FULLNAME}-bootstrap-rx", False),
        (f"{names.FULLNAME}-pvc-delete", False),
        (names.JOB, False),
    ],
)
def test_the_charts_job_is_known_under_both_of_its_names_f31(name: str, is_it: bool) -> None:
    assert release.chart_job([rendered("Job", name)], names.FULLNAME) == (name if is_it else "")


@pytest.mark.parametrize(
    "given", [{}, {"server": None}, {"server": {}}, {"server": {"replicaCount": None}}, {"server": {"replicaCount": 1}}]
)
def test_null_is_the_charts_own_number_of_replicas(given: dict[str, t.Any]) -> None:
    assert release.replicas(given) == 1
    assert release.wrong_values(given, "alga_values") == []
    values = release.values(given, namespace="msp", claims=CLAIMS, replicas=1, mode="fresh")
    assert values["server"]["persistence"] == {"existingClaim": CLAIMS["server"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"server": "canary"}, "sets server to something other than a mapping"),
        ({"db": ["canary"]}, "sets db to something other than a mapping"),
        ({"server": []}, "sets server to something other than a mapping"),
        ({"redis": ""}, "sets redis to something other than a mapping"),
        ({"setup": False}, "sets setup to something other than a mapping"),
        ({"db": {"persistence": "canary"}}, "sets db.persistence to something other than a mapping"),
        ({"server": {"replicaCount": "canary"}}, "server.replicaCount to something other than a whole number"),
        ({"server": {"replicaCount": True}}, "server.replicaCount to something other than a whole number"),
        ({"server": {"replicaCount": -1}}, "server.replicaCount to something other than a whole number"),
        ({"server": {"replicaCount": 1.5}}, "server.replicaCount to something other than a whole number"),
    ],
)
def test_values_that_the_chart_cannot_have_are_said_before_anything_is_touched(given: dict[str, t.Any], said: str) -> None:
    (error,) = release.wrong_values(given, "alga_values")
    assert said in error and "canary" not in error
    assert error in effective("recover", {"alga_values": given})[1]


def test_a_manifest_is_read_as_the_api_server_keeps_it() -> None:
    secret = rendered("Secret", "keys", data={"A": "MQ==", "B": "MQ=="}, stringData={"B": "2", "PORT": 3000})
    secret["metadata"]["namespace"] = "msp"
    other = rendered("Service", "db")
    other["metadata"]["namespace"] = "else"
    kept = release.as_kept({"kind": "List", "metadata": {}, "items": [secret, other]}, "msp")
    assert kept[0] == rendered("Secret", "keys", data={"A": "MQ==", "B": "Mg==", "PORT": "MzAwMA=="})
    assert [str(release.identity(item)) for item in kept] == ["Secret keys", "Service else/db"]


@pytest.mark.parametrize("namespace", [None, "", "msp"])
def test_an_object_without_a_namespace_of_its_own_is_the_releases(namespace: str | None) -> None:
    secret = rendered("Secret", "keys")
    secret["metadata"]["namespace"] = namespace
    (kept,) = release.as_kept(secret, "msp")
    assert kept["metadata"] == {"name": "keys"}


def test_the_objects_of_a_list_have_the_kind_that_its_name_says() -> None:
    (kept,) = release.as_kept({"kind": "SecretList", "items": [{"metadata": {"name": "keys"}, "data": {"A": "MQ=="}}]}, "msp")
    assert release.replaced_keys([kept], {"keys": {"A": "Mg=="}}) == {"keys": ["A"]}


@pytest.mark.parametrize(
    ("given", "kept"), [("TVE9\nPQ==\n", "TVE9PQ=="), ("TVE9\r\nPQ==", "TVE9PQ=="), (None, ""), ("*", "*"), (12, 12)]
)
def test_base64_is_compared_as_the_api_server_writes_it(given: t.Any, kept: t.Any) -> None:
    (secret,) = release.as_kept(rendered("Secret", "keys", data={"A": given}), "msp")
    assert secret["data"] == {"A": kept}


def test_a_key_that_is_a_number_is_seen_f12() -> None:
    (secret,) = release.as_kept(rendered("Secret", "keys", data={1: "MQ=="}, stringData={2: "x"}), "msp")
    assert release.replaced_keys([secret], {"keys": {"1": "Mg==", "2": "Mg=="}}) == {"keys": ["1", "2"]}


def test_null_as_text_is_an_empty_text() -> None:
    (secret,) = release.as_kept(rendered("Secret", "keys", stringData={"A": None}), "msp")
    assert secret["data"] == {"A": ""}


def test_what_a_secret_is_given_as_text_is_seen_f1_f12() -> None:
    live = {names.CREDENTIALS_SECRET: {"A": "MQ=="}}
    same, another = (
        {"kind": "Secret", "metadata": {"name": names.CREDENTIALS_SECRET}, "stringData": {"A": text}} for text in "12"
    )
    assert release.replaced_keys(release.as_kept(same, "msp"), live) == {}
    assert release.replaced_keys(release.as_kept(another, "msp"), live) == {names.CREDENTIALS_SECRET: ["A"]}


def test_objects_of_one_name_in_two_namespaces_are_two() -> None:
    here, there = rendered("Secret", "keys", data={"A": "1"}), rendered("Secret", "keys", data={"A": "2"})
    there["metadata"]["namespace"] = "else"
    assert release.replaced_keys([there, here], {"keys": {"A": "1"}}) == {}
    assert release.remade([there], (), ("keys",)) == []
    live = {release.identity(here): here, release.identity(there): None}
    assert release.differences([here, there], [here, there], live) == ["Secret else/keys does not exist"]
    claim = rendered("PersistentVolumeClaim", CLAIMS["db"])
    claim["metadata"]["namespace"] = "else"
    assert release.unsafe([claim], CLAIMS.values()) == []
    job = rendered("Job", f"{names.FULLNAME}-bootstrap")
    job["metadata"]["namespace"] = "else"
    assert release.chart_job([job], names.FULLNAME) == ""
    assert len(release.unsafe([job], CLAIMS.values(), job["metadata"]["name"])) == 1, "it is not the one that was let through"


SERVICE, DEPLOYMENT = rendered("Service", "db"), rendered("Deployment", "app", spec={"replicas": 1})


@pytest.mark.parametrize(
    ("deployed", "wanted", "live", "words"),
    [
        ([SERVICE], [SERVICE], [SERVICE], None),
        ([SERVICE], [SERVICE], [], "does not exist"),
        ([], [SERVICE], [SERVICE], "added"),
        ([SERVICE], [], [], "removed"),
        ([SERVICE], [{**SERVICE, "spec": {"port": 1}}], [SERVICE], "differently"),
        ([DEPLOYMENT], [DEPLOYMENT], [rendered("Deployment", "app", spec={"replicas": 0})], "0 replicas instead of 1"),
    ],
)
def test_helm_is_needed_only_for_a_difference(
    deployed: list[dict[str, t.Any]], wanted: list[dict[str, t.Any]], live: list[dict[str, t.Any]], words: str | None
) -> None:
    alive = {release.identity(item): item for item in live}
    found = release.differences(deployed, wanted, {release.identity(item): alive.get(release.identity(item)) for item in wanted})
    assert (found == []) if words is None else (len(found) == 1 and words in found[0])


def test_a_claim_or_a_job_of_the_release_is_refused_f36_u8() -> None:
    objects = [rendered("PersistentVolumeClaim", CLAIMS["db"]), rendered("PersistentVolumeClaim", "other"), rendered("Job", "j")]
    problems = release.unsafe(objects, CLAIMS.values())
    assert len(problems) == 2
    assert CLAIMS["db"] in problems[0] and "Job j" in problems[1]
    assert len(release.unsafe(objects, CLAIMS.values(), "j")) == 1, "the one Job that the guard lets through"


@pytest.mark.parametrize(
    ("name", "data", "replaced"),
    [
        (names.CREDENTIALS_SECRET, {"A": "1"}, False),
        (names.CREDENTIALS_SECRET, {"A": "2"}, True),
        (names.CREDENTIALS_SECRET, {}, True),
        (names.CREDENTIALS_SECRET, None, True),
        ("keys", {"A": "1", "NEW": "2"}, False),
        ("keys", {"A": "2"}, True),
        ("keys", {}, False),
        ("another", {"A": "2"}, False),
    ],
)
def test_other_values_in_the_rendering_are_seen_f1_f12(name: str, data: dict[str, str] | None, replaced: bool) -> None:
    live = {names.CREDENTIALS_SECRET: {"A": "1", "EMPTY": ""}, "keys": {"A": "1"}}
    found = release.replaced_keys([rendered("Secret", name, data=data), rendered("ConfigMap", name, data=data)], live)
    assert found == ({name: ["A"]} if replaced else {})
    assert release.replaced_keys([], live) == {}


def test_a_secret_that_is_gone_would_be_made_anew_f2_f12() -> None:
    wanted = [rendered("Secret", "keys"), rendered("Secret", "kept"), rendered("ConfigMap", "redis")]
    assert release.remade(wanted, {"kept"}, ("keys", "kept", "redis")) == ["keys"]


SECRET = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "keys"}, "data": {"NEW": "MQ==", "EMPTY": ""}}


@pytest.mark.parametrize(
    ("needs", "live", "said"),
    [
        # HEAD's chart wants a key that the Secret of an earlier chart does not have.
        (
            ("keys", "HOCUSPOCUS_JWT_SECRET"),
            {"keys": {"OLD"}},
            ["Deployment app needs key HOCUSPOCUS_JWT_SECRET of Secret keys, which does not contain it"],
        ),
        (("keys", "EMPTY"), {}, ["Deployment app needs key EMPTY of Secret keys, which does not contain it"]),
        (("other", "A"), {}, ["Deployment app needs Secret other, which does not exist"]),
        (("other", ""), {}, ["Deployment app needs Secret other, which does not exist"]),
        (("keys", "NEW"), {}, []),
        (("keys", "OLD"), {"keys": {"OLD"}}, []),
        (("other", ""), {"other": set()}, []),
        # In check mode of a first run nobody has made it yet.
        (("db-credentials", "DB_PASSWORD_SERVER"), {}, []),
        (
            ("db-credentials", "A"),
            {"db-credentials": set()},
            ["Deployment app needs key A of Secret db-credentials, which does not contain it"],
        ),
    ],
)
def test_keys_that_new_pods_would_wait_for_are_named_before_helm_runs_r40(
    needs: tuple[str, str], live: dict[str, set[str]], said: list[str]
) -> None:
    assert release.lacking_keys({"Deployment app": [needs]}, [SECRET], live, ["db-credentials"]) == said


def test_what_an_operator_of_the_cluster_makes_later_is_not_missed_r40() -> None:
    external = {
        "kind": "ExternalSecret",
        "apiVersion": "external-secrets.io/v1",
        "metadata": {"name": "x"},
        "spec": {"target": {"name": "vaulted"}},
    }
    needs = {"Deployment app": [("vaulted", "KEY")]}
    assert release.lacking_keys(needs, [external], {}, []) == []
    assert release.lacking_keys(needs, [{**external, "kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1"}], {}, [])

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict of status.yml: what the playbooks would decide, what is not known, and what lies beside; nothing is changed."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import known_keys
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import verifier
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.appliance_info import USE_CASE
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import generated_keys
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FORBIDDEN, UNKNOWN, Answer, status

PAGE = path("services", "msp", f"{names.FULLNAME}:3000") + "/proxy/auth/signin"
CLASS = "/apis/storage.k8s.io/v1/storageclasses/local-path"
EVENTS = path("events", "msp")


def info(ports: Ports, inside: t.Any = None, options: t.Any = None, stored: t.Any = None, **there: Answer) -> t.Any:
    """Observe a complete appliance, but for what a test changes of it."""
    everywhere = complete.everywhere({"postgres": "", "server": ""}, **(stored or {}))
    ports.postgresql({"postgres": {}, "server": inside or complete.inside()}, everywhere=everywhere)
    known = {complete.DEPLOYMENTS: [complete.deployment()], PAGE: "<html>", EVENTS: [], CLASS: None}
    ports.api({}, there={**complete.objects(), **known, **there}, forwards=True)
    return USE_CASE.answer(complete.options(USE_CASE, **(options or {})), complete.run())


def test_a_complete_appliance_is_healthy_and_nothing_is_written(ports: Ports) -> None:
    result = info(ports)
    assert (result["state"], result["decision"], result["changed"], result["drift"]) == ("seeded", "healthy", False, False)
    seen = result["evidence"]
    assert (seen["application"], seen["storage"], seen["credentials"]["decision"]) == ("answering", "present", "keep")
    assert [row["verdict"] for row in seen["credentials"]["roles"]] == ["ok"] * len(names.ROLE_KEYS)
    assert seen["shown"] == f"{result['msg']} {result['next_action']}" and complete.silent(result)


def test_an_application_that_does_not_answer_is_not_waited_for(ports: Ports) -> None:
    result = info(ports, **{PAGE: status(503, "ServiceUnavailable", "no endpoints available")})
    assert (result["decision"], result["evidence"]["application"]) == ("attention", "waiting")
    assert "its page /auth/signin does not answer" in result["msg"] and "fix the cause" in result["next_action"]


@pytest.mark.parametrize("fails", [False, True])
def test_drift_is_a_finding_and_fails_only_whoever_wants_it_to_u5(ports: Ports, fails: bool) -> None:
    stored = {"app_user": verifier(b"canary-of-somebody-else")}
    if fails:
        with pytest.raises(Refused, match=r"app_user .*This step changed nothing\.") as raised:
            info(ports, options={"fail_on_drift": True}, stored=stored)
        assert complete.silent(raised.value.message, raised.value.evidence)
        assert info(ports, options={"fail_on_drift": True})["decision"] == "healthy"
        return
    result = info(ports, stored=stored)
    assert (result["decision"], result["drift"], result["changed"]) == ("attention", True, False)
    assert result["msg"].startswith("The next restart of the application will fail")
    assert [line for line in result["evidence"]["shown"] if line.startswith("app_user ")] and complete.silent(result)


@pytest.mark.parametrize("unread", ["/api/v1/persistentvolumes", complete.JOB])
def test_what_cannot_be_read_beside_it_hides_no_drift_u5(ports: Ports, unread: str) -> None:
    stored = {"app_user": verifier(b"canary-of-somebody-else")}
    result = info(ports, stored=stored, **{unread: FORBIDDEN})
    seen = result["evidence"]["credentials"]
    assert (result["decision"], seen["state"]) == ("attention", "complete")
    assert [row["role"] for row in seen["roles"] if row["verdict"] != "ok"] == ["app_user"]
    assert not info(ports, options={"fail_on_drift": True}, **{unread: FORBIDDEN})["drift"]


def test_a_generated_key_that_is_gone_is_a_finding_r29(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_keys, "ROUNDS", 1)
    application = f"{complete.SECRETS}/{complete.APPLICATION_SECRET}"
    whole = {**complete.objects(), application: complete.secret(complete.APPLICATION_SECRET, {"CRYPTR_KEY": "canary"})}
    record = generated_keys.record(ports.api({}, there=whole), Appliance("msp"))
    assert record is not None
    claim = complete.ready_claim(**{names.KEYS_ANNOTATION: record})
    result = info(ports, **{complete.DATABASE_CLAIM: claim, application: None})
    assert (result["decision"], result["evidence"]["credentials"]["decision"]) == ("attention", "refuse")
    assert complete.APPLICATION_SECRET in result["msg"] and complete.silent(result)


def test_pending_migrations_are_what_recover_would_do_r22(ports: Ports) -> None:
    result = info(ports, complete.inside(migrations=complete.MIGRATIONS[:1]))
    assert (result["state"], result["decision"], result["evidence"]["playbook"]) == ("behind", "attention", "recover")


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.PVCS, complete.JOB, complete.CREDENTIALS])
def test_what_could_not_be_read_is_not_healthy_f27(ports: Ports, unread: str, answer: Answer) -> None:
    def told() -> str:
        try:
            return str(info(ports, **{unread: answer})["decision"])
        except ApplianceError as error:
            return str(USE_CASE.failure(error)["state"])

    assert told() in ("attention", "unknown")


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_an_image_whose_migrations_could_not_be_read_leaves_them_unknown(ports: Ports, answer: Answer) -> None:
    result = info(ports, **{complete.MEMORY: answer})
    assert "Whether migrations are pending is " in result["msg"] and result["state"] == "seeded"


POOLER = {
    "metadata": {
        "name": "pooler",
        "namespace": "msp",
        "generation": 1,
        "annotations": {names.HELM_RELEASE_ANNOTATION: "pgbouncer"},
    },
    "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "pooler"}}, "template": {"spec": {"containers": []}}},
    "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 0},
}


def test_what_other_releases_lack_is_said_r39(ports: Ports) -> None:
    lacking = {complete.STATEFUL_SETS: [POOLER], f"{complete.PODS}?labelSelector=app=pooler": []}
    result = info(ports, **lacking)
    assert "StatefulSet pooler of release pgbouncer: 0 of 1 replicas are available" in result["msg"]


@pytest.mark.parametrize(
    ("storage_class", "said"),
    [
        (None, "local-path"),
        ({"allowVolumeExpansion": True}, "set its spec.resources.requests.storage to 30Gi"),
        (FORBIDDEN, "local-path"),
    ],
)
def test_a_bigger_size_than_the_volume_has_is_said_r24(ports: Ports, storage_class: Answer, said: str) -> None:
    result = info(ports, options={"sizes": {"db": "30Gi", "redis": "1Gi"}}, **{CLASS: storage_class})
    assert f"PersistentVolumeClaim msp/{complete.CLAIM} " in result["msg"] and said in result["msg"]
    assert "alga_redis_storage_size" not in result["msg"]

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict of status.yml: what the playbooks would decide, what is not known, and what lies beside; nothing is changed."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import db_credentials
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release import application
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.report import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FORBIDDEN, UNKNOWN, Answer

PAGE = path("services", "msp", f"{names.FULLNAME}:3000") + "/proxy/auth/signin"
CLASS = "/apis/storage.k8s.io/v1/storageclasses/local-path"
EVENTS = path("events", "msp")


def standing(ports: Ports, inside: t.Any = None, **there: Answer) -> None:
    ports.postgresql(
        {"postgres": {}, "server": inside or complete.inside()}, everywhere=complete.everywhere({"postgres": "", "server": ""})
    )
    known = {complete.DEPLOYMENTS: [complete.deployment()], PAGE: "<html>", EVENTS: [], CLASS: None}
    ports.api({}, there={**complete.objects(), **known, **there}, forwards=True)


def report(ports: Ports, inside: t.Any = None, sizes: t.Any = None, **there: Answer) -> t.Any:
    """Report on what the other two modules of status.yml said of the same appliance."""
    standing(ports)
    credentials = db_credentials.USE_CASE.answer(complete.options(db_credentials.USE_CASE, step="compare"), complete.run())
    answer = application.USE_CASE.answer(complete.options(application.USE_CASE, step="answer"), complete.run(check_mode=True))
    standing(ports, inside, **there)
    options = complete.options(USE_CASE, credentials=credentials, application=answer, sizes=sizes or {})
    return USE_CASE.answer(options, complete.run())


def test_a_complete_appliance_is_healthy_and_nothing_is_written(ports: Ports) -> None:
    result = report(ports)
    assert (result["state"], result["decision"], result["changed"], result["drift"]) == ("seeded", "healthy", False, False)
    assert complete.silent(result)


def test_pending_migrations_are_what_recover_would_do_r22(ports: Ports) -> None:
    result = report(ports, complete.inside(migrations=complete.MIGRATIONS[:1]))
    assert (result["state"], result["decision"], result["evidence"]["playbook"]) == ("behind", "attention", "recover")


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.PVCS, complete.JOB, complete.CREDENTIALS])
def test_what_could_not_be_read_is_not_healthy_f27(ports: Ports, unread: str, answer: Answer) -> None:
    def told() -> str:
        try:
            return str(report(ports, **{unread: answer})["decision"])
        except ApplianceError as error:
            return str(USE_CASE.failure(error)["state"])

    assert told() in ("attention", "unknown")


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_an_image_whose_migrations_could_not_be_read_leaves_them_unknown(ports: Ports, answer: Answer) -> None:
    result = report(ports, **{complete.MEMORY: answer})
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
    result = report(ports, **lacking)
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
    result = report(ports, sizes={"db": "30Gi", "redis": "1Gi"}, **{CLASS: storage_class})
    assert f"PersistentVolumeClaim msp/{complete.CLAIM} " in result["msg"] and said in result["msg"]
    assert "alga_redis_storage_size" not in result["msg"]

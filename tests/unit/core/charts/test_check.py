# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a chart check finds, row by row, and what it leaves alone (W15, W24)."""

from __future__ import annotations

import base64
import dataclasses
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.charts.documents import read_documents
from ansible_collections.alga.appliance.plugins.module_utils._core.charts import environment, losses, placeholders, workloads
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.addresses import Service
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.check import check
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.manifest import items
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.pods import containers
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rendered import Live
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rows import (
    MEANINGS,
    Row,
    Severity,
    Verdict,
    verdict,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.charts.variables import references
from ansible_collections.alga.appliance.tests.unit.core.charts.manifests import (
    charts,
    deployment,
    env,
    found,
    lines,
    mounting,
    reads,
)

LIVE = Live()


SECRET = """---
# Source: worker/templates/secrets.yaml
kind: Secret
metadata: {name: worker-secrets, namespace: msp}
stringData:
  NEXTAUTH_SECRET: "Change-Me-in-prod"
  CRYPTO_KEY: change-me-in-production
  OTHER: change-me
  REAL: 5ca1ab1e
"""
IN_BASE64 = SECRET.replace("stringData", "data").replace("change-me-in-production", base64.b64encode(b"change-me").decode())


@pytest.mark.parametrize("secret", [SECRET, IN_BASE64, SECRET.replace("\n", "\r\n")], ids=["stringData", "data", "CRLF"])
def test_a_placeholder_for_an_encryption_key_that_a_pod_reads_is_an_error_w15(secret: str) -> None:
    (finding,) = found(Row.PLACEHOLDER_KEY, secret + deployment(reads("worker-secrets", "CRYPTO_KEY")))
    assert str(finding.place) == "worker/templates/secrets.yaml (line 7 of the rendered manifests)"
    assert "Deployment msp/worker reads it" in finding.message and "production" not in str(finding)
    assert found(Row.PLACEHOLDER_KEY, secret) == [], "nobody reads it"
    assert found(Row.PLACEHOLDER_KEY, secret, deployment(reads("worker-secrets", "CRYPTO_KEY"))), "another chart's pod does"
    assert found(Row.PLACEHOLDER_KEY, deployment(env(CRYPTO_KEY="change-me"))), "in the clear"


def test_a_key_that_becomes_an_encryption_key_in_the_pod_is_one_w15() -> None:
    assert lines(found(Row.PLACEHOLDER_KEY, SECRET + deployment(reads("worker-secrets", "OTHER", "CRYPTR_KEY")))) == [8]


@pytest.mark.parametrize(
    "whole",
    [
        "        envFrom:\n        - secretRef: {name: worker-secrets}",
        "      volumes:\n      - name: v\n        secret: {secretName: worker-secrets}",
        "      volumes:\n      - name: v\n        projected: {sources: [{secret: {name: worker-secrets}}]}",
    ],
)
def test_another_placeholder_that_a_pod_reads_is_a_warning_w15(whole: str) -> None:
    assert lines(found(Row.PLACEHOLDER, SECRET + deployment(reads("worker-secrets", "NEXTAUTH_SECRET")))) == [6]
    assert lines(found(Row.PLACEHOLDER, SECRET + deployment(whole))) == [6, 8], "read whole"
    assert lines(found(Row.PLACEHOLDER, deployment(env(A="1", B="replace_me")))) == [16]
    assert found(Row.PLACEHOLDER, SECRET + deployment(reads("worker-secrets", "REAL"))) == []
    elsewhere = deployment(reads("worker-secrets", "OTHER")).replace("{name: worker}", "{name: worker, namespace: other}", 1)
    assert found(Row.PLACEHOLDER, SECRET + elsewhere) == [], "another namespace's Secret of this name"


def test_an_address_without_a_service_is_a_warning_w15_f52() -> None:
    worker = deployment(env(APPLICATION_URL="http://alga-core.msp.svc.cluster.local:3000", NOTE="alga-core"))
    service = "kind: Service\nmetadata: {name: alga-core-sebastian}\n"
    (finding,) = found(Row.MISSING_SERVICE, service, worker)
    assert (finding.chart, finding.place.line) == ("worker", 15)
    assert "names Service msp/alga-core, which none" in finding.message
    assert finding.next_action.startswith("Did you mean alga-core-sebastian?")
    assert found(Row.MISSING_SERVICE, service.replace("-sebastian", ""), worker) == [], "another chart renders it"
    assert found(Row.MISSING_SERVICE, worker, live=dataclasses.replace(LIVE, services={Service("msp", "alga-core")})) == []
    (finding,) = found(Row.MISSING_SERVICE, worker, live=LIVE)
    assert "and the cluster does not have" in finding.message


def test_the_superuser_through_the_pooler_is_a_warning_w15() -> None:
    worker = deployment(env(DB_HOST="pgbouncer.msp.svc.cluster.local", DB_USER="app_user_pgbouncer", DB_USER_ADMIN="postgres"))
    assert lines(found(Row.POOLED_SUPERUSER, worker)) == [17]
    assert found(Row.POOLED_SUPERUSER, worker.replace("pgbouncer.msp", "db.msp")) == []


SCALER = """---
kind: HorizontalPodAutoscaler
metadata: {name: worker}
spec:
  scaleTargetRef: {kind: Deployment, name: worker}
  minReplicas: 2
"""


def test_an_autoscaler_without_metrics_is_a_warning_w15() -> None:
    (finding,) = found(Row.NO_METRICS, SCALER)
    assert finding.place.line == 4 and "Check the chart with a kubeconfig" in finding.next_action
    (finding,) = found(Row.NO_METRICS, SCALER, live=LIVE)
    assert "which this cluster does not have" in finding.message
    assert found(Row.NO_METRICS, SCALER, live=dataclasses.replace(LIVE, metrics=True)) == []


BUDGET = """---
kind: PodDisruptionBudget
metadata: {name: worker}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: worker}}
"""


@pytest.mark.parametrize(
    ("budget", "workload", "blocks"),
    [
        ("minAvailable: 1", "", True),
        ('minAvailable: "50%"', "", True),
        ("minAvailable: 2", "  replicas: 3", False),
        ("minAvailable: 100%", "  replicas: 3", True),
        ("minAvailable: 67%", "  replicas: 3", True),
        ("maxUnavailable: 0", "  replicas: 3", True),
        ("maxUnavailable: 0%", "  replicas: 3", True),
        ("maxUnavailable: 1", "", False),
        ("minAvailable: 1", "  replicas: 0", False),
        ("minAvailable: 1", SCALER, False),
        ("minAvailable: 2", SCALER, True),
        ("minAvailable: some", "", False),
        ("{}", "", False),
    ],
)
def test_a_budget_that_blocks_every_drain_is_a_warning_w15(budget: str, workload: str, blocks: bool) -> None:
    given = BUDGET.replace("minAvailable: 1", budget if budget != "{}" else "other: 1")
    assert lines(found(Row.BLOCKED_DRAIN, given + deployment("") + workload)) == ([4] if blocks else [])


def test_a_budget_is_compared_with_the_pods_that_it_selects_w15() -> None:
    assert found(Row.BLOCKED_DRAIN, BUDGET + deployment("", name="other")) == []
    elsewhere = BUDGET.replace("{name: worker}", "{name: worker, namespace: other}")
    assert found(Row.BLOCKED_DRAIN, elsewhere + deployment("")) == []
    by_expression = BUDGET.replace("{matchLabels", "{matchExpressions: [{key: app, operator: Exists}], matchLabels")
    assert found(Row.BLOCKED_DRAIN, by_expression + deployment("")) == [], "not judged"


def test_a_budget_counts_all_the_pods_that_it_selects_w15() -> None:
    two = deployment("", name="a").replace("{app: a}", "{app: worker}") + deployment("", name="b").replace(
        "{app: b}", "{app: worker}"
    )
    assert found(Row.BLOCKED_DRAIN, BUDGET + two) == [], "the other one's pod stays"
    (finding,) = found(Row.BLOCKED_DRAIN, BUDGET.replace("minAvailable: 1", "minAvailable: 2") + two)
    assert "any pod of Deployment msp/a and Deployment msp/b to be evicted" in finding.message
    nothing = BUDGET.replace("  selector: {matchLabels: {app: worker}}\n", "")
    assert found(Row.BLOCKED_DRAIN, nothing + deployment("")) == [], "no selector selects no pod"
    assert found(Row.BLOCKED_DRAIN, nothing + "  selector: {}\n" + deployment("")), "an empty one selects all"


@pytest.mark.parametrize(
    ("metrics", "needed"),
    [("[]", True), ("[{type: Resource}]", True), ("[{type: External}, {type: ContainerResource}]", True)]
    + [(f"[{{type: {kind}}}]", False) for kind in ("External", "Object", "Pods")],
)
def test_an_autoscaler_with_metrics_from_elsewhere_needs_no_metrics_api_w15(metrics: str, needed: bool) -> None:
    assert lines(found(Row.NO_METRICS, f"{SCALER}  metrics: {metrics}\n")) == ([4] if needed else [])


def test_unequal_hashing_is_a_warning_w15() -> None:
    core, worker = deployment(env(ITERATIONS="'1000'", SALT_BYTES="'12'")), deployment(env(SALT_BYTES="12", ITERATIONS="'10000'"))
    (finding,) = found(Row.UNEQUAL_HASHING, core, worker)
    assert (finding.chart, finding.place.line) == ("worker", 16)
    assert "ITERATIONS is '10000'" in finding.message and "'1000' in container main" in finding.message
    assert found(Row.UNEQUAL_HASHING, core, core) == []


def test_a_boolean_with_quotes_is_a_warning_w15() -> None:
    worker = deployment(env(DEBUG="'\"false\"'", ON='"true"', TEXT="'\"truth\"'", ONE="\"'1'\""))
    assert lines(found(Row.QUOTED_BOOLEAN, worker)) == [15, 18]


@pytest.mark.parametrize(
    ("image", "policy", "said"),
    [
        ("redis:latest", "IfNotPresent", "with tag latest."),
        ("registry.example.com:5000/redis", "IfNotPresent", "without a tag."),
        ("redis:7", "Always", "with tag 7, and pulls it at each start."),
        ("redis", "Always", "without a tag, and pulls it at each start."),
        ("redis:7", "IfNotPresent", ""),
        ("redis:latest@sha256:1", "Always", ""),
    ],
)
def test_an_image_that_a_restart_may_replace_is_a_warning_w15(image: str, policy: str, said: str) -> None:
    given = deployment(f"        imagePullPolicy: {policy}").replace("x@sha256:1", image)
    findings = found(Row.FLOATING_IMAGE, given)
    assert [finding.message.endswith(said) for finding in findings] == ([True] if said else [])
    assert lines(findings) == ([13] if said else [])


def test_a_selector_that_cannot_be_changed_is_a_warning_w15() -> None:
    given = deployment("").replace("spec:\n  template", "spec:\n  selector: {matchLabels: {app: worker, part: 1}}\n  template")
    named = ("Deployment", "msp", "worker")

    def against(selector: t.Any) -> list[int]:
        return lines(found(Row.CHANGED_SELECTOR, given, live=Live(selectors={named: selector})))

    assert against({"matchLabels": {"app": "worker"}}) == [8]
    assert against({"matchLabels": {"part": "1", "app": "worker"}, "matchExpressions": []}) == []
    assert found(Row.CHANGED_SELECTOR, given, live=LIVE) == [] and found(Row.CHANGED_SELECTOR, given) == []


WAIT = "until ok; do sleep 1; done"
SCRIPT = f"        command:\n        - sh\n        - -c\n        - |\n          echo 🚀\n          {WAIT}\n"
INITIAL = deployment(SCRIPT).replace("containers:", "initContainers:")


def test_a_wait_without_a_limit_is_a_warning_w24() -> None:
    (finding,) = found(Row.UNBOUNDED_WAIT, INITIAL)
    assert (finding.place.source, finding.place.line) == ("worker/templates/deployment.yaml", 19)
    assert lines(found(Row.UNBOUNDED_WAIT, deployment(SCRIPT, kind="Job"))) == [19]
    assert found(Row.UNBOUNDED_WAIT, deployment(SCRIPT)) == [], "what runs for ever may wait for ever"
    one_line = deployment(f"        command: [sh, -c, '{WAIT}']", kind="CronJob")
    assert lines(found(Row.UNBOUNDED_WAIT, one_line)) == []
    assert lines(found(Row.UNBOUNDED_WAIT, one_line.replace("CronJob", "Job"))) == [14]


@pytest.mark.parametrize(
    "limited",
    [
        INITIAL.replace("initContainers:", "activeDeadlineSeconds: 60\n      initContainers:"),
        deployment(SCRIPT, kind="Job").replace("spec:\n  template", "spec:\n  activeDeadlineSeconds: 60\n  template"),
        INITIAL.replace("- sh\n", "- timeout\n        - '60'\n        - sh\n"),
        INITIAL.replace("image: x@", "restartPolicy: Always\n        image: x@"),
    ],
)
def test_a_wait_with_a_deadline_is_none_w24(limited: str) -> None:
    assert found(Row.UNBOUNDED_WAIT, limited) == []


def test_a_script_in_a_config_map_is_read_w24() -> None:
    mounted = "        command: [sh, /bootstrap/wait.sh]\n        volumeMounts: [{name: b, mountPath: /bootstrap/}]\n"
    mounted += "      volumes: [{name: b, configMap: {name: scripts}}]\n"
    scripts = f"---\nkind: ConfigMap\nmetadata: {{name: scripts}}\ndata:\n  other.sh: '{WAIT}'\n  wait.sh: |\n    {WAIT}\n"
    (finding,) = found(Row.UNBOUNDED_WAIT, scripts + deployment(mounted, kind="Job"))
    assert finding.place.line == 7


CLAIM = "kind: PersistentVolumeClaim\nmetadata:\n  name: data\n"
MOUNTED = CLAIM + "---\n" + mounting("data")


@pytest.mark.parametrize(
    ("command", "mount", "volume", "read"),
    [
        ("[sh, /b/wait.sh]", "mountPath: /b", "configMap: {name: s}", True),
        ("[/x.sh]", "mountPath: /x.sh, subPath: wait.sh", "configMap: {name: s}", True),
        ("[/x.sh]", "mountPath: /x.sh, subPath: other.sh", "configMap: {name: s}", False),
        ("[sh, /b/w.sh]", "mountPath: /b", "configMap: {name: s, items: [{key: wait.sh, path: w.sh}]}", True),
        ("[sh, /b/wait.sh]", "mountPath: /b", "configMap: {name: s, items: [{key: wait.sh, path: w.sh}]}", False),
        ("[sh, /b/wait.sh]", "mountPath: /b", "projected: {sources: [{secret: {}}, {configMap: {name: s}}]}", True),
        ("[sh, -c, cd /b && ./wait.sh]", "mountPath: /b/", "configMap: {name: s}", True),
        ("[sh, -c, cd /c && ./wait.sh]", "mountPath: /b", "configMap: {name: s}", False),
    ],
)
def test_a_script_is_found_however_it_is_mounted_w24(command: str, mount: str, volume: str, read: bool) -> None:
    mounted = (
        f"        command: {command}\n        volumeMounts: [{{name: b, {mount}}}]\n      volumes: [{{name: b, {volume}}}]\n"
    )
    config = f"---\nkind: ConfigMap\nmetadata: {{name: s}}\ndata: {{wait.sh: '{WAIT}'}}\n"
    assert bool(found(Row.UNBOUNDED_WAIT, config + deployment(mounted, kind="Job"))) is read


def test_errors_come_first_and_charts_in_their_order() -> None:
    given = [MOUNTED + SCALER, SCALER + MOUNTED.join(["---\n", ""])]
    assert [(each.row, each.chart) for each in check(charts(*given))] == [
        (Row.UNKEPT_CLAIM, "core"),
        (Row.UNKEPT_CLAIM, "worker"),
        (Row.NO_METRICS, "core"),
        (Row.NO_METRICS, "worker"),
    ]


def test_every_row_is_explained_and_three_lose_data() -> None:
    assert list(MEANINGS) == list(Row)
    assert {row for row in Row if row.severity is Severity.ERROR} == {Row.PLACEHOLDER_KEY, Row.HOOK_SECRET, Row.UNKEPT_CLAIM}
    assert verdict([]) is Verdict.CLEAN
    assert verdict(found(Row.NO_METRICS, SCALER)) is Verdict.WARNINGS
    assert verdict(check(charts(SCALER, MOUNTED))) is Verdict.ERRORS


def test_every_kind_of_pod_is_looked_into() -> None:
    for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"):
        (item,) = items("core", read_documents("core", deployment(reads("a", "b"), kind=kind)), "msp")
        assert [(each.name, each.must_end) for each in containers(item)] == [("main", kind == "Job")]
        assert [(each.secret, each.key, each.known_as) for each in references(item)] == [("a", "b", "X")]
    pod = "kind: Pod\nspec: {containers: [{name: p, env: [{name: A, value: 1}]}]}\n"
    cron = "kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c}]}}}}}\n"
    read = items("core", read_documents("core", f"{pod}---\n{cron}"), "msp")
    assert [each.name for item in read for each in containers(item)] == ["p", "c"]


def test_each_check_stands_alone() -> None:
    whole = charts(SECRET + deployment(reads("worker-secrets", "NEXTAUTH_SECRET")))
    assert [finding.row for finding in placeholders.placeholders(whole)] == [Row.PLACEHOLDER]
    assert list(losses.hook_secrets(whole)) == [] and list(losses.unkept_claims(whole)) == []
    assert list(environment.quoted_booleans(whole)) == [] and list(workloads.floating_images(whole)) == []

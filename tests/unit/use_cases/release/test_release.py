# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core chart's release: helm runs where something differs, and never over what could lose data."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release.release import KEEP, RUN, USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    UNKNOWN,
    Answer,
    ScriptedApi,
    ScriptedCommand,
    Then,
    Write,
    deletes,
    posts,
    then,
)

KEPT = f"{complete.SECRETS}/{names.KEPT_SECRET}"
CONTRACT = (names.CREDENTIALS_SECRET, *names.generated(names.FULLNAME))
HELM_RECORD = f"{complete.SECRETS}/sh.helm.release.v1.alga-core.v2"


def rendered(image: str = complete.IMAGE, replicas: int = 1, *more: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """What the chart makes: the application, and whatever else a test is about."""
    own = complete.deployment(replicas)
    template = own["spec"]["template"]["spec"] | {"initContainers": []}
    template["containers"][0]["image"] = image
    spec = {**own["spec"], "template": {**own["spec"]["template"], "spec": template}}
    return [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": names.FULLNAME}, "spec": spec}, *more]


def manifest(objects: list[dict[str, t.Any]]) -> str:
    return str(yaml.safe_dump_all(objects))


def helm(
    ports: Ports,
    wanted: list[dict[str, t.Any]],
    *,
    upgrades: bool = False,
    fails: str = "",
    whole: bool = True,
) -> ScriptedCommand:
    """The helm program, version 3.

    :param upgrades: whether it is expected to be run in earnest.
    :param whole: whether all of it is expected to be asked.
    """
    answer = json.dumps({"manifest": manifest(wanted), "hooks": []})
    answers = {"--output json --dry-run=server": (0, answer, "")}
    if upgrades:
        answers["helm version"] = (0, "v3.22.0\n", "")
        answers["upgrade --install"] = (1, "", fails) if fails else (0, answer, "")
    return ports.command(answers) if whole else ports.command(there=answers)


def cluster(
    ports: Ports,
    asked: dict[str, Answer | Then] | None = None,
    *,
    status: str = "deployed",
    writes: t.Sequence[Write] = (),
    **changed: t.Any,
) -> ScriptedApi:
    """The cluster.

    :param status: of the release, which helm rendered last as it is to be now.
    """
    there = complete.objects(**changed)
    there[complete.RECORDS] = complete.records(manifest(rendered()), status)
    kinds = {"deployments": "Deployment", "statefulsets": "StatefulSet"}
    there["/apis/apps/v1"] = {"resources": [{"name": name, "kind": kind, "namespaced": True} for name, kind in kinds.items()]}
    there["/api/v1"] = {"resources": [{"name": "secrets", "kind": "Secret", "namespaced": True}]}
    there |= {f"{complete.SECRETS}/{name}": None for name in (*CONTRACT, names.KEPT_SECRET) if name != names.CREDENTIALS_SECRET}
    there[complete.SECRETS] = [each for each in [changed.get("secret", complete.secret())] if each]
    return ports.api(asked or {}, there=there, writes=writes, forwards=True)


def ask(command: ScriptedCommand, *, check_mode: bool = False, **given: t.Any) -> t.Any:
    options = complete.options(USE_CASE, **{"chart": "chart", "application": RUN, "mode": "recover", **given})
    return USE_CASE.answer(options, complete.run(check_mode=check_mode, command=command))


COPY = [posts(complete.SECRETS), deletes(KEPT)]


def test_what_is_as_it_should_be_gets_no_revision(ports: Ports) -> None:
    cluster(ports)
    command = helm(ports, rendered())
    result = ask(command)
    assert (result["state"], result["decision"], result["changed"]) == ("deployed", "keep", False)
    assert result["evidence"]["complete"] and complete.silent(result)
    assert len(command.calls) == 1, "each call is a process"


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_deleted_deployment_is_seen_although_helm_believes_in_it(ports: Ports, check_mode: bool) -> None:
    cluster(ports, deployment=None, writes=[] if check_mode else COPY)
    ports.postgresql({"postgres": {}, "server": complete.inside(migrations=())}, everywhere=complete.everywhere({"postgres": ""}))
    command = helm(ports, rendered(), upgrades=not check_mode)
    result = ask(command, check_mode=check_mode)
    assert result["changed"] and f"Deployment {names.FULLNAME} does not exist" in result["msg"]
    assert sum("--dry-run" not in call and "upgrade" in call for call in command.calls) == (not check_mode)


def test_no_value_of_a_secret_is_on_the_command_line(ports: Ports) -> None:
    cluster(ports)
    command = helm(ports, rendered())
    ask(command, values={"server": {"image": {"tag": "1"}}, "extra": "canary-value"})
    assert complete.silent(command.calls) and "canary-value" in "".join(command.stdins)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [KEPT, complete.JOBS, complete.SECRETS, complete.DATABASE_CLAIM, complete.DEPLOYMENT])
def test_what_could_not_be_read_keeps_helm_from_running_f27(ports: Ports, unread: str, answer: Answer) -> None:
    cluster(ports, {unread: answer})
    with pytest.raises(ApplianceError):
        ask(helm(ports, rendered(replicas=2), whole=False), values={"server": {"replicaCount": 2}})


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_a_release_that_could_not_be_read_is_not_a_missing_one_f27(ports: Ports, answer: Answer) -> None:
    cluster(ports, {complete.RECORDS: answer})
    with pytest.raises(ApplianceError):
        ask(ports.command())


def test_a_release_that_helm_has_no_record_of_is_installed(ports: Ports) -> None:
    cluster(ports, {complete.RECORDS: []}, writes=COPY)
    result = ask(helm(ports, rendered(), upgrades=True))
    assert (result["state"], result["changed"]) == ("absent", True) and "the release does not exist" in result["msg"]


@pytest.mark.parametrize("version", ["v2.17.0", "v5.0.0", ""])
def test_a_helm_of_another_version_renders_and_is_not_run_in_earnest(ports: Ports, version: str) -> None:
    cluster(ports, deployment=complete.deployment(replicas=2))
    answer = json.dumps({"manifest": manifest(rendered()), "hooks": []})
    command = ports.command({"--output json --dry-run=server": (0, answer, ""), "helm version": (0, version, "")})
    with pytest.raises(Refused, match=r"alga_helm names helm, whose version is .*; 3 or 4 is required"):
        ask(command)
    assert all("--dry-run=server" in call for call in command.calls if "upgrade" in call)


@pytest.mark.parametrize("status", ["unknown", "evaporated"])
def test_a_status_without_a_way_is_refused_r7(ports: Ports, status: str) -> None:
    cluster(ports, status=status)
    with pytest.raises(Refused) as raised:
        ask(ports.command())
    assert raised.value.message == (
        f"Helm release msp/alga-core has status '{status}', which this collection cannot handle. helm was not run, and nothing "
        "was changed. Check helm history alga-core --namespace msp; once its last revision has another status, run the same "
        "playbook again."
    )


def test_the_record_of_a_run_that_did_not_end_is_forgotten_before_helm_runs_r7(ports: Ports) -> None:
    pending = f"{complete.SECRETS}?labelSelector=owner=helm,name={names.RELEASE},status=pending-upgrade"
    record = {"metadata": {"name": "sh.helm.release.v1.alga-core.v2"}}
    cluster(ports, {pending: [record]}, status="pending-upgrade", writes=[deletes(HELM_RECORD), *COPY])
    result = ask(helm(ports, rendered(), upgrades=True))
    assert result["changed"] and "pending-upgrade" in result["msg"]


def test_what_is_still_being_uninstalled_is_not_installed_over_r7(ports: Ports) -> None:
    leaving = complete.deployment()
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    cluster(ports, status="uninstalling", deployment=leaving)
    with pytest.raises(Refused) as raised:
        ask(ports.command())
    assert raised.value.message == (
        "Helm release msp/alga-core is being uninstalled: Deployment alga-core-sebastian is still being deleted, and anything "
        "installed over it would be lost. helm was not run, and nothing was changed. Wait until it is deleted, or check its "
        "finalizers, then run the same playbook again."
    )


OWN_CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": complete.CLAIM}}
OWN_JOB = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": f"{names.FULLNAME}-bootstrap"}, "spec": {}}
OTHER_PASSWORDS = {**complete.secret(data={"DB_PASSWORD_SERVER": "canary-new"}), "apiVersion": "v1", "kind": "Secret"}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (OWN_CLAIM, f"PersistentVolumeClaim {complete.CLAIM} would belong to the release and be deleted with it"),
        (OWN_JOB, f"Job {names.FULLNAME}-bootstrap would migrate and seed without the collection's guard"),
        (OTHER_PASSWORDS, f"Secret db-credentials would get values for {', '.join(names.ROLE_KEYS.values())} other than it has"),
    ],
)
def test_a_chart_that_would_take_data_with_it_is_not_installed(ports: Ports, item: dict[str, t.Any], said: str) -> None:
    cluster(ports)
    with pytest.raises(Refused) as raised:
        ask(helm(ports, rendered(complete.IMAGE, 1, item)))
    assert raised.value.message == (
        f"Chart chart was rendered but not installed, because {said}. Correct alga_chart or alga_values; the chart must honour "
        "existingClaim and keep an existing Secret."
    )
    assert complete.silent(raised.value.message, raised.value.evidence)


def test_values_that_no_preflight_checked_are_refused_all_at_once(ports: Ports) -> None:
    given = {"server": ["canary"], "db": {"persistence": "canary"}}
    with pytest.raises(Refused, match=r"2 problems found; nothing was changed: .* sets server .* sets db\.persistence") as raised:
        ask(ports.command({}), values=given)
    assert "canary" not in raised.value.message


def test_a_secret_that_a_complete_appliance_had_is_not_made_anew_f2_f12(ports: Ports) -> None:
    anew = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": complete.APPLICATION_SECRET}, "data": {}}
    cluster(ports)
    with pytest.raises(Refused) as raised:
        ask(helm(ports, rendered(complete.IMAGE, 1, anew)))
    assert raised.value.message == (
        f"PersistentVolumeClaim msp/{complete.CLAIM} holds a complete appliance, but its Secret {complete.APPLICATION_SECRET} "
        "does not exist. The chart would generate keys other than those with which data was stored, so helm was not run. Restore "
        "the Secret from a backup, then run the same playbook again. If it is permanently lost, create it by hand with new "
        "values; data encrypted with the old ones then cannot be read."
    )


def test_a_job_at_work_is_not_upgraded_away_f19(ports: Ports) -> None:
    job = complete.job(ended="")
    job["metadata"]["annotations"] = {names.HELM_RELEASE_ANNOTATION: names.RELEASE}
    cluster(ports, {complete.JOBS: [job]})
    with pytest.raises(Refused) as raised:
        ask(helm(ports, rendered()))
    assert raised.value.message == (
        f"Job {names.JOB} of release alga-core in namespace msp is still running. An upgrade of the release would delete it in "
        "the middle of a migration, so helm was not run. Wait until it has finished, then run the playbook again."
    )


@pytest.mark.parametrize(("gated", "count"), [(True, 1), (False, 0)])
def test_without_its_gate_the_application_gets_no_replica_f22(ports: Ports, gated: bool, count: int) -> None:
    cluster(ports, deployment=complete.deployment(gated=gated), writes=[] if gated else COPY)
    command = helm(ports, rendered(replicas=count), upgrades=not gated)
    ask(command, application=KEEP)
    dry = next(said for call, said in zip(command.calls, command.stdins, strict=True) if "--dry-run=server" in call)
    assert json.loads(dry)["server"]["replicaCount"] == count


def test_a_helm_that_fails_says_so_and_the_copy_of_the_secrets_goes(ports: Ports) -> None:
    cluster(ports, deployment=complete.deployment(replicas=2), writes=COPY)
    with pytest.raises(ApplianceError) as raised:
        ask(helm(ports, rendered(), upgrades=True, fails="Error: cannot patch"))
    assert raised.value.message == (
        "helm upgrade --install alga-core with chart chart in namespace msp failed with exit code 1: Error: cannot patch. No "
        "volume and no Secret was removed. Fix the cause and run the playbook again."
    )


def test_a_killed_run_left_a_copy_whose_values_are_still_right(ports: Ports) -> None:
    copy = complete.secret(names.KEPT_SECRET, {f"{names.CREDENTIALS_SECRET}.DB_PASSWORD_SERVER": "canary-app_user"})
    cluster(ports, {KEPT: then(copy, None)}, writes=[deletes(KEPT)])
    assert not ask(helm(ports, rendered()))["changed"]


def test_a_killed_run_that_lost_a_value_is_refused_f12(ports: Ports) -> None:
    copy = complete.secret(names.KEPT_SECRET, {f"{names.CREDENTIALS_SECRET}.DB_PASSWORD_SERVER": "canary-earlier"})
    cluster(ports, {KEPT: copy})
    with pytest.raises(Refused) as raised:
        ask(ports.command())
    assert raised.value.message == (
        "An earlier run was interrupted while helm was running in namespace msp, and DB_PASSWORD_SERVER of Secret db-credentials "
        "is not what it was before. Secret alga-appliance-kept contains the earlier values, each under the name of its Secret "
        "and its key. Nothing was changed. Restore them with kubectl, or delete that Secret if the values were changed on "
        "purpose. Then run the same playbook again."
    )
    assert complete.silent(raised.value.message, raised.value.evidence)

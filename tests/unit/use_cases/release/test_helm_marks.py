# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that a chart would make and Helm does not know: marked where they are this appliance's, else refused (R30)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.release.helm import Rendering
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Released, read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release import helm_marks
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, ScriptedApi, patches

OPTIONS = {"kubeconfig": "kubeconfig", "chart": "chart"}
NAME = complete.APPLICATION_SECRET
URL = f"{complete.SECRETS}/{NAME}"
DATA = complete.coded({"CRYPTR_KEY": "canary-key"})
RENDERED = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME}, "data": DATA}
GROUP = {
    "resources": [
        {"name": "secrets", "kind": "Secret", "namespaced": True},
        {"name": "secrets/status", "kind": "Secret", "namespaced": True},
    ]
}
MARKED = {names.HELM_RELEASE_ANNOTATION: names.RELEASE, names.HELM_NAMESPACE_ANNOTATION: "msp"}


def live(labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None, data: t.Any = DATA) -> t.Any:
    return {"metadata": {"name": NAME, "labels": labels or {}, "annotations": annotations or {}}, "data": data}


def unmarked(api: ScriptedApi, fullname: str = names.FULLNAME) -> list[helm_marks.Unmarked]:
    """What lacks marks, in an appliance of this full name."""
    options = read(Released, {**OPTIONS, "fullname": fullname})
    return helm_marks.unmarked(api, options, Rendering([RENDERED], []))


def test_a_secret_of_the_contract_gets_the_marks_and_keeps_its_values_r30(ports: Ports) -> None:
    api = ports.api({"/api/v1": GROUP, URL: live()}, writes=[patches(URL)])
    (found,) = unmarked(api)
    helm_marks.mark(api, [found])
    assert api.bodies == [{"metadata": {"labels": {names.MANAGED_BY_LABEL: "Helm"}, "annotations": MARKED}}]
    assert complete.silent(found.told(names.RELEASE))


@pytest.mark.parametrize(
    "present", [None, live({names.MANAGED_BY_LABEL: "Helm"}, MARKED)], ids=["it does not exist", "it has its marks"]
)
def test_what_helm_makes_or_knows_is_left_alone(ports: Ports, present: Answer) -> None:
    assert unmarked(ports.api({"/api/v1": GROUP, URL: present})) == []


@pytest.mark.parametrize(
    ("present", "fullname", "said"),
    [
        (live(annotations={names.HELM_RELEASE_ANNOTATION: "other"}), names.FULLNAME, "belongs to Helm release msp/other"),
        (live({names.MANAGED_BY_LABEL: "argocd"}), names.FULLNAME, "belongs to app.kubernetes.io/managed-by argocd"),
        (live(), "another", "carries no mark of this appliance"),
        (
            live(data=complete.coded({"CRYPTR_KEY": "canary-other"})),
            names.FULLNAME,
            "would get values for CRYPTR_KEY other than it has",
        ),
    ],
)
def test_what_is_somebody_elses_or_another_thing_is_refused(ports: Ports, present: Answer, fullname: str, said: str) -> None:
    with pytest.raises(Refused) as raised:
        unmarked(ports.api({"/api/v1": GROUP, URL: present}), fullname)
    assert raised.value.message == (
        f"Chart chart creates objects that already exist and that Helm release alga-core does not own: Secret {NAME} {said}. "
        "helm was not run, and nothing was changed. Rename what belongs to something else, or mark the objects of this appliance "
        "by hand (label app.kubernetes.io/managed-by=Helm, annotations meta.helm.sh/release-name=alga-core and "
        "meta.helm.sh/release-namespace=msp); if values differ, correct alga_chart or alga_values. Then run the playbook again."
    )
    assert complete.silent(raised.value.message, raised.value.evidence)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", ["/api/v1", URL])
def test_what_could_not_be_read_does_not_count_as_missing_f27(ports: Ports, unread: str, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        unmarked(ports.api({unread: answer}, there={"/api/v1": GROUP}))
    with pytest.raises(ObservationFailed):
        helm_marks.live(ports.api({unread: answer}, there={"/api/v1": GROUP}), "msp", RENDERED)


def test_a_kind_that_the_server_does_not_have_has_no_live_object(ports: Ports) -> None:
    custom = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "x"}}
    assert helm_marks.live(ports.api({"/apis/example.org/v1": {"resources": []}}), "msp", custom) is None

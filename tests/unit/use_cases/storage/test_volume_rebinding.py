# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lost claims are made again on the volumes that have their data: after a confirmation, and kept whatever happens to them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage.volume_rebinding import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    UNKNOWN,
    Answer,
    ScriptedApi,
    Then,
    Write,
    deletes,
    patches,
    posts,
    then,
)

WHERE = f"msp/{complete.CLAIM}"
NAMESPACE = path("namespaces", name="msp")
OTHERS = [name for name in complete.CLAIMS.values() if name != complete.CLAIM]
RELEASED = complete.volume(phase="Released")
PV = f"{complete.PVS}/pv-{complete.CLAIM}"
# The others are there; only the database's claim was lost.
LOST = complete.nothing(claims=[complete.claim(name) for name in OTHERS], volumes=[RELEASED, *map(complete.volume, OTHERS)])


def rebind(*, check_mode: bool = False, confirm: str = WHERE, **given: t.Any) -> t.Any:
    options = complete.options(USE_CASE, confirm=confirm, **given)
    return USE_CASE.answer(options, complete.run(check_mode=check_mode))


def test_a_released_volume_gets_its_claim_again_and_is_kept(ports: Ports) -> None:
    asked: dict[str, Answer | Then] = {
        NAMESPACE: {"metadata": {"name": "msp"}},
        # Gone while the volume is looked into; then Pending, and bound.
        complete.DATABASE_CLAIM: then(None, complete.claim(phase="Pending"), complete.claim()),
    }
    api = ports.api(asked, there=LOST, writes=[patches(PV, RELEASED), posts(complete.PVCS)])
    result = rebind()
    assert (result["decision"], result["changed"]) == ("bind", True) and result["next_action"]
    freed, made = api.bodies
    assert freed["spec"] == {
        "claimRef": {"uid": None, "resourceVersion": None},
        "persistentVolumeReclaimPolicy": "Retain",
    }, "before anything is bound to it, nothing that deletes the claim may delete the data"
    assert made["spec"]["volumeName"] == f"pv-{complete.CLAIM}"
    assert made["spec"]["resources"]["requests"]["storage"] == "20Gi", "the volume's own size"


def test_check_mode_says_it_and_asks_for_no_confirmation(ports: Ports) -> None:
    ports.api({complete.DATABASE_CLAIM: None}, there=LOST)
    result = rebind(check_mode=True, confirm="")
    assert result["changed"] and f"PersistentVolumeClaim {WHERE} " in result["msg"]


@pytest.mark.parametrize("typed", ["", "msp", "msp/other", names.FULLNAME])
def test_without_the_appliances_own_name_nothing_is_touched(ports: Ports, typed: str) -> None:
    ports.api({}, there=LOST)
    with pytest.raises(Refused) as raised:
        rebind(confirm=typed)
    given = f"is '{typed}'" if typed else "is not set"
    assert raised.value.message == (
        f"alga_confirm {given}, so nothing was changed. These changes require confirmation: PersistentVolumeClaim {WHERE} is "
        f"created on PersistentVolume pv-{complete.CLAIM}. Set alga_confirm to {WHERE} to confirm that this is the intended "
        "appliance."
    )


def test_two_volumes_for_one_claim_leave_the_choice_to_a_person(ports: Ports) -> None:
    second = complete.volume(phase="Released", name="pv-older")
    ports.api({}, there={**LOST, complete.PVS: [RELEASED, second, *map(complete.volume, OTHERS)]})
    with pytest.raises(Refused) as raised:
        rebind()
    assert raised.value.message == (
        f"Could not recreate the claims of {WHERE}: the data of {complete.CLAIM} may be on any of pv-{complete.CLAIM}, pv-older. "
        "Inspect each; if it is a directory, create a PersistentVolume on it first. Then create the PersistentVolumeClaim by "
        "hand, with the name of the correct PersistentVolume in its spec.volumeName, and remove spec.claimRef.uid from that "
        "PersistentVolume. Nothing was changed."
    )


def test_where_every_claim_has_its_volume_nothing_is_done(ports: Ports) -> None:
    ports.api({}, there=complete.objects())
    result = rebind(confirm="")
    assert (result["decision"], result["changed"]) == ("keep", False)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.PVCS, complete.PVS, complete.DATABASE_CLAIM])
def test_what_could_not_be_read_is_rebound_to_nothing_f27(ports: Ports, unread: str, answer: Answer) -> None:
    ports.api({unread: answer}, there={**LOST, path("configmaps"): []})
    with pytest.raises(ApplianceError):
        rebind()


def test_a_claim_that_stays_unbound_is_named(ports: Ports) -> None:
    asked: dict[str, Answer | Then] = {
        NAMESPACE: {"metadata": {"name": "msp"}},
        complete.DATABASE_CLAIM: then(None, complete.claim(phase="Pending")),
    }
    ports.api(asked, there=LOST, writes=[patches(PV, RELEASED), posts(complete.PVCS)])
    with pytest.raises(ApplianceError, match=rf"{complete.CLAIM} not bound.*run the same playbook again"):
        rebind(progress_timeout=0)


NODE = {"metadata": {"name": "node-1", "labels": {"kubernetes.io/hostname": "node-1"}}}


def stranded(ports: Ports, then_read: Answer, *writes: Write) -> ScriptedApi:
    """A volume of a node that is gone, whose directory another node has.

    :param then_read: that node when it is read again, before anything is done.
    """
    hostname = {"key": "kubernetes.io/hostname", "operator": "In", "values": ["gone"]}
    required = {"required": {"nodeSelectorTerms": [{"matchExpressions": [hostname]}]}}
    volume = complete.volume()
    volume["spec"] |= {"nodeAffinity": required, "hostPath": {"path": f"/data/pv-1_msp_{complete.CLAIM}"}}
    config = {"metadata": {"namespace": "kube-system", "name": "local-path-config"}}
    config["data"] = {"config.json": '{"nodePathMap": [{"node": "node-1", "paths": ["/data"]}]}'}
    pods = path("pods", "kube-system")
    asked, looked = complete.look(f"directory\tpv-1_msp_{complete.CLAIM}", *complete.FULL_VOLUME[:-1])
    moved = {key.replace(complete.PODS, pods): value for key, value in asked.items() if key.startswith(complete.PODS)}
    moved[path("limitranges", "kube-system")] = []
    there = {**complete.objects(), complete.PVS: [volume, *map(complete.volume, OTHERS)], complete.NODES: [NODE]}
    there |= {
        f"{complete.NODES}/node-1": then_read,
        path("configmaps"): [config],
        **moved,
        NAMESPACE: {"metadata": {"name": "msp"}},
    }
    kept = {**volume, "spec": {**volume["spec"], "persistentVolumeReclaimPolicy": "Retain"}}
    return ports.api(
        {PV: then(volume, None)} if writes else {},
        there=there,
        writes=[
            *(each._replace(url=each.url.replace(complete.PODS, pods)) for each in looked),
            *(each._replace(answer=kept) if each == writes[0] else each for each in writes),
        ],
    )


def test_a_volume_of_a_node_that_is_gone_is_made_again_for_another_r9(ports: Ports) -> None:
    """The claim stays; what the volume points to is kept before its object goes."""
    api = stranded(ports, NODE, patches(PV), deletes(PV), patches(PV), posts(complete.PVS))
    result = rebind()
    assert result["changed"] and "for node node-1" in result["msg"]
    made = api.bodies[-1]["spec"]
    assert made["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"] == ["node-1"]
    assert made["claimRef"]["uid"] == f"uid-{complete.CLAIM}" and made["persistentVolumeReclaimPolicy"] == "Retain"


@pytest.mark.parametrize(
    ("node", "said"), [(None, "does not exist"), ({"metadata": {"name": "node-1"}}, "has no label kubernetes.io/hostname")]
)
def test_a_node_that_went_since_the_look_leaves_the_volume_as_it_was_r9(ports: Ports, node: Answer, said: str) -> None:
    stranded(ports, node)
    with pytest.raises(Refused, match=rf"Node node-1 {said}.*run the same playbook again"):
        rebind()

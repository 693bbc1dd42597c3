# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The claims belong to the collection: made where they are missing, freed of a release, and never over data."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.local_path import HELPER_IMAGE
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage import volumes
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage.volumes import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import CONFLICT, UNKNOWN, Answer, ScriptedApi, patches, posts, then

OTHERS = [name for name in complete.CLAIMS.values() if name != complete.CLAIM]
MADE = complete.claim(**{names.STATE_ANNOTATION: names.MADE})
BEGUN = complete.claim(**{names.STATE_ANNOTATION: names.INITIALIZING, names.RUN_ANNOTATION: complete.RUN_ID})


def ask(*, check_mode: bool = False, **given: t.Any) -> t.Any:
    return USE_CASE.answer(complete.options(USE_CASE, **given), complete.run(check_mode=check_mode))


def running(
    ports: Ports, asked: dict[str, t.Any] | None = None, *, writes: t.Sequence[t.Any] = (), **changed: t.Any
) -> ScriptedApi:
    """An appliance whose PostgreSQL answers."""
    ports.postgresql(
        {"postgres": {}, "server": complete.inside()}, everywhere=complete.everywhere({"postgres": "", "server": ""})
    )
    return ports.api(asked or {}, there=complete.objects(**changed), writes=writes, forwards=True)


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_there_stays_as_it_is(ports: Ports, check_mode: bool) -> None:
    running(ports)
    result = ask(check_mode=check_mode)
    assert (result["state"], result["changed"]) == ("present", False)


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_claim_of_a_release_is_freed_before_an_uninstall_can_delete_it(ports: Ports, check_mode: bool) -> None:
    owned = complete.ready_claim(**{names.KEEP_ANNOTATION: "", names.HELM_RELEASE_ANNOTATION: names.RELEASE})
    claims = [owned, *map(complete.claim, OTHERS)]
    api = running(ports, writes=[] if check_mode else [patches(complete.DATABASE_CLAIM)], claims=claims)
    result = ask(check_mode=check_mode)
    assert result["changed"] and f"PersistentVolumeClaim msp/{complete.CLAIM}" in result["msg"]
    assert api.bodies == ([] if check_mode else [{"metadata": {"annotations": {names.KEEP_ANNOTATION: names.KEEP}}}])


def test_what_is_kept_by_an_annotation_is_freed_already(ports: Ports) -> None:
    kept = complete.ready_claim(**{names.HELM_RELEASE_ANNOTATION: names.RELEASE})
    running(ports, claims=[kept, *map(complete.claim, OTHERS)])
    assert not ask()["changed"]


def test_a_first_run_makes_and_marks_them(ports: Ports) -> None:
    """The database's claim was made and proved to be empty by alga_db_credentials in the same play, and is looked into again."""
    asked, writes = complete.look(*complete.EMPTY_VOLUME)
    one, whole = [MADE], [MADE, *map(complete.claim, OTHERS)]
    asked |= {complete.PVCS: then(one, one, whole, whole), complete.DATABASE_CLAIM: MADE}
    there = complete.nothing(secret=complete.secret(), volumes=[complete.volume()])
    made = [posts(complete.PVCS), posts(complete.PVCS)]
    api = ports.api(asked, there=there, writes=[*writes, patches(complete.DATABASE_CLAIM), *made, *writes])
    result = ask(mode="fresh", sizes={"redis": "1Gi"})
    assert (result["state"], result["changed"]) == ("none", True)
    claims = [each.body for each in api.written if each.url == complete.PVCS]
    assert [each["metadata"]["name"] for each in claims] == OTHERS
    assert claims[0]["spec"]["resources"]["requests"]["storage"] == "1Gi"
    (mark,) = [each.body["metadata"] for each in api.written if each.url == complete.DATABASE_CLAIM]
    assert mark["annotations"][names.STATE_ANNOTATION] == names.INITIALIZING
    assert mark["resourceVersion"] == "7", "whoever is faster wins"


def test_check_mode_of_a_first_run_makes_nothing(ports: Ports) -> None:
    ports.api({complete.PVCS: []}, there=complete.nothing())
    result = ask(mode="fresh", check_mode=True)
    assert result["changed"] and all(
        f"PersistentVolumeClaim msp/{claim} is created" in result["msg"] for claim in complete.CLAIMS.values()
    )


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.PVCS, complete.PVS, complete.NODES, complete.CREDENTIALS])
@pytest.mark.parametrize(("check_mode", "mode"), [(False, "fresh"), (True, "fresh"), (False, "recover")])
def test_what_could_not_be_read_is_not_nothing_f27(
    ports: Ports, unread: str, answer: Answer, check_mode: bool, mode: str
) -> None:
    ports.api({unread: answer}, there=complete.nothing())
    with pytest.raises(ApplianceError):
        ask(check_mode=check_mode, mode=mode)


def test_fresh_refuses_data_and_changes_nothing(ports: Ports) -> None:
    running(ports)
    with pytest.raises(Refused) as raised:
        ask(check_mode=True, mode="fresh")
    found = "; ".join(f"PersistentVolumeClaim msp/{claim} (volume pv-{claim})" for claim in complete.CLAIMS.values())
    assert raised.value.message == (
        f"fresh.yml expects no data but found data of this appliance: {found}. Nothing was changed. There are two options: run "
        "recover.yml, which preserves this data and recovers the appliance; or, only if this data is no longer needed, wipe what "
        "is named here and run fresh.yml again."
    )
    evidence = USE_CASE.failure(raised.value)["evidence"]
    assert [each["phase"] for each in evidence["claims"]] == ["Bound"] * 3 and evidence["database"]["migration_lock"] is False
    assert "strays" not in evidence and "release" not in evidence["claims"][0], "what is empty takes no line above the sentence"


def test_a_first_run_whose_initdb_was_killed_moves_its_data_aside_f35(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, looked = complete.look("begun", "version\t17", "databases\t1", "image\t")
    moved: list[tuple[t.Any, ...]] = []

    def set_aside(_api: t.Any, *what: t.Any) -> str:
        moved.append(what)
        return "data.half-initialised-r1-1"

    monkeypatch.setattr(volumes, "set_aside", set_aside)
    claims = [BEGUN, *map(complete.claim, OTHERS)]
    there = {**complete.nothing(claims=claims, secret=complete.secret()), **asked}
    there |= {complete.PVS: [complete.volume(each) for each in complete.CLAIMS.values()]}
    ports.api({}, there=there, writes=[*looked, *looked])
    result = ask(mode="fresh")
    assert moved == [("msp", complete.CLAIM, HELPER_IMAGE, complete.RUN_ID)]
    assert "aside as data.half-initialised-r1-1" in result["msg"] and result["changed"]
    # recover.yml is not whoever began it.
    ports.api({}, there=there, writes=looked)
    with pytest.raises(Refused):
        ask()
    assert len(moved) == 1


def test_somebody_who_changed_the_claim_meanwhile_is_not_overwritten(ports: Ports) -> None:
    asked, writes = complete.look(*complete.EMPTY_VOLUME)
    there = complete.nothing(secret=complete.secret(), volumes=[complete.volume()], claims=[MADE])
    ports.api(asked, there=there, writes=[*writes, patches(complete.DATABASE_CLAIM, CONFLICT)])
    with pytest.raises(ApplianceError, match="409"):
        ask(mode="fresh")

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""``db-credentials`` is made where provably no data is, and never where something could not be read."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import verifier
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials.db_credentials import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import CONFLICT, UNKNOWN, Answer, patches, posts, then

FRESH = complete.options(USE_CASE, mode="fresh")
RECOVER = complete.options(USE_CASE)
MADE = complete.claim(**{names.STATE_ANNOTATION: names.MADE})


def first_run(ports: Ports, inside: tuple[str, ...], *, created: bool = True, conflict: bool = False) -> t.Any:
    """Nothing is here, and the claim that is made gets a volume."""
    asked, writes = complete.look(*inside)
    asked |= {complete.PVCS: then([], [], [MADE]), complete.PVS: then([], [], [complete.volume()])}
    secret = [posts(complete.SECRETS, CONFLICT if conflict else True)] if created else []
    return ports.api(asked, there=complete.nothing(), writes=[posts(complete.PVCS), *writes, *secret])


def test_it_is_made_once_its_claim_was_seen_to_be_empty(ports: Ports) -> None:
    api = first_run(ports, complete.EMPTY_VOLUME)
    result = USE_CASE.answer(FRESH, complete.run())
    assert (result["state"], result["decision"], result["changed"]) == ("absent", "create", True)
    data = complete.decoded(api.bodies[-1]["data"])
    assert sorted(data) == sorted(names.CREDENTIAL_KEYS) and len(set(data.values())) == 4
    assert not [value for value in data.values() if value in str(result)]
    assert api.bodies[-1]["metadata"]["annotations"][names.KEEP_ANNOTATION] == names.KEEP


def test_nothing_is_made_over_a_volume_with_data_r1(ports: Ports) -> None:
    first_run(ports, complete.FULL_VOLUME, created=False)
    with pytest.raises(Refused) as raised:
        USE_CASE.answer(FRESH, complete.run())
    assert raised.value.message == (
        f"PersistentVolume pv-{complete.CLAIM} (path /data/{complete.CLAIM}), to which PersistentVolumeClaim "
        f"msp/{complete.CLAIM} was bound, already contains a data directory of PostgreSQL 17 (system identifier not known), "
        "to which no object in the cluster refers. No Secret was created and PostgreSQL was not started; the claim keeps this "
        "volume. If this is the appliance's data, restore Secret msp/db-credentials from your backup if it is lost, then run "
        "recover.yml, which preserves the data; if another Secret has its values, adopt_credentials.yml takes them over, and if "
        "nobody has them, use rescue_credentials.yml. Only if this data is no longer needed, delete the claim and the volume, "
        "empty the volume's directory, and run fresh.yml again."
    )


def test_somebody_elses_secret_counts(ports: Ports) -> None:
    first_run(ports, complete.EMPTY_VOLUME, conflict=True)
    with pytest.raises(Refused) as raised:
        USE_CASE.answer(FRESH, complete.run())
    assert raised.value.message == (
        "Secret msp/db-credentials was created by somebody else while this run was about to. It was left unchanged. Run the same "
        "playbook again."
    )


def test_check_mode_makes_neither_claim_nor_secret(ports: Ports) -> None:
    ports.api({complete.PVCS: []}, there=complete.nothing())
    result = USE_CASE.answer(FRESH, complete.run(check_mode=True))
    assert (result["decision"], result["changed"]) == ("create", True)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize(
    "unread", [complete.CREDENTIALS, complete.PVCS, complete.PVS, complete.DATABASE_CLAIM, complete.JOB, complete.NODES]
)
@pytest.mark.parametrize("options", [FRESH, RECOVER], ids=["fresh", "recover"])
def test_what_could_not_be_read_is_not_absent_f27(ports: Ports, unread: str, answer: Answer, options: t.Any) -> None:
    """Nothing else is here, so only this one answer stands between the operator and new passwords."""
    ports.api({unread: answer}, there=complete.nothing())
    with pytest.raises(ApplianceError) as raised:
        USE_CASE.answer(options, complete.run())
    assert raised.value.evidence.get("state") in ("unknown", None) or "credentials" in raised.value.evidence


@pytest.mark.parametrize(
    "left",
    [
        {"volumes": [complete.volume(phase="Released")]},
        {"claims": [complete.claim()], "volumes": [complete.volume()]},
        {"claims": [complete.ready_claim()], "volumes": []},
    ],
    ids=["a released volume", "a claim", "a recorded claim"],
)
@pytest.mark.parametrize("options", [FRESH, RECOVER], ids=["fresh", "recover"])
def test_data_without_its_secret_gets_no_new_one_f2_u1(ports: Ports, left: t.Any, options: t.Any) -> None:
    asked, writes = complete.look(*complete.FULL_VOLUME)
    ports.api({}, there={**complete.nothing(**left), **asked}, writes=writes if "claims" in left else [])
    with pytest.raises(Refused, match="Nothing was changed"):
        USE_CASE.answer(options, complete.run())


def compared(ports: Ports, options: t.Any, secret: t.Any = None, *, marks: bool = True, **stored: str) -> t.Any:
    """A complete appliance; returns the API."""
    found = secret or complete.secret()
    if not marks:
        found = {**found, "metadata": {"name": names.CREDENTIALS_SECRET, "namespace": "msp"}}
    ports.postgresql(
        {"postgres": {}, "server": complete.inside()},
        everywhere=complete.everywhere({"postgres": "", "server": ""}, **stored),
    )
    writes = [] if marks else [patches(complete.CREDENTIALS)]
    return ports.api({complete.CREDENTIALS: found}, there=complete.objects(), writes=writes, forwards=True)


def test_a_complete_appliance_keeps_its_secret(ports: Ports) -> None:
    compared(ports, RECOVER)
    result = USE_CASE.answer(RECOVER, complete.run())
    assert (result["decision"], result["changed"], result["drift"]) == ("keep", False, False)
    assert complete.silent(result)


def test_a_restored_secret_gets_helms_marks_and_keeps_its_values(ports: Ports) -> None:
    api = compared(ports, RECOVER, marks=False)
    result = USE_CASE.answer(RECOVER, complete.run())
    assert result["changed"] and sorted(api.bodies[0]) == ["metadata"]
    assert complete.silent(result)


@pytest.mark.parametrize("fails", [False, True])
def test_another_verifier_is_drift_and_no_change_u5(ports: Ports, fails: bool) -> None:
    compared(ports, RECOVER, app_user=verifier(b"canary-of-somebody-else"))
    if fails:
        with pytest.raises(Refused) as raised:
            USE_CASE.answer({**RECOVER, "fail_on_drift": True}, complete.run())
        assert raised.value.message == (
            "Secret msp/db-credentials exists and is complete; it is kept unchanged. Drift: app_user (DB_PASSWORD_SERVER "
            "present, role present): drift; verifier scram mismatch; login method unknown. The password in DB_PASSWORD_SERVER "
            "does not match role app_user. Find out which of the two was changed, and restore the earlier one. If it is "
            "permanently lost, rescue_credentials.yml sets the role's password to the Secret's. Nothing was changed."
        )
        assert complete.silent(raised.value.message, raised.value.evidence)
        return
    result = USE_CASE.answer(RECOVER, complete.run())
    assert (result["drift"], result["changed"]) == (True, False) and "app_user" in result["msg"]
    assert complete.silent(result)


def test_a_secret_that_lacks_a_key_is_never_filled_in_f3_u2(ports: Ports) -> None:
    keys = {names.ROLE_KEYS[role]: password for role, password in complete.PASSWORDS.items() if role != names.POOLER_ROLE}
    compared(ports, RECOVER, complete.secret(data=keys))
    with pytest.raises(Refused) as raised:
        USE_CASE.answer(RECOVER, complete.run())
    assert raised.value.message == (
        "Secret msp/db-credentials exists but has no value for DB_PASSWORD_PGBOUNCER. A single key is never added automatically, "
        "because a role of that name may already have a password. Nothing was changed. Restore the missing keys of Secret "
        "msp/db-credentials from your backup, then run the same playbook again. If their roles do not exist yet, "
        "complete_credentials.yml generates them; if the backup is lost, use rescue_credentials.yml."
    )
    assert complete.silent(raised.value.message, raised.value.evidence)

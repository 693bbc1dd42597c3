# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete, adopt, rescue: on evidence alone, after a confirmation, and with what was replaced kept."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.scram import verifier
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials.credential_repair import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    UNKNOWN,
    Answer,
    Changed,
    Executed,
    ScriptedApi,
    patches,
    posts,
)

WHERE = f"msp/{names.CREDENTIALS_SECRET}"
POOLER_KEY = names.ROLE_KEYS[names.POOLER_ROLE]
HISTORY = f"{complete.CREDENTIALS}-history"
WHOLE = complete.secret(identity=complete.IDENTITY)
PARTIAL = complete.secret(
    data={key: complete.PASSWORDS[role] for role, key in names.ROLE_KEYS.items() if key != POOLER_KEY}, identity=complete.IDENTITY
)
SOURCE = f"{complete.SECRETS}/restored"
NO_POOLER: dict[str, t.Any] = {names.POOLER_ROLE: ""}
SET = {"metadata": {"name": "db"}, "spec": {"template": complete.pod("db", mounted=complete.CLAIM)}}


def repair(action: str, *, check_mode: bool = False, confirm: str = WHERE, **given: t.Any) -> t.Any:
    options = complete.options(USE_CASE, action=action, confirm=confirm, **given)
    return USE_CASE.answer(options, complete.run(check_mode=check_mode))


def standing(
    ports: Ports, secret: t.Any, script: dict[str, t.Any] | None = None, *, identity: str = "", **stored: str
) -> ScriptedApi:
    """An appliance whose PostgreSQL answers; other verifiers than the Secret's by role."""
    seen = complete.everywhere({"postgres": "", "server": ""}, **stored)
    seen |= {"SELECT system_identifier::text FROM pg_control_system()": [[identity or complete.IDENTITY]]}
    ports.postgresql({"postgres": {}}, everywhere=seen)
    there = {**complete.objects(), complete.CREDENTIALS: secret, HISTORY: None, complete.STATEFUL_SETS: [SET]}
    return ports.api({}, **{"there": there, "forwards": True, **(script or {})})


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_missing_key_is_made_where_its_role_does_not_exist(ports: Ports, check_mode: bool) -> None:
    secret: t.Any = PARTIAL if check_mode else Changed(PARTIAL, WHOLE, complete.CREDENTIALS)
    script = {} if check_mode else {"writes": [patches(complete.CREDENTIALS)]}
    api = standing(ports, secret, script, **NO_POOLER)
    result = repair("complete", check_mode=check_mode, confirm="" if check_mode else WHERE)
    assert (result["state"], result["changed"]) == ("planned" if check_mode else "repaired", True)
    assert [sorted(body["data"]) for body in api.bodies] == ([] if check_mode else [[POOLER_KEY]]), "no other key is touched"
    assert complete.silent(result)
    made = [value for body in api.bodies for value in complete.decoded(body["data"]).values()]
    assert not [value for value in made if value in json.dumps(result)]


def test_a_missing_key_of_a_role_that_exists_is_not_made(ports: Ports) -> None:
    standing(ports, PARTIAL)
    with pytest.raises(Refused) as raised:
        repair("complete")
    assert raised.value.message == (
        "Secret msp/db-credentials was left unchanged: PostgreSQL already has role app_user_pgbouncer, and a new password would "
        "not authenticate to it. Restore the key from a backup, or run rescue_credentials.yml."
    )


@pytest.mark.parametrize("action", ["complete", "adopt", "rescue"])
def test_what_is_whole_is_kept_and_nobody_is_asked_for_a_confirmation(ports: Ports, action: str) -> None:
    rows = {"identity": complete.IDENTITY, "roles": complete.verifiers()}
    executes = [Executed("db-0", "main", "psql", json.dumps(rows).encode())] if action == "rescue" else []
    standing(ports, WHOLE, {"executes": executes})
    result = repair(action, confirm="")
    assert (result["state"], result["changed"]) == ("kept", False) and complete.silent(result)


@pytest.mark.parametrize("typed", ["", "msp", "msp/other"])
def test_nothing_is_done_without_the_appliances_name(ports: Ports, typed: str) -> None:
    standing(ports, PARTIAL, **NO_POOLER)
    with pytest.raises(Refused) as raised:
        repair("complete", confirm=typed)
    given = f"is '{typed}'" if typed else "is not set"
    assert raised.value.message == (
        f"alga_confirm {given}, so nothing was changed. These changes require confirmation: Secret msp/db-credentials gets "
        "newly generated values for DB_PASSWORD_PGBOUNCER. Set alga_confirm to msp/db-credentials to confirm that this is the "
        "intended appliance."
    )


def test_another_secret_is_adopted_once_every_password_is_proved(ports: Ports) -> None:
    script = {"writes": [posts(complete.SECRETS), patches(complete.CREDENTIALS)]}
    made = Changed(None, WHOLE, complete.SECRETS)
    api = standing(ports, made, script)
    api._answers[SOURCE] = complete.secret("restored")
    api._answers[complete.PVCS] = [complete.claim(name) for name in complete.CLAIMS.values()]
    result = repair("adopt", source_secret="restored")
    assert result["changed"] and complete.silent(result)
    assert complete.decoded(api.bodies[0]["data"]) == {names.ROLE_KEYS[role]: pw for role, pw in complete.PASSWORDS.items()}
    assert api.bodies[1]["metadata"]["annotations"] == {names.IDENTITY_ANNOTATION: complete.IDENTITY}


@pytest.mark.parametrize(
    ("identity", "stored", "said"),
    [
        (
            "",
            {"app_user": verifier(b"canary-x")},
            "its password for role app_user could not be verified against PostgreSQL, so it may belong to another appliance. "
            "Find the correct Secret, or run rescue_credentials.yml.",
        ),
        # The superuser's password fits, and the data is another appliance's.
        (
            "7300000000000000099",
            {},
            f"the system identifier of PostgreSQL is not the one that is recorded in PersistentVolumeClaim msp/{complete.CLAIM}, "
            "Secret msp/db-credentials: this is another appliance's data, so no Secret is adopted for it.",
        ),
    ],
)
def test_a_secret_that_is_not_this_datas_is_not_adopted(ports: Ports, identity: str, stored: t.Any, said: str) -> None:
    standing(ports, WHOLE, identity=identity, **stored)
    with pytest.raises(Refused) as raised:
        repair("adopt")
    assert raised.value.message == f"Secret msp/db-credentials was left unchanged: {said}"
    assert complete.silent(raised.value.message, raised.value.evidence)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("unread", [complete.CREDENTIALS, complete.PVCS, complete.PVS, complete.PODS])
@pytest.mark.parametrize("action", ["complete", "adopt", "rescue"])
def test_what_could_not_be_read_is_not_absent_f27(ports: Ports, action: str, unread: str, answer: Answer) -> None:
    api = standing(ports, PARTIAL, **NO_POOLER)
    api._answers[unread] = answer
    with pytest.raises(ApplianceError):
        repair(action)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("services", "Service msp/db does not exist. Correct alga_db_service, or run recover.yml if the Service was deleted."),
        (
            "pods",
            "no pod behind Service msp/db is running, 0 pods found. Run recover.yml, which starts PostgreSQL without changing "
            "its data.",
        ),
    ],
)
def test_a_postgresql_that_could_not_be_asked_proves_nothing(ports: Ports, gone: str, said: str) -> None:
    api = standing(ports, WHOLE)
    api._answers[
        complete.PODS.replace("pods", "services/db") if gone == "services" else f"{complete.PODS}?labelSelector=app=db"
    ] = None if gone == "services" else []
    with pytest.raises(Refused) as raised:
        repair("adopt")
    assert raised.value.message == (
        f"Secret msp/db-credentials was left unchanged: PostgreSQL could not be queried: Could not reach PostgreSQL: {said}"
    )


def test_a_rescue_keeps_the_earlier_verifier_and_no_plaintext_reaches_the_server(ports: Ports) -> None:
    lost = verifier(b"canary-lost")
    before = json.dumps({"identity": complete.IDENTITY, "roles": {**complete.verifiers(), "app_user": lost}}).encode()
    after = json.dumps({"identity": complete.IDENTITY, "roles": complete.verifiers()}).encode()
    asks = [Executed("db-0", "main", "psql", text) for text in (before, before, b"", after, after)]
    api = standing(ports, WHOLE, {"executes": asks, "writes": [posts(complete.SECRETS)]})
    result = repair("rescue")
    assert result["changed"] and complete.silent(result)
    assert result["msg"] == (
        "Role app_user gets the password in DB_PASSWORD_SERVER, and its earlier verifier is kept in the Secret's history."
    )
    history = next(each.body for each in api.written if each.url == complete.SECRETS)
    assert complete.decoded(history["data"]) == {"verifier.app_user.1": lost}
    (change,) = [each.body["stdin"] for each in api.written if "ALTER ROLE" in str(each.body)]
    assert 'ALTER ROLE "app_user" PASSWORD' in change
    assert complete.silent(change) and "pg_advisory_xact_lock" in change and change.count("ALTER ROLE") == 1
    assert api.guarded, "whoever lost the Lease alters nothing"


def test_a_repair_that_does_not_help_is_not_repeated(ports: Ports) -> None:
    standing(ports, PARTIAL, {"writes": [patches(complete.CREDENTIALS)]}, **NO_POOLER)
    with pytest.raises(ApplianceError) as raised:
        repair("complete")
    assert raised.value.message == (
        "The same step is still required although it was done: Secret msp/db-credentials gets newly generated values for "
        "DB_PASSWORD_PGBOUNCER. Run status.yml, which shows what differs."
    )

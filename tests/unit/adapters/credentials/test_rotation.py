# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rotation changes: written down before, kept after, and restarted by whoever makes the pods."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.credentials import rotation
from ansible_collections.alga.appliance.plugins.module_utils._adapters.credentials.rotation import Secrets
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import postgresql
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import (
    UNKNOWN,
    Answer,
    ScriptedApi,
    SqlError,
    Statement,
    deletes,
    patches,
    posts,
)

KEY = "DB_PASSWORD_SERVER"
NEXT, HISTORY = f"{complete.CREDENTIALS}-next", f"{complete.CREDENTIALS}-history"


def secrets(api: ScriptedApi) -> Secrets:
    return Secrets(api, "msp", names.CREDENTIALS_SECRET, complete.IDENTITY)


def kept(**data: str) -> t.Any:
    return {"metadata": {"name": "x"}, "data": complete.coded(data)}


def test_the_earlier_password_is_kept_before_the_new_one_takes_its_place(ports: Ports) -> None:
    api = ports.api({HISTORY: None}, writes=[posts(complete.SECRETS), patches(complete.CREDENTIALS)])
    secrets(api).publish(KEY, b"canary-1", b"canary-2")
    history, published = api.bodies
    assert complete.decoded(history["data"]) == {f"{KEY}.1": "canary-1"}
    assert history["metadata"]["annotations"] == {names.KEEP_ANNOTATION: names.KEEP, names.IDENTITY_ANNOTATION: complete.IDENTITY}
    assert complete.decoded(published["data"]) == {KEY: "canary-2"}


def test_an_earlier_one_is_numbered_on_and_kept_once(ports: Ports) -> None:
    api = ports.api({HISTORY: kept(**{f"{KEY}.1": "canary-0"})}, writes=[patches(HISTORY)])
    secrets(api).remember(KEY, b"canary-1")
    assert complete.decoded(api.bodies[0]["data"]) == {f"{KEY}.2": "canary-1"}
    secrets(ports.api({HISTORY: kept(**{f"{KEY}.1": "canary-1"})})).remember(KEY, b"canary-1")


def test_a_rehearsal_changes_nothing_r6(ports: Ports) -> None:
    writes = [posts(complete.SECRETS, dry_run=True), patches(complete.CREDENTIALS, dry_run=True)]
    api = ports.api({HISTORY: None}, writes=writes)
    secrets(api).publish(KEY, b"canary-1", b"canary-2", dry_run=True)
    assert api.bodies == []


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_a_history_that_could_not_be_read_is_not_written_over_f27(ports: Ports, answer: Answer) -> None:
    """Taken for none, its first entry would be made again over the one that is there."""
    with pytest.raises(ObservationFailed):
        secrets(ports.api({HISTORY: answer})).publish(KEY, b"canary-1", b"canary-2")


@pytest.mark.parametrize(("left", "write"), [({}, deletes(NEXT)), ({"OTHER": "canary"}, patches(NEXT))])
def test_only_what_was_brought_to_its_end_is_forgotten(ports: Ports, left: dict[str, str], write: t.Any) -> None:
    secrets(ports.api({NEXT: kept(**{KEY: "canary", **left})}, writes=[write])).forget(KEY)


@pytest.mark.parametrize("fails", [None, SqlError("42501", "canary", "canary")])
def test_a_role_gets_a_verifier_and_a_refusal_repeats_nothing(ports: Ports, fails: SqlError | None) -> None:
    server = ports.postgresql({"postgres": {}}, writes=[Statement("postgres", "ALTER ROLE app_user PASSWORD 'SCRAM-", fails)])
    session: postgresql.Session = server.connect(where="db.msp", user="postgres", password="", database="postgres")
    if fails is None:
        rotation.alter(session, "app_user", b"canary-new")
    else:
        with pytest.raises(ActionFailed, match="42501") as raised:
            rotation.alter(session, "app_user", b"canary-new")
        assert complete.silent(raised.value.message)
    assert complete.silent(server.ran[0].sql)


def test_a_pod_is_restarted_by_what_makes_it(ports: Ports) -> None:
    owned = {"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "app-7"}]}}
    above = {"metadata": {"ownerReferences": [{"kind": "Deployment", "name": names.FULLNAME}]}}
    asked = {f"{complete.PODS}/app-1": owned, path("replicasets", "msp", "app-7", group=APPS): above}
    api = ports.api(asked, writes=[patches(complete.DEPLOYMENT)])
    assert rotation.restart(api, "msp", ["app-1"], playbook="p.yml") == [f"Deployment {names.FULLNAME}"]


@pytest.mark.parametrize("pod", [None, {"metadata": {}}, {"metadata": {"ownerReferences": [{"kind": "Job", "name": "j"}]}}])
def test_one_that_nothing_makes_anew_is_left_to_a_person(ports: Ports, pod: Answer) -> None:
    with pytest.raises(ActionFailed, match=r"by hand, .*then run p\.yml again"):
        rotation.restart(ports.api({f"{complete.PODS}/app-1": pod}), "msp", ["app-1"], playbook="p.yml")

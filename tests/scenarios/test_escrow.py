# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The encrypted copy on a real appliance: kept after every change, restored after a loss, refused for other data."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import CLAIM, NAMESPACE, Appliance, empty_place

GENERATED = ("db-credentials", "alga-core-sebastian-secrets", "alga-psa-shared", "redis-credentials")
CONFIRMED = {"alga_confirm": f"{NAMESPACE}/db-credentials", "alga_chart": None}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """An appliance whose operator keeps a copy with age."""
    folder = tmp_path_factory.mktemp("escrow")
    identity = folder / "identity"
    made = subprocess.run([os.environ["AGE_KEYGEN"], "-o", str(identity)], capture_output=True, text=True, check=True)
    recipient = made.stderr.partition("Public key: ")[2].strip()
    patch = pytest.MonkeyPatch()
    patch.setenv("PATH", f"{Path(os.environ['AGE']).parent}:{os.environ['PATH']}")
    copy = {"file": str(folder / "copy.age"), "recipients": [recipient], "identity_file": str(identity)}
    try:
        with empty_place(folder, {"alga_escrow": copy}) as place:
            outcome = place.playbook("fresh", "-vvv", "--diff")
            assert outcome.code == 0, outcome.output
            hidden = [value for name in GENERATED for value in place.secret(name).values()]
            assert [value for value in hidden if value in outcome.output] == []
            yield place
    finally:
        patch.undo()


def copy(appliance: Appliance) -> Path:
    return Path(appliance.variables["alga_escrow"]["file"])


def decrypted(appliance: Appliance) -> dict[str, t.Any]:
    """What the file holds, as its owner reads it without the collection."""
    identity = appliance.variables["alga_escrow"]["identity_file"]
    command = [os.environ["AGE"], "--decrypt", "--identity", identity, str(copy(appliance))]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def data(appliance: Appliance, name: str) -> dict[str, str]:
    return dict(json.loads(appliance.kubectl("get", "secret", name, "-o", "json"))["data"])


def test_fresh_ends_with_a_copy_that_its_owner_can_read(kept: Appliance) -> None:
    found = decrypted(kept)
    assert (found["namespace"], found["system_identifier"]) == (NAMESPACE, kept.identifier())
    assert {name: found["secrets"][name]["data"] for name in GENERATED} == {name: data(kept, name) for name in GENERATED}
    assert stat.S_IMODE(copy(kept).stat().st_mode) == 0o600
    text = copy(kept).read_text()
    assert text.startswith("-----BEGIN AGE ENCRYPTED FILE-----")
    assert [value for value in data(kept, "db-credentials").values() if value in text] == []


def test_what_did_not_change_is_not_written_again(kept: Appliance) -> None:
    before = copy(kept).read_bytes()
    outcome = kept.playbook("recover")
    assert (outcome.code, outcome.changed) == (0, 0), outcome.output
    assert copy(kept).read_bytes() == before
    assert not copy(kept).with_name("copy.age.1").exists()


def test_a_lost_copy_is_made_again_by_its_own_playbook(kept: Appliance) -> None:
    before, roles = decrypted(kept), kept.roles()
    copy(kept).unlink()
    planned = kept.playbook("escrow_credentials", "--check", alga_chart=None)
    assert (planned.code, planned.changed) == (0, 1) and not copy(kept).exists(), planned.output
    made = kept.playbook("escrow_credentials", alga_chart=None)
    assert (made.code, made.changed) == (0, 1), made.output
    assert str(copy(kept)) in made.output and decrypted(kept) == before and kept.roles() == roles
    assert kept.playbook("escrow_credentials", alga_chart=None).changed == 0
    without = kept.playbook("escrow_credentials", alga_chart=None, alga_escrow={})
    assert without.failed == 1 and "alga_escrow is not set" in without.message, without.output


def test_a_rotation_writes_a_new_copy_and_keeps_the_old_one_beside_it(kept: Appliance) -> None:
    before = copy(kept).read_bytes()
    outcome = kept.playbook("rotate_credentials", alga_rotate_roles="hocuspocus_user", **CONFIRMED)
    assert outcome.code == 0, outcome.output
    assert copy(kept).with_name("copy.age.1").read_bytes() == before
    assert decrypted(kept)["secrets"]["db-credentials"]["data"] == data(kept, "db-credentials")


def test_lost_secrets_are_restored_from_the_copy_and_no_role_is_touched_f2(kept: Appliance) -> None:
    before = {name: kept.kubectl("get", "secret", name, "-o", "jsonpath={.data} {.metadata.annotations}") for name in GENERATED}
    roles, rows = kept.roles(), kept.rows()
    kept.kubectl("delete", "secret", *GENERATED)
    unconfirmed = kept.playbook("rescue_credentials", alga_chart=None)
    assert unconfirmed.failed == 1 and "db-credentials is created from" in unconfirmed.message, unconfirmed.output
    assert kept.playbook("rescue_credentials", "--check", alga_chart=None).code == 0
    assert "secret/db-credentials" not in kept.kubectl("get", "secrets", "-o", "name").split()

    outcome = kept.playbook("rescue_credentials", "-vvv", "--diff", **CONFIRMED)
    assert outcome.code == 0, outcome.output
    after = {name: kept.kubectl("get", "secret", name, "-o", "jsonpath={.data} {.metadata.annotations}") for name in GENERATED}
    assert after == before
    assert (kept.roles(), kept.rows()) == (roles, rows), "the passwords are the old ones"
    assert [value for value in kept.secret().values() if value in outcome.output] == []
    recovered = kept.playbook("recover")
    assert recovered.code == 0, recovered.output
    assert kept.roles() == roles


def test_one_lost_key_comes_back_from_the_copy_f3(kept: Appliance) -> None:
    before, roles = kept.secret(), kept.roles()
    kept.kubectl("patch", "secret", "db-credentials", "--type=json", "-p", '[{"op":"remove","path":"/data/DB_PASSWORD_SERVER"}]')
    assert kept.playbook("rescue_credentials", **CONFIRMED).code == 0
    assert (kept.secret(), kept.roles()) == (before, roles)


def test_the_copy_of_another_appliance_is_refused(kept: Appliance) -> None:
    marks = {"metadata": {"annotations": {"alga.appliance/system-identifier": "1"}}}
    identity = kept.identifier()
    kept.kubectl("patch", "persistentvolumeclaim", CLAIM, "--type=merge", "-p", json.dumps(marks))
    saved = json.loads(kept.kubectl("get", "secret", "alga-psa-shared", "-o", "json"))
    kept.kubectl("delete", "secret", "alga-psa-shared")
    refused = kept.playbook("rescue_credentials", **CONFIRMED)
    assert refused.failed == 1 and "system identifier" in refused.message and "alga_escrow" in refused.message, refused.output
    assert "alga-psa-shared" not in kept.kubectl("get", "secrets", "-o", "name")
    marks["metadata"]["annotations"]["alga.appliance/system-identifier"] = identity
    kept.kubectl("patch", "persistentvolumeclaim", CLAIM, "--type=merge", "-p", json.dumps(marks))
    for name in ("resourceVersion", "uid"):
        del saved["metadata"][name]
    kept.kubectl("create", "-f", "-", stdin=json.dumps(saved))


def test_ansible_vault_does_the_same(kept: Appliance, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("of the vault\n")
    vault = {"alga_escrow": {"file": str(tmp_path / "copy.vault"), "vault_password_file": str(password)}}
    assert kept.playbook("recover", **vault).code == 0
    assert (tmp_path / "copy.vault").read_text().startswith("$ANSIBLE_VAULT;")
    assert kept.playbook("recover", **vault).changed == 0
    before = kept.secret()
    kept.kubectl("delete", "secret", "db-credentials")
    assert kept.playbook("rescue_credentials", **vault, **CONFIRMED).code == 0
    assert kept.secret() == before


def test_what_is_wrong_with_the_option_is_said_before_anything(kept: Appliance) -> None:
    wrong = {"file": "/nowhere/copy", "recipients": ["age1x"], "identity_file": "/nowhere/identity", "secret": "x"}
    outcome = kept.playbook("recover", alga_escrow=wrong)
    assert outcome.failed == 1 and "alga_escrow has the unknown key 'secret'" in outcome.message, outcome.output
    del wrong["secret"]
    outcome = kept.playbook("recover", alga_escrow=wrong)
    assert "/nowhere/identity" in outcome.message and "/nowhere/copy" in outcome.message

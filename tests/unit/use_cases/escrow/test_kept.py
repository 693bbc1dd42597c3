# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both modules do with the Secrets and with the file that keeps them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow import escrow, escrow_restore, kept
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.use_cases.escrow.copies import standing


@pytest.mark.parametrize("case", [escrow.USE_CASE, escrow_restore.USE_CASE], ids=lambda case: case.name)
@pytest.mark.parametrize("given", [{"recipients": []}, {"vault_password_file": "p"}])
def test_one_way_to_encrypt_has_to_be_chosen(ports: Ports, tmp_path: Path, case: t.Any, given: dict[str, t.Any]) -> None:
    options = complete.options(case, **{"file": str(tmp_path / "copy"), "recipients": ["age1x"], **given})
    with pytest.raises(Refused, match=r"either recipients, for age, or vault_password_file"):
        case.answer(options, complete.run(command=ports.command()))


@pytest.mark.parametrize("case", [escrow.USE_CASE, escrow_restore.USE_CASE], ids=lambda case: case.name)
def test_a_private_key_in_place_of_a_public_one_goes_to_no_program(ports: Ports, tmp_path: Path, case: t.Any) -> None:
    options = complete.options(case, file=str(tmp_path / "copy"), recipients=["age1x", " age-secret-key-1canary"])
    with pytest.raises(Refused, match=r"a private key of age") as raised:
        case.answer(options, complete.run(command=ports.command()))
    assert "canary" not in raised.value.message


def test_a_secret_is_kept_with_its_marks_and_without_kubectl_s_copy_of_its_values(ports: Ports) -> None:
    found = complete.secret()
    marks = dict(found["metadata"]["annotations"])
    found["metadata"]["annotations"] |= {"kubectl.kubernetes.io/last-applied-configuration": "canary of everything"}
    api = standing(ports, objects={complete.CREDENTIALS: found})
    appliance = Appliance("msp")
    (copy,) = kept.generated(api, appliance).values()
    assert copy.annotations == marks
    made = kept.secret_object(appliance, "db-credentials", copy)
    assert made["data"] == found["data"] and made["metadata"]["labels"] == found["metadata"]["labels"]

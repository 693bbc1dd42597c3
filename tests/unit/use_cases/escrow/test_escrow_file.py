# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The encrypted copy as an option: whole, or none, or refused with everything that is wrong."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Escrowed
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow.escrow_file import escrow_file
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete


def test_nothing_given_is_no_copy() -> None:
    assert escrow_file(Escrowed(escrow={}), complete.run(), ".talos") is None


def test_two_copies_of_one_appliance_lie_in_two_files() -> None:
    made = escrow_file(Escrowed(escrow={"file": "/kept/copy", "recipients": ["age1x"]}), complete.run(), ".talos")
    assert made is not None and str(made.file) == "/kept/copy.talos" and not made.readable


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"recipients": ["age1x"]}, "has no file"),
        ({"file": "/kept"}, "either recipients"),
        ({"file": "/kept", "recipients": ["age1x"], "vault_password_file": "/p"}, "either recipients"),
        ({"file": "/kept", "recipients": ["ssh-ed25519"]}, "begin with age1"),
        ({"file": "", "recipients": ["age1x"], "typo": 1}, "'typo'.*alga_escrow.file must be a path"),
    ],
)
def test_what_is_wrong_is_refused_at_once(given: dict[str, t.Any], said: str) -> None:
    with pytest.raises(Refused, match=r"Nothing was"):
        escrow_file(Escrowed(escrow=given), complete.run(), "")


def test_a_home_is_found_for_every_file_and_one_that_nobody_has_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/operator")
    made = escrow_file(Escrowed(escrow={"file": "~/copy", "recipients": ["age1x"], "identity_file": "~/key"}), complete.run(), "")
    assert made is not None and (str(made.file), made.identity_file) == ("/home/operator/copy", "/home/operator/key")
    made = escrow_file(Escrowed(escrow={"file": "~nobody-at-all/copy", "vault_password_file": "~/p"}), complete.run(), "")
    assert made is not None and (str(made.file), made.vault_password_file) == ("~nobody-at-all/copy", "/home/operator/p")

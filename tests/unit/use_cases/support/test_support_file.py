# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a bundle is looked at first, and written whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.support.support_file import SupportFile, Written
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete


def to(file: Path, *recipients: str) -> SupportFile:
    return SupportFile(Written(file=str(file), recipients=[*recipients]), "the_file", "the_recipients")


def test_it_is_over_no_other_file_and_for_no_private_key(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(Refused, match=r"the_file names .*there, which exists"):
        to(tmp_path / "there").check()
    with pytest.raises(Refused, match="the_recipients contains a private key"):
        to(tmp_path / "new", "AGE-SECRET-KEY-1X").check()
    to(tmp_path / "new", "age1x").check()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("x")
    with pytest.raises(ActionFailed, match="Correct the_file"):
        to(tmp_path / "missing" / "file").settle(tmp_path / "made", complete.run())


def test_whom_it_is_for_is_said(tmp_path: Path) -> None:
    assert (to(tmp_path).whom, to(tmp_path, "age1x", "age1y").whom) == ("not encrypted", "encrypted for 2 recipients")
    made = tmp_path / "made"
    made.write_text("x")
    to(tmp_path / "file").settle(made, complete.run())
    assert (tmp_path / "file").read_text() == "x" and (tmp_path / "file").stat().st_mode & 0o777 == 0o600

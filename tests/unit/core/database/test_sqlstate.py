# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each code that says what to do is followed; the words are quoted for a person and decide nothing (R17)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.database import sqlstate


def test_message_detail_and_hint_are_one_sentence() -> None:
    said = sqlstate.quoted({"M": "no\nspace.", "D": "left  on device", "H": "Free some.", "q": "canary", "W": "canary"})
    assert said == " PostgreSQL says: no space; in detail: left on device; and as a hint: Free some."


@pytest.mark.parametrize("fields", [{}, {"C": "42501"}, {"M": ""}])
def test_where_nothing_was_said_nothing_is_quoted(fields: dict[str, str]) -> None:
    assert sqlstate.quoted(fields) == ""


@given(st.text(max_size=1000))
def test_whatever_is_said_is_one_line_and_short(text: str) -> None:
    said = sqlstate.quoted({"M": text})
    assert (len(said) < 700 and said == " " + " ".join(said.split())) or not text.split()


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("53100", "disk is full"),
        ("53200", "memory"),
        ("53300", "max_connections"),
        ("XX001", "copy the volume"),
        ("57014", "lock"),
    ],
)
def test_a_code_that_says_what_to_do_does(code: str, named: str) -> None:
    assert named in sqlstate.action(code)


@pytest.mark.parametrize("code", ["", "28P01", "3D000", "22012", "XX000"])
def test_every_other_code_has_no_action_of_its_own(code: str) -> None:
    assert sqlstate.action(code) == ""

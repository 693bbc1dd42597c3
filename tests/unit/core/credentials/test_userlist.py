# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PgBouncer's file of users, read as PgBouncer does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import userlist

TEXT = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(TEXT, TEXT, max_size=5))
def test_what_was_written_is_read_again(users: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        doubled = text.replace('"', '""')
        return f'"{doubled}"'

    assert userlist.read("".join(f"{quoted(name)} {quoted(password)}\n" for name, password in users.items())) == users


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("", {}),
        ("; a comment\n\nno line\n", {}),
        ('"a" "1"\n"a" "2"\n', {"a": "1"}),
        ('"a" "1" "ignored"\n', {"a": "1"}),
        ('"cut off', {}),
    ],
)
def test_the_first_line_of_a_name_counts_and_what_is_none_is_passed_over(text: str, users: dict[str, str]) -> None:
    assert userlist.read(text) == users

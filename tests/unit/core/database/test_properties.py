# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a database is made, whatever is there; and what is wrong with one that somebody else made (R17, R26)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.database.properties import Properties, options

UTF8 = "TEMPLATE template0 ENCODING 'UTF8'"


@pytest.mark.parametrize(
    ("template", "known", "expected"),
    [
        # A healthy cluster's own locale, provider and rules come with its template0.
        ("UTF8", ("en_US.utf8", "C.UTF-8"), UTF8),
        ("UTF8", (), UTF8),
        ("SQL_ASCII", ("C.utf8", "en_US.utf8"), f"{UTF8} LOCALE_PROVIDER libc LOCALE 'en_US.utf8'"),
        ("LATIN1", ("C.UTF-8",), f"{UTF8} LOCALE_PROVIDER libc LOCALE 'C.UTF-8'"),
        ("SQL_ASCII", (), f"{UTF8} LOCALE_PROVIDER libc LOCALE 'C'"),
        ("", (), f"{UTF8} LOCALE_PROVIDER libc LOCALE 'C'"),
    ],
)
def test_nothing_is_taken_from_template1_and_the_encoding_is_always_said_r26(
    template: str, known: tuple[str, ...], expected: str
) -> None:
    assert options(template, known) == expected


@pytest.mark.parametrize(
    ("made", "named", "next_action"),
    [
        (Properties("SQL_ASCII", "C"), "encoding SQL_ASCII, locale C, not UTF8", "TEMPLATE template0 ENCODING 'UTF8'"),
        (Properties("UTF8", "en_US.utf8", 0), "CONNECTION LIMIT 0", "CONNECTION LIMIT -1"),
        (Properties("UTF8", "en_US.utf8", -1, "2.31", "2.36"), "collation version 2.31", "REINDEX DATABASE server"),
    ],
)
def test_what_is_wrong_with_a_database_has_a_way_on_r17_r26(made: Properties, named: str, next_action: str) -> None:
    [found] = made.findings("server")
    assert named in found.message and next_action in found.next_action


@pytest.mark.parametrize(
    "made",
    [
        Properties("UTF8", "en_US.utf8"),
        Properties("UTF8", "C", 100, "", "2.36"),
        Properties("UTF8", "C", -1, "2.36", "2.36"),
        Properties("UTF8", "C", -1, "2.36", ""),
    ],
)
def test_a_database_as_it_should_be_has_no_findings(made: Properties) -> None:
    assert made.findings("server") == ()

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the owner become others, the same in every text, and the map says which."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.support.pseudonyms import Pseudonyms

KNOWN = {
    "tenant": ["Acme Corp", "Acme Corp Europe", "3fa85f64-5717-4562-b3fc-2c963f66afa6"],
    "host": ["node-7.acme.example", "n7"],
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail to jane.doe@acme.example and jane.doe@acme.example", "mail to mail-1 and mail-1"),
        ("of Acme Corp Europe, not Acme Corp", "of tenant-3, not tenant-2"),
        ("tenant 3fa85f64-5717-4562-b3fc-2c963f66afa6", "tenant tenant-1"),
        ("on node-7.acme.example:5432", "on host-1:5432"),
        ("n7x and xn7 are other words", "n7x and xn7 are other words"),
        ("from 192.0.2.7:5432 to 192.0.2.7, ::ffff:192.0.2.7 and 2001:db8::1", None),
        ("127.0.0.1, 0.0.0.0 and ::1 are everybody's", "127.0.0.1, 0.0.0.0 and ::1 are everybody's"),
        ("version 1.2.3, image:1.27.2, at 10:15:42, 10.0.19045.1", None),
    ],
)
def test_what_says_whose_it_is_has_another_name(text: str, shown: str | None) -> None:
    applied = Pseudonyms(KNOWN).apply(text)
    if shown is not None:
        assert applied == shown
    for own in ("192.0.2.7", "2001:db8::1", "acme", "Acme"):
        assert own not in applied
    for stays in ("1.2.3", "1.27.2", "10:15:42"):
        assert stays in applied or stays not in text


def test_a_name_is_the_same_in_every_text_and_the_map_gives_it_back() -> None:
    pseudonyms = Pseudonyms(KNOWN)
    first, second = pseudonyms.apply("192.0.2.1 a@b.example"), pseudonyms.apply("b@b.example 192.0.2.1")
    assert (first, second) == ("address-1 mail-1", "mail-2 address-1")
    assert pseudonyms.map["address-1"] == "192.0.2.1" and pseudonyms.map["tenant-2"] == "Acme Corp"


def test_nobody_known_is_nobody_renamed() -> None:
    assert Pseudonyms({"tenant": [], "host": ["", "ab"]}).apply("ab is nobody") == "ab is nobody"

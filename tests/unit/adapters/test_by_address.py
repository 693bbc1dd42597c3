# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PostgreSQL that is named by its address: an IPv6 address has brackets where a port follows, and nowhere else."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import ByAddress
from ansible_collections.alga.appliance.plugins.module_utils._core import names


@pytest.mark.parametrize(
    ("given", "host", "named"),
    [
        ("db.example.org", "db.example.org", "db.example.org:5432"),
        ("2001:db8::1", "2001:db8::1", "[2001:db8::1]:5432"),
        ("[2001:db8::1]", "2001:db8::1", "[2001:db8::1]:5432"),
    ],
)
def test_an_address_is_dialled_without_brackets_and_named_with_them(given: str, host: str, named: str) -> None:
    route = ByAddress(given, 5432, names.SUPERUSER, "secret").route()
    assert (route.host, route.where) == (host, named)

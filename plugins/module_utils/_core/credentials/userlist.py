# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PgBouncer's file of users: each line a name and a password or verifier in double quotes, whose own quotes are doubled.

Source: PgBouncer's documentation, "Authentication file format".
"""

from __future__ import annotations

import re

_LINE = re.compile(r'^"((?:[^"]|"")*)"\s+"((?:[^"]|"")*)"', re.MULTILINE)


def read(text: str) -> dict[str, str]:
    """Read the users of such a file; PgBouncer takes the first line of each name, and passes over what is no line."""
    found: dict[str, str] = {}
    for name, password in _LINE.findall(text):
        found.setdefault(name.replace('""', '"'), password.replace('""', '"'))
    return found

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What PostgreSQL said about a failure: in its own words, and what to do next where its code alone says it (R17).

The code decides, and its words are for a person to read: they are in the server's language.
"""

from __future__ import annotations

import typing as t

from ..quote import quote

# Fields of an error (PostgreSQL documentation, "Error and Notice Message Fields"), and how each is introduced.
_QUOTED = {"M": "PostgreSQL says", "D": "in detail", "H": "and as a hint"}
# Violations of which the detail is the whole row, whatever is in it: not_null_violation and check_violation.
_SHOWS_THE_ROW = ("23502", "23514")

# SQLSTATE, PostgreSQL documentation, Appendix A.
INVALID_PASSWORD = "28P01"
INVALID_AUTHORIZATION = "28000"
CANNOT_CONNECT_NOW = "57P03"
UNDEFINED_DATABASE = "3D000"

LOOK_UP = "Look up the code in PostgreSQL's documentation, Appendix A, fix the cause and run the same playbook again."
MEND = "Fix the cause that PostgreSQL names, then run the same playbook again."
_DAMAGED = (
    "The data or its disk is damaged. Write nothing more: copy the volume, check the disk, and restore from a backup or from "
    "that copy."
)
_ACTIONS = {
    "25006": "PostgreSQL accepts no writes: run status.yml, which names the setting or the recovery that prevents them.",
    "42501": "Grant the privilege to the role named here, or restore SUPERUSER to role postgres if it was lost.",
    "53100": "The disk is full: free space on the volume of PostgreSQL's data or enlarge it, then run the same playbook again.",
    "53200": "Give PostgreSQL what its hint names or, if there is no hint, its container more memory, then run the same playbook "
    "again.",
    "53300": "No connections are left: close some, or raise max_connections or the CONNECTION LIMIT of the role or database.",
    "57014": "The statement waited too long, probably for a lock of another session. Find that session in pg_stat_activity, then "
    "run the same playbook again.",
    "58030": _DAMAGED,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}


def quoted(fields: t.Mapping[str, str]) -> str:
    """What the server said, as one sentence for a person; empty where it said nothing.

    :param fields: of the error, by their letter.
    """
    hidden = "D" if fields.get("C") in _SHOWS_THE_ROW else ""
    said = [f"{how}: {quote(fields[letter])}" for letter, how in _QUOTED.items() if fields.get(letter) and letter != hidden]
    return f" {'; '.join(said)}." if said else ""


def action(code: str) -> str:
    """What to do next about a code that says it alone; empty for every other."""
    return _ACTIONS.get(code, "")

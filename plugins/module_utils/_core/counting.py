# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers and names in messages."""

from __future__ import annotations

import typing as t


def counted(number: int, noun: str) -> str:
    """A number with its noun: 0 pods, 1 pod, 2 pods."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_quotes(databases: t.Iterable[str]) -> str:
    """Names of databases: without quotes, database server would be read as the server of databases."""
    return ", ".join(f"'{name}'" for name in databases)

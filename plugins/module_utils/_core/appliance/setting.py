# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One variable of the playbooks."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """A variable: its name, what it may hold and what it is for.

    :param kind: how a value is checked.
    :param required: the modes, and the roles of somebody's own play, that need it.
    """

    name: str
    kind: str
    default: t.Any
    about: str
    choices: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

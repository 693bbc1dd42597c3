# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold after every interruption, as sentences about what does not."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.alga.appliance.tests.faults.looks import Kept, State
from ansible_collections.alga.appliance.tests.scenarios.appliance import ROWS

BUILDING = "server_building"
DEPLOYED = "deployed"


def changed(before: Kept, after: Kept) -> list[str]:
    """What was seen earlier in this appliance's life and is not the same now; what is new, or not known now, is no change."""
    broken = []
    if before.secrets is not None:
        broken += _lost("the data of {}", before.secrets, after.secrets or {})
    if before.volumes is not None:
        broken += _lost("the volume of {}", before.volumes, after.volumes or {})
    # What a first run moved aside is where it was made, under another name, and nothing was ever published in it.
    moved = tuple(path for path, inode in before.directories.items() if inode in after.aside)
    stayed = {path: inode for path, inode in before.directories.items() if not path.startswith(moved)}
    broken += _lost("the directory or file {}", stayed, after.directories)
    if before.identifier is not None and not moved and before.identifier != after.identifier:
        broken.append(f"PostgreSQL's system identifier was {before.identifier} and is {after.identifier}")
    # Its roles went with it; whether the Secret's passwords open those that were made anew is asked of every final state.
    if before.roles is not None and after.roles is not None and not moved:
        broken += _lost("role {}", before.roles, after.roles)
    return broken


def _lost(what: str, before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> list[str]:
    """Values are compared and not told: some of them are verifiers."""
    return [
        f"{what.format(name)} {'was changed' if name in after else 'is gone'}"
        for name, value in sorted(before.items())
        if after.get(name) != value
    ]


def left(state: State) -> list[str]:
    """What a run that succeeded must not leave, and what it must."""
    broken = []
    if state.rows != ROWS:
        broken.append(f"the seeds' rows are {state.rows} and not {ROWS}")
    if BUILDING in state.databases:
        broken.append(f"database {BUILDING} is still there")
    if state.migration_lock != "0":
        broken.append(f"the migration lock is {state.migration_lock}")
    if state.advisory_locks:
        broken.append(f"{state.advisory_locks} advisory locks are held")
    broken += [f"{lease} is held by {holder}" for lease, holder in state.holders.items() if holder]
    broken += [f"release {name} is {status}" for name, status in state.releases.items() if status != DEPLOYED]
    broken += [f"the Secret's password does not open role {role}" for role, fits in state.passwords.items() if not fits]
    return broken


def differences(wanted: State, state: State) -> list[str]:
    """How this final state differs from the one after an uninterrupted run."""
    found: list[str] = []
    for name in (field.name for field in dataclasses.fields(State)):
        expected, actual = getattr(wanted, name), getattr(state, name)
        if isinstance(expected, dict):
            keys = sorted(key for key in expected.keys() | actual.keys() if expected.get(key) != actual.get(key))
            found += [f"{name}: {key} is {actual.get(key)} and not {expected.get(key)}" for key in keys]
        elif expected != actual:
            found.append(f"{name}: is {actual} and not {expected}")
    return found

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a volume of PostgreSQL holds, and whether PostgreSQL may be started on it (F35, F45)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .. import names
from ..states import StorageState

# initdb makes template1, template0 and postgres, in this order (PostgreSQL, "Template Databases").
INITIAL_DATABASES = 3
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The data directory on a volume, below ``data/`` or in its root, as a pod saw it.

    :param version: content of PG_VERSION, empty where there is none.
    :param control: whether ``global/pg_control`` exists.
    :param identity: the system identifier that ``pg_control`` begins with; empty where there is none.
    :param begun: whether anything of a data directory is there: PG_VERSION, ``global`` or ``base``.
    :param databases: number of databases with a folder in ``base``; None where nobody counted.
    :param hosts: number of rules in pg_hba.conf that let another host in; None where there is no such file.
    :param initializing: entries called ``.initializing`` or ending in it, by their path on the volume.
    :param image: the image that looked.
    :param image_version: the version that the image's own ``postgres`` gives; empty where it has none.
    """

    version: str = ""
    control: bool = False
    identity: str = ""
    begun: bool = False
    databases: int | None = None
    hosts: int | None = None
    initializing: tuple[str, ...] = ()
    image: str = ""
    image_version: str = ""

    @property
    def holds_data(self) -> bool:
        """Whether anything of a data directory is there."""
        return bool(self.begun or self.version or self.control)

    @property
    def image_major(self) -> str:
        """PostgreSQL's major version in the image; empty where it is not known."""
        return major(self.image_version)

    def evidence(self) -> dict[str, t.Any]:
        """The facts, JSON-ready."""
        return {**vars(self), "initializing": list(self.initializing), "image_major": self.image_major}


@dataclass(frozen=True)
class Trouble:
    """Why PostgreSQL must not be started on a volume, in a sentence, and what to do next."""

    state: StorageState
    message: str
    next_action: str


def major(version: str) -> str:
    """The major version in a text such as ``17``, ``9.6`` or ``postgres (PostgreSQL) 17.5``; empty where there is none.

    Up to 9.6 it has two parts, from 10 on one (PostgreSQL, Versioning Policy).
    """
    found = _NUMBER.search(version)
    if found is None:
        return ""
    first, second = found.groups()
    return first if int(first) >= 10 or second is None else f"{first}.{second}"


def judge(seen: Contents, place: str, recorded: str | None = None) -> Trouble | None:
    """Judge a data directory before PostgreSQL is started on it; None where nothing speaks against it.

    :param place: where it is, as it reads at the beginning of a sentence.
    :param recorded: the system identifier of the complete appliance whose data this place is recorded to hold, empty where it is
        not known; None where there is no such record.
    """
    if unfinished := [*_unfinished(seen), *(f"the leftover {name}" for name in seen.initializing)]:
        return Trouble(
            StorageState.HALF_INITIALISED,
            f"{place} contains an unfinished data directory: it has {', '.join(unfinished)}. PostgreSQL must not be started "
            "on it.",
            "If this volume ever held data, restore it from a backup. If it never did, inspect the data directory, move it "
            "aside by hand, then run fresh.yml.",
        )
    if recorded is not None and not seen.holds_data:
        return Trouble(
            StorageState.EMPTIED,
            f"{place} is recorded as a complete appliance's but contains no data directory. PostgreSQL must not be started on "
            "it: its image would create a new, empty cluster there.",
            "Find out where the data is: an unmounted disk, another disk, an unfinished restore. Bring it back, then run "
            "recover.yml. Only if it is lost and a dump is to be restored into a new cluster, first remove annotation "
            f"{names.STATE_ANNOTATION} from the claim.",
        )
    if recorded and seen.identity and seen.identity != recorded:
        return Trouble(
            StorageState.OTHER_DATA,
            f"{place} is recorded for the data with system identifier {recorded} but contains other data, with system "
            f"identifier {seen.identity}. PostgreSQL must not be started on it.",
            "Restore the correct volume. If this data was restored on purpose into a new cluster, inspect it, remove "
            f"annotation {names.IDENTITY_ANNOTATION} from the claim and the Secret, then run recover.yml.",
        )
    data, image = major(seen.version), seen.image_major
    if data and image and data != image:
        return Trouble(
            StorageState.OTHER_VERSION,
            f"{place} contains data of PostgreSQL {data}, but image {seen.image} has PostgreSQL {image}. That image must not be "
            "started on this data.",
            f"Set db.image in alga_values to an image with PostgreSQL {data} and run the same playbook again. To bring the "
            f"data to PostgreSQL {image}, use pg_upgrade or a dump, never another image alone.",
        )
    return None


def _unfinished(seen: Contents) -> list[str]:
    """What initdb makes and has not made. It writes PG_VERSION first, then pg_control, then the databases one by one."""
    if not seen.holds_data:
        return []
    missing = []
    if not seen.version:
        missing.append("no PG_VERSION")
    if not seen.control:
        missing.append("no global/pg_control")
    elif seen.databases is not None and seen.databases < INITIAL_DATABASES:
        missing.append(f"{seen.databases} of the {INITIAL_DATABASES} databases that initdb creates")
    return missing

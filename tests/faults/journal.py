# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: one JSON line an interruption, with everything that is needed to repeat it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What an outcome depends on: the product, what it is tried on, and how.
_TREES = ("plugins", "roles", "playbooks", "tests/appliance", "tests/faults")


@dataclass(frozen=True, kw_only=True)
class Record:
    """One interruption and what came of it.

    :param struck: what was struck, or an empty text where nothing could be struck until the playbook had ended.
    :param task: the task in which, or before which, it struck.
    :param codes: exit codes of the interrupted run, and of every run after it.
    :param seconds: how long these runs took.
    :param enospc: how often PostgreSQL found no space left, where the disk was full.
    :param broken: sentences about invariants that do not hold.
    """

    seed: int
    index: int
    product: str
    commit: str
    versions: t.Mapping[str, str]
    play: str
    fault: str
    instant: str
    struck: str
    task: str
    codes: t.Sequence[int]
    seconds: t.Sequence[float]
    whole: float
    enospc: int = 0
    seen: str = ""
    broken: t.Sequence[str] = field(default_factory=list)

    @property
    def is_interruption(self) -> bool:
        """Whether anything was struck."""
        return bool(self.struck)


def append(file: Path, record: Record) -> None:
    """Write one more line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        stream.write(json.dumps(dataclasses.asdict(record)) + "\n")


def read(files: t.Iterable[Path]) -> list[Record]:
    """Read every line of these files that exist."""
    lines = [line for file in files if file.exists() for line in file.read_text().splitlines()]
    return [Record(**json.loads(line)) for line in lines]


def product() -> str:
    """The identity of what is tried: the git trees of the collection and of its tests, committed or not."""
    changed = _git("status", "--porcelain", "--", *_TREES)
    trees = "".join(_git("rev-parse", f"HEAD:{tree}") for tree in _TREES)
    identity = subprocess.run(["git", "hash-object", "--stdin"], input=trees, capture_output=True, text=True, check=True)
    return identity.stdout[:12] + ("-changed" if changed else "")


def commit() -> str:
    """The commit that is checked out."""
    return _git("rev-parse", "HEAD").strip()


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True).stdout

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen on the machine, as a table."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path


class Table:
    """The steps that went well, in order, with their seconds; written after each of them.

    Args:
        version: of Talos; another one from the step on that changes it.
        path: of the file with the table, as Markdown.
    """

    def __init__(self, version: str, path: Path) -> None:
        self.version = version
        self._path = path
        self._rows: list[tuple[str, str, float]] = []

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Take the time of a step; one that fails is in no table."""
        began = time.monotonic()
        yield
        self._rows.append((what, self.version, time.monotonic() - began))
        self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"| {what} | {version} | {seconds:.0f} |" for what, version, seconds in self._rows]
        self._path.write_text("\n".join(["| Step | Talos | Seconds |", "|---|---|---|", *rows, ""]))

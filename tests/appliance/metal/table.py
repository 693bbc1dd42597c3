# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen on the machine, as a table."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path


class Table:
    """The steps that went well, in order, with their seconds."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._rows: list[tuple[str, str, float]] = []

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Take the time of a step; one that fails is in no table."""
        began = time.monotonic()
        yield
        self._rows.append((what, self._version, time.monotonic() - began))

    def write(self, path: Path) -> None:
        """Write it as Markdown."""
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [f"| {what} | {version} | {seconds:.0f} |" for what, version, seconds in self._rows]
        path.write_text("\n".join(["| Step | Talos | Seconds |", "|---|---|---|", *rows, ""]))

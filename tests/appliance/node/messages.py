# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node says to a person, and the one error it ends with."""

from __future__ import annotations

import sys
import time

_STARTED = time.monotonic()


class NodeError(Exception):
    """The node cannot do what was asked; the text says what was tried, on what, what was seen and what to do next."""


def say(text: str) -> None:
    """Print one progress line with the seconds since the command began, on stderr so that `env` stays clean."""
    print(f"[{time.monotonic() - _STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)

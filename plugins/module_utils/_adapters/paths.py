# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths as an operator gave them."""

from __future__ import annotations

import os
from pathlib import Path


def given(path: str) -> Path:
    """A path with its ``~``, which stays as it is where its user does not exist; pathlib's own expansion fails at that."""
    return Path(os.path.expanduser(path))  # noqa: PTH111


def is_file(path: str) -> bool:
    """Tell whether there is a file; there is none of a name that the system does not take, such as one that is too long."""
    return os.path.isfile(given(path))  # noqa: PTH113  # pathlib's own fails at such a name


def is_directory(path: Path) -> bool:
    """Tell the same of a directory."""
    return os.path.isdir(path)  # noqa: PTH112

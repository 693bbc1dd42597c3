# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is built is kept under a key made of everything that went into it, and appears there complete or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def folder() -> Path:
    """The cache folder, `$XDG_CACHE_HOME/alga-appliance`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "alga-appliance"


def key(*inputs: str | bytes) -> str:
    """A key of 16 hexadecimal digits; each input counts with its length, so that ("ab", "c") is not ("a", "bc")."""
    digest = hashlib.sha256()
    for item in inputs:
        data = item.encode() if isinstance(item, str) else item
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()[:16]


def tree_key(root: Path) -> str:
    """A key of a folder's content: relative names, kinds, executable bits, link targets and bytes."""
    parts: list[str | bytes] = []
    for path in sorted(root.rglob("*")):
        parts.append(str(path.relative_to(root)))
        if path.is_symlink():
            parts += ["link", str(path.readlink())]
        elif path.is_dir():
            parts.append("folder")
        else:
            parts += ["executable" if path.stat().st_mode & 0o100 else "file", path.read_bytes()]
    return key(*parts)


def kept(name: str, build: Callable[[Path], None]) -> Path:
    """Return the folder kept under a name; build it first when it is not there.

    Args:
        name: folder name within the cache; carries the key.
        build: fills the empty folder it is given. When it raises, nothing is kept.

    Returns:
        The complete folder.
    """
    final = folder() / name
    if final.is_dir():
        return final
    with locked(name):
        if final.is_dir():
            return final
        # In the cache itself, since a rename is atomic only within one file system.
        partial = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=folder()))
        try:
            partial.chmod(0o755)
            build(partial)
            partial.rename(final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return final


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the cache's lock of a name, so that two commands do not build the same thing side by side."""
    locks = folder() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that hold secrets on the controller: for their owner alone, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import typing as t
from pathlib import Path

PRIVATE = 0o600
# What link(2) says on a file system without hard links, such as vfat or a share.
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
# What fsync(2) says of a folder on a file system that settles its entries itself, such as a share.
_NO_FOLDERS = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)


def _written(file: Path, text: str) -> Path:
    """The text in a file beside the one that it is for, safe on the disk."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    return partial


def _settled(file: Path) -> None:
    """Make the folder's entry as safe on the disk as the file."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_FOLDERS:
            raise
    finally:
        os.close(folder)


def settle(made: Path, file: Path) -> None:
    """Copy a file that a program made into its place, which nobody may have taken meanwhile.

    :raises FileExistsError: when somebody has.
    """
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.touch(PRIVATE)
    partial.write_bytes(made.read_bytes())
    try:
        _take(partial, file)
    finally:
        partial.unlink(missing_ok=True)
    _settled(file)


def _take(partial: Path, file: Path) -> None:
    """Give a whole file its name, which nobody may have taken.

    :raises FileExistsError: when somebody has.
    """
    try:
        os.link(partial, file)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # An empty file takes the name first: whoever is killed in between leaves that, and nobody else's content.
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        partial.replace(file)


def replace(file: Path, text: str) -> None:
    """Put a text in a file's place."""
    _written(file, text).replace(file)
    _settled(file)


def create(file: Path, text: str) -> bool:
    """Make a file that does not exist; false where somebody was faster, and nothing was written then."""
    partial = _written(file, text)
    try:
        _take(partial, file)
    except FileExistsError:
        return False
    finally:
        partial.unlink(missing_ok=True)
    _settled(file)
    return True


@contextlib.contextmanager
def folder() -> t.Iterator[Path]:
    """A folder that nobody else can open, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="alga-appliance-") as made:
        yield Path(made)


@contextlib.contextmanager
def passing(texts: t.Sequence[str]) -> t.Iterator[list[Path]]:
    """Files for a program that reads nothing else, for as long as it needs them."""
    with folder() as place:
        files = [place / str(number) for number, _text in enumerate(texts)]
        for file, text in zip(files, texts, strict=True):
            file.touch(PRIVATE)
            file.write_text(text)
        yield files

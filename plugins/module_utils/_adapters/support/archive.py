# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A support bundle as a file: a compressed archive that any system opens."""

from __future__ import annotations

import io
import tarfile
import typing as t
from pathlib import Path

from ..private_file import PRIVATE

FOLDER = "support-bundle"


def write(file: Path, contents: t.Mapping[str, str], moment: float) -> None:
    """Write an archive.

    :param contents: text by path in the bundle; the first one is met first.
    :param moment: of the collection, in seconds since 1970, which every file in it has.
    """
    with tarfile.open(file, "w:gz") as archive:
        for name, text in contents.items():
            data = text.encode(errors="replace")
            entry = tarfile.TarInfo(f"{FOLDER}/{name}")
            entry.size, entry.mtime, entry.mode = len(data), int(moment), PRIVATE
            archive.addfile(entry, io.BytesIO(data))

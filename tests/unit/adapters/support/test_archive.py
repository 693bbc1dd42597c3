# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An archive that any system opens, in one folder and in its order."""

from __future__ import annotations

import tarfile
from pathlib import Path

from ansible_collections.alga.appliance.plugins.module_utils._adapters.support import archive


def test_it_has_each_text_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "a.tar.gz"
    archive.write(file, {"index.html": "ünï", "logs/a.log": "half \udcff"}, 1_700_000_000.5)
    with tarfile.open(file, "r:gz") as made:
        entries = made.getmembers()
        assert [entry.name for entry in entries] == ["support-bundle/index.html", "support-bundle/logs/a.log"]
        assert [(entry.mtime, entry.mode) for entry in entries] == [(1_700_000_000, 0o600)] * 2
        first, second = (made.extractfile(entry) for entry in entries)
        assert first is not None and second is not None
        assert (first.read().decode(), second.read()) == ("ünï", b"half ?")

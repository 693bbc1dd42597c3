# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine that cannot run the node is told everything it lacks, at once."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import cgroups, requirements
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(1, 1, 0))
    monkeypatch.setattr(requirements, "_memory", lambda: 1 << 30)
    monkeypatch.setattr(cgroups, "hierarchies", list)
    with pytest.raises(NodeError) as raised:
        requirements.check(Settings(root=tmp_path, storage=tmp_path), building=True)
    said = str(raised.value)
    assert said.startswith("This machine cannot run the node. It needs:")
    for words in ("user id 1000", "x86_64", "apt-get", "containerd", "15 GiB free", "5 GiB free", "4 GiB of memory", "cgroups"):
        assert words in said, words

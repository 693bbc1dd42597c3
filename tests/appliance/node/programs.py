# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the test appliance, each built once, and only those that somebody needs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache, versions
from ansible_collections.alga.appliance.tests.appliance.node.commands import run
from ansible_collections.alga.appliance.tests.appliance.node.golang import Program, sources

_APPLIANCE = Path(__file__).resolve().parents[1]
_TALOS = "github.com/siderolabs/talos"
_CONTAINERD = "github.com/containerd/containerd/v2"
_ETCD = "go.etcd.io/etcd/server/v3"
# Talos's Makefile builds with them.
_TALOS_TAGS = ("tcell_minimal", "grpcnotrace")


def _kubernetes_variables() -> dict[str, str]:
    """Without a version in both places clients refuse to talk to the server."""
    major, minor, _patch = versions.KUBERNETES.split(".")
    values = {"gitVersion": f"v{versions.KUBERNETES}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return {f"{package}.{name}": value for package in packages for name, value in values.items()}


def _of_talos(name: str, package: str, version: str, *, known_as: str = "") -> Program:
    """A program that a machine of a version of Talos is made of; one module pins them all."""
    return Program(
        name=known_as or name,
        version=version,
        package=package,
        module=_module(version),
        # By it client and machine tell their own version, and judge whether the other's fits.
        variables={f"{_TALOS}/pkg/machinery/version.Tag": f"v{version}"},
        tags=_TALOS_TAGS,
    )


def talos(version: str) -> dict[str, Program]:
    """Talos's own client and what a machine of a version of Talos runs, by name."""
    packages = {
        "talosctl": f"{_TALOS}/cmd/talosctl",
        "machined": f"{_TALOS}/internal/app/machined",
        "containerd": f"{_CONTAINERD}/cmd/containerd",
        "containerd-shim-runc-v2": f"{_CONTAINERD}/cmd/containerd-shim-runc-v2",
        "etcd": _ETCD,
    }
    return {name: _of_talos(name, package, version) for name, package in packages.items()} | _alone(version)


def _alone(version: str) -> dict[str, Program]:
    """What cannot be built with the libraries that a version of Talos asks for: containerd, for 1.14 (cri-api)."""
    if _module(version).name != "v1.14":
        return {}
    return {
        name: Program(name=name, version=versions.CONTAINERD_NEXT, package=f"{_CONTAINERD}/cmd/{name}")
        for name in ("containerd", "containerd-shim-runc-v2")
    }


def talos_sources(version: str) -> Path:
    """The sources of a version of Talos, which carry settings that its machine has as files."""
    return sources(_module(version), _TALOS)


def _module(version: str) -> Path:
    return _APPLIANCE / "talos" / f"v{version.rpartition('.')[0]}"


_PROGRAMS = {
    program.name: program
    for program in (
        Program(
            name="kubernetes",
            version=versions.KUBERNETES,
            module=_APPLIANCE / "node" / "kubernetes",
            variables=_kubernetes_variables(),
        ),
        *talos(versions.TALOS).values(),
        Program(name="talos-simulator", version=versions.TALOS, module=_APPLIANCE / "talos" / "simulator"),
        Program(name="helm3", version=versions.HELM3, package="helm.sh/helm/v3/cmd/helm"),
        Program(name="helm4", version=versions.HELM4, package="helm.sh/helm/v4/cmd/helm"),
        Program(
            name="local-path-provisioner",
            version=versions.LOCAL_PATH_PROVISIONER,
            package="github.com/rancher/local-path-provisioner",
            # The public checksum database does not have it, so its checksum is pinned here.
            module=_APPLIANCE / "node" / "local_path_provisioner",
        ),
        Program(name="age", version=versions.AGE, package="filippo.io/age/cmd/age"),
        Program(name="age-keygen", version=versions.AGE, package="filippo.io/age/cmd/age-keygen"),
        Program(name="coredns", version=versions.COREDNS, package="github.com/coredns/coredns"),
        _of_talos("etcd", _ETCD, versions.TALOS_NEXT, known_as="etcd-next"),
    )
}
NAMES = frozenset(_PROGRAMS)
# What the demonstration of an appliance on a machine uses, and what the tests' node and the tests on it use.
DEMONSTRATION = ("helm3", "kubernetes", "talosctl")
NODE = (*DEMONSTRATION, "helm4", "local-path-provisioner", "coredns", "age", "age-keygen", "talos-simulator")


def of(name: str) -> Program:
    """The program of a name."""
    return _PROGRAMS[name]


def steps(wanted: Iterable[Program]) -> list[str]:
    """The steps that building takes; none for what is kept."""
    return [program.step for program in wanted if not program.path.is_file()]


def build(names: Iterable[str]) -> Path:
    """Build what is missing and return the stable folder with every program that was ever asked for, by its name."""
    target = cache.folder() / "bin"
    target.mkdir(parents=True, exist_ok=True)
    for name in sorted(names):
        _link(target / name, kept(_PROGRAMS[name]))
        if name == "kubernetes":
            _kubectl(target / "kubectl", _PROGRAMS[name].path)
    return target


def kept(program: Program) -> Path:
    """A program's file; it is built first when it is not there."""
    return cache.kept(program.folder, program) / program.name


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

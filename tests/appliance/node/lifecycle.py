# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's life: up, stop, down, and what it looks like now."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.tests.appliance.node import (
    cache,
    certificates,
    cgroups,
    components,
    configuration,
    dns,
    host,
    images,
    kernel,
    objects,
    packages,
    programs,
    registry,
)
from ansible_collections.alga.appliance.tests.appliance.node import requirements as needs
from ansible_collections.alga.appliance.tests.appliance.node.commands import run, wait_for
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError, say
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0


def build() -> Path:
    """Build every program and image that is not kept yet; return the folder of the programs."""
    if needs.announce(_steps()):
        needs.check(None, building=True)
        packages.install((*packages.NODE, *packages.BUILDING))
    return _build()


def _steps() -> list[str]:
    return [*programs.steps(map(programs.of, programs.NODE)), *images.steps(), *images.steps(images.VARIANTS)]


def _build() -> Path:
    built = programs.build(programs.NODE)
    for folder in (images.IMAGES, images.VARIANTS):
        images.build_all(folder)
    return built


def up(settings: Settings) -> None:
    """Bring the node up, from whatever state it is in; a node that is up keeps running and gets changed images."""
    with cache.locked(f"node-{settings.bridge}"):
        if trouble(settings) is None:
            build()
            registry.push(settings.registry, images.build_all())
            say(f"the node {settings.name} is up already; kubeconfig: {settings.kubeconfig}")
            return
        _clear(settings)
        building = needs.announce(_steps())
        needs.check(settings, building=building)
        packages.install((*packages.NODE, *(packages.BUILDING if building else ())))
        built = _build()
        _start(settings, built)
        registry.push(settings.registry, images.build_all())
        kubectl = built / "kubectl"
        wait_for("the API server to be ready", lambda: _still(settings, _api_trouble(settings, kubectl)), seconds=_READY_SECONDS)
        say("the API server answers")
        apply = ["apply", "--server-side", "--force-conflicts", "-f", "-"]
        run([kubectl, "--kubeconfig", settings.kubeconfig, *apply], stdin=objects.manifest(settings))
        components.objects_applied(settings).touch()
        wait_for("the node to be Ready", lambda: _still(settings, trouble(settings)), seconds=_READY_SECONDS)
        used = cgroups.memory(settings.bridge)
        memory = f", {used / (1 << 20):.0f} MiB of memory" if used is not None else ""
        say(f"the node {settings.name} is Ready{memory}; kubeconfig: {settings.kubeconfig}")


def stop(settings: Settings) -> None:
    """End every process of the node and keep its data, as when a machine is shut down."""
    with cache.locked(f"node-{settings.bridge}"):
        if host.first_process(settings) is not None:
            say("stopping the node")
        _clear(settings)
        say(f"the node {settings.name} is stopped; its data stays in {settings.root}")


def down(settings: Settings) -> None:
    """End the node and remove every trace of it; what was built stays in the cache."""
    with cache.locked(f"node-{settings.bridge}"):
        # Nothing of it will be used again, so nothing needs time to end well.
        host.kill(settings)
        _clear(settings)
        if settings.root.exists():
            if not (settings.root / "pki").is_dir() and any(settings.root.iterdir()):
                raise NodeError(
                    f"{settings.root} does not look like a node's folder (it has no pki), so nothing was removed from it. "
                    "Check ALGA_NODE_ROOT, or remove the folder by hand."
                )
            host.restore(settings)
            shutil.rmtree(settings.root)
        if settings.storage.exists() and not settings.storage.is_relative_to(settings.root):
            say(f"the storage path {settings.storage} is outside of the node's root and was left as it is")
        say(f"the node {settings.name} is gone; what was built stays in {cache.folder()}")


def trouble(settings: Settings) -> str | None:
    """What keeps the node from being Ready, or None."""
    pid = host.first_process(settings)
    if pid is None:
        return "the node does not run"
    wanted = {item.name for item in components.components(settings, cache.folder() / "bin")}
    if lacking := wanted - set(running(settings)):
        return f"components that do not run: {', '.join(sorted(lacking))}"
    kubectl = cache.folder() / "bin" / "kubectl"
    return _api_trouble(settings, kubectl) or _node_trouble(settings, kubectl, _started_at(pid)) or dns.trouble(settings.address)


def running(settings: Settings) -> list[str]:
    """The components that run, as the node's first process knows."""
    return list(_state(settings).get("running", []))


def _state(settings: Settings) -> Mapping[str, Any]:
    try:
        state: Mapping[str, Any] = json.loads((settings.root / "logs" / "components.json").read_text())
    except FileNotFoundError:
        return {}
    return state


def _still(settings: Settings, seen: str | None) -> str | None:
    """Pass on what is seen while waiting, but end the wait at once when a component has ended: it stays ended."""
    if ended := _state(settings).get("ended", {}):
        name, code = next(iter(ended.items()))
        log = settings.root / "logs" / f"{name}.log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise NodeError(f"{name} ended with code {code} while the node was starting. The end of {log}:\n{tail}")
    return seen


def _clear(settings: Settings) -> None:
    """Take down what runs or was left behind: processes, interface, cgroups; the files stay."""
    host.end_gracefully(settings, seconds=_STOP_SECONDS)
    # An interface or a cgroup of this name belongs to someone else when no node was ever started here.
    if not host.was_prepared(settings):
        return
    host.disconnect(settings)
    if left := cgroups.left(settings.bridge):
        wait_for(f"the cgroups {left} to be empty", lambda: _try_remove(settings), seconds=30)
    shutil.rmtree(settings.root / "run", ignore_errors=True)
    (settings.root / "logs" / "components.json").unlink(missing_ok=True)


def _try_remove(settings: Settings) -> str | None:
    try:
        cgroups.remove(settings.bridge)
    except OSError as error:
        return str(error)
    return None


def _start(settings: Settings, built: Path) -> None:
    """Write the configuration and start the node's first process, which starts the rest."""
    say(f"starting the node {settings.name} in {settings.root}")
    for name in ("logs", "run"):
        (settings.root / name).mkdir(mode=0o755, parents=True, exist_ok=True)
    settings.root.chmod(0o755)
    settings.storage.mkdir(parents=True, exist_ok=True)
    certificates.ensure(settings)
    configuration.write(settings)
    host.prepare(settings)
    plan = settings.root / "run" / "plan.json"
    plan.write_text(json.dumps(components.plan(settings, built, cgroups.create(settings.bridge)), indent=1))
    machine = Path(__file__).parent / "machine.py"
    argv = ["unshare", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc", "--mount", "--net", "--uts"]
    argv += ["--propagation", "private", sys.executable, "-I", str(machine), str(plan)]
    with (settings.root / "logs" / "machine.log").open("ab") as log:
        child = subprocess.Popen(
            argv, env=_environment(settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            cwd="/",
        )  # fmt: skip
    wait_for("the node's first process", lambda: _first_trouble(settings, child), seconds=10, interval=0.05)
    pid = host.first_process(settings)
    if pid is None:
        raise NodeError(f"The node's first process ended at once; see {settings.root / 'logs' / 'machine.log'}.")
    host.connect(settings, pid)


def _first_trouble(settings: Settings, child: subprocess.Popen[bytes]) -> str | None:
    if child.poll() is not None:
        log = settings.root / "logs" / "machine.log"
        raise NodeError(f"The node's first process ended with code {child.returncode}: {log.read_text()[-2000:]}")
    return None if host.first_process(settings) is not None else "it is not there yet"


def _environment(settings: Settings) -> Mapping[str, str]:
    """The environment of the node's processes: nothing of the caller's, whose proxies and secrets are not theirs."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8", kernel.OWNER: str(settings.root)}


def _api_trouble(settings: Settings, kubectl: Path) -> str | None:
    try:
        _kubectl(settings, kubectl, "get", "--raw=/readyz")
    except NodeError:
        return "the API server is not ready"
    return None


def _node_trouble(settings: Settings, kubectl: Path, since: float) -> str | None:
    """Why the node object is not Ready by a heartbeat of this start; an older one says nothing."""
    try:
        lease = json.loads(_kubectl(settings, kubectl, "get", "lease", settings.name, "-nkube-node-lease", "-ojson"))
        node = json.loads(_kubectl(settings, kubectl, "get", "node", settings.name, "-ojson"))
    except NodeError as error:
        return str(error)
    return judge_node(node, lease, since)


def judge_node(node: Mapping[str, Any], lease: Mapping[str, Any], since: float) -> str | None:
    """Whether a node object and its lease say Ready; None when they do.

    Args:
        node: the Node as JSON.
        lease: its Lease as JSON.
        since: Unix time before which a heartbeat is another start's.
    """
    renewed = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since))
    if lease.get("spec", {}).get("renewTime", "") < renewed:
        return "the kubelet has sent no heartbeat since the start"
    for condition in node.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready":
            return None if condition["status"] == "True" else f"not Ready: {condition.get('message', '')}"
    return "the kubelet has not reported a condition yet"


def _started_at(pid: int) -> float:
    return Path(f"/proc/{pid}").stat().st_mtime


def _kubectl(settings: Settings, kubectl: Path, *arguments: str) -> str:
    return run([kubectl, "--kubeconfig", settings.kubeconfig, "--request-timeout=5s", *arguments], timeout=15)

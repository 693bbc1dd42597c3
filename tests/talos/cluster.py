# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server, and the kubelet of a machine that has none: it writes what one would, after the machine's configuration."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import APPS, KubernetesApi, path
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.appliance.node import cache, certificates
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for
from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings
from ansible_collections.alga.appliance.tests.appliance.node.talos import Simulator

NODE = "simulated"
ADDRESS = "192.0.2.10"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_PAUSE_SECONDS = 0.1
# What Talos writes on a static pod: the version of the resource that it is made from (AnnotationStaticPodConfigVersion).
_MADE_FROM = "talos.dev/config-version"
_PROXY = path("daemonsets", "kube-system", "kube-proxy", group=APPS)
# Each static pod, and the resource that it is made from.
_STATIC_PODS = {
    "kube-apiserver": "apiserverconfigs.kubernetes.talos.dev",
    "kube-controller-manager": "controllermanagerconfigs.kubernetes.talos.dev",
    "kube-scheduler": "schedulerconfigs.kubernetes.talos.dev",
}


def _program(name: str) -> str:
    return str(cache.folder() / "bin" / name)


def _component(name: str) -> list[str]:
    """One program is all of them."""
    return [_program("kubernetes"), name]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _running(log: Path, *argv: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def api_server(folder: Path, kubeconfig: Path) -> Iterator[None]:
    """An API server with etcd, and nothing else of Kubernetes.

    Args:
        folder: where it keeps what it has.
        kubeconfig: file that is written to open it.
    """
    store, peers, port = (_free_port() for _each in range(3))
    settings = Settings(root=folder, api_port=port)
    certificates.ensure(settings)
    opens = settings.kubeconfig.read_text()
    kubeconfig.write_text(opens.replace(f"https://{settings.address}:", "https://127.0.0.1:"))
    pki = folder / "pki"
    etcd = [
        *_component("etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{store}",
        f"--advertise-client-urls=http://127.0.0.1:{store}",
        f"--listen-peer-urls=http://127.0.0.1:{peers}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
        f"--initial-cluster=default=http://127.0.0.1:{peers}",
        "--unsafe-no-fsync",
    ]
    server = [
        *_component("kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{store}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        "--authorization-mode=RBAC",
        f"--service-cluster-ip-range={settings.service_subnet}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki / 'service-account.pub'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        # There is no controller that makes service accounts.
        "--disable-admission-plugins=ServiceAccount",
        "--endpoint-reconciler-type=none",
    ]
    with _running(folder / "etcd.log", *etcd), _running(folder / "server.log", *server) as process:

        def trouble() -> str | None:
            assert process.poll() is None, (folder / "server.log").read_text(errors="replace")[-2000:]
            return _trouble(kubeconfig)

        wait_for("the API server", trouble, seconds=_START_SECONDS)
        yield


def _trouble(kubeconfig: Path) -> str | None:
    with contextlib.closing(KubernetesApi(str(kubeconfig))) as api:
        try:
            return None if api.get(path("namespaces", name="kube-system")) else "it has no namespaces yet"
        except ObservationFailed as error:
            return error.message


class Kubelet:
    """What runs the machine's pods, as far as an API server sees it.

    Args:
        machine: whose configuration says what runs.
        talosconfig: file that opens the machine.
        kubeconfig: file that opens the API server.
    """

    def __init__(self, machine: Simulator, talosconfig: Path, kubeconfig: Path) -> None:
        self._machine = machine
        self._talosconfig = talosconfig
        self._api = KubernetesApi(str(kubeconfig))
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._follow)
        # What was written last, so that nothing is written twice.
        self._written: dict[str, object] = {}
        self.broken: Exception | None = None

    def __enter__(self) -> Kubelet:
        # What Talos brings into a new cluster.
        (proxy,) = self._resource("manifests.kubernetes.talos.dev", "10-kube-proxy")["spec"]
        self._api.apply(_PROXY, proxy)
        self._write()
        self._thread.start()
        return self

    def __exit__(self, *_why: object) -> None:
        self._end.set()
        self._thread.join()
        self._api.close()
        if self.broken:
            raise self.broken

    def versions(self) -> dict[str, str]:
        """The version of every static pod, of kube-proxy and of the node, as the API server tells it."""
        pods = self._api.items(path("pods", "kube-system"))
        found = {pod["metadata"]["labels"]["k8s-app"]: pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in pods}
        for item in self._api.items(path("daemonsets", "kube-system", group=APPS)):
            image = item["spec"]["template"]["spec"]["containers"][0]["image"]
            found[item["metadata"]["name"]] = image.rpartition(":")[2]
        (node,) = self._api.items(path("nodes"))
        return {**found, "kubelet": node["status"]["nodeInfo"]["kubeletVersion"]}

    def _follow(self) -> None:
        while not self._end.wait(_PAUSE_SECONDS):
            try:
                self._write()
            except (AssertionError, ObservationFailed, OSError) as error:
                self.broken = error
                return

    def _write(self) -> None:
        for name, kind in _STATIC_PODS.items():
            shown = self._resource(kind, name)
            self._once(name, shown["spec"]["image"], str(shown["metadata"]["version"]))
        self._proxy()
        kubelet = self._resource("kubeletspecs.kubernetes.talos.dev", "kubelet")
        self._once("kubelet", kubelet["spec"]["image"], "")

    def _once(self, name: str, image: str, version: str) -> None:
        if self._written.get(name) == (image, version):
            return
        if name == "kubelet":
            self._node(image.rpartition(":")[2])
        else:
            self._pod(name, image, version)
        self._written[name] = (image, version)

    def _pod(self, name: str, image: str, version: str) -> None:
        pod = f"{name}-{NODE}"
        identity = {"name": pod, "labels": {"k8s-app": name}, "annotations": {_MADE_FROM: version}}
        spec = {"nodeName": NODE, "containers": [{"name": name, "image": image}]}
        status = {"phase": "Running", "hostIP": ADDRESS, "conditions": [{"type": "Ready", "status": "True"}]}
        self._apply(path("pods", "kube-system", pod), "Pod", identity, spec=spec, status=status)

    def _proxy(self) -> None:
        """Let the DaemonSet's pods be there as soon as it is."""
        found = self._api.get(_PROXY)
        if found is None or self._written.get("kube-proxy") == found["metadata"]["generation"]:
            return
        counts = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "numberAvailable", "updatedNumberScheduled")
        generation = found["metadata"]["generation"]
        status = {"observedGeneration": generation, "numberMisscheduled": 0, **dict.fromkeys(counts, 1)}
        identity = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "kube-proxy"}}
        self._api.apply(f"{_PROXY}/status", {**identity, "status": status})
        self._written["kube-proxy"] = generation

    def _node(self, version: str) -> None:
        identity = {"name": NODE, "labels": {"node-role.kubernetes.io/control-plane": ""}}
        status = {
            "addresses": [{"type": "InternalIP", "address": ADDRESS}],
            "conditions": [{"type": "Ready", "status": "True"}],
            "nodeInfo": {"kubeletVersion": version},
        }
        self._apply(path("nodes", name=NODE), "Node", identity, spec={}, status=status)

    def _apply(self, url: str, kind: str, identity: dict[str, Any], *, spec: object, status: object) -> None:
        item = {"apiVersion": "v1", "kind": kind, "metadata": identity}
        self._api.apply(url, {**item, "spec": spec})
        self._api.apply(f"{url}/status", {**item, "status": status})

    def _resource(self, kind: str, name: str) -> dict[str, Any]:
        host = self._machine.address
        argv = [os.environ.get("TALOSCTL") or _program("talosctl"), "--talosconfig", str(self._talosconfig)]
        argv += ["--nodes", host, "--endpoints", host, "get", kind, name, "--output", "json"]
        ended = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        shown: dict[str, Any] = json.loads(ended.stdout)
        return shown

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A port-forward that cannot be opened: what the API server answered, whose fault it is, and nothing of the handshake."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import kubernetes
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import in_words
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answers every handshake with one status and one body; with status 0 it closes the connection."""

    status, body = 0, b""

    def do_GET(self) -> None:  # the name that http.server calls
        if not self.status:
            return
        self.send_response(self.status)
        self.send_header("Audit-Id", "191c140a-9cca")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_request(self, *_answer: object) -> None:
        """Stay silent."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[KubernetesApi]:
    """A client of a server on loopback that refuses."""
    with http.server.HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        named: dict[str, t.Any] = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        file = tmp_path / "kubeconfig"
        file.write_text(yaml.safe_dump(named))
        yield KubernetesApi(str(file), None)
        server.shutdown()


def status_object(message: str) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message}).encode()


KUBELET = "error dialing backend: dial tcp 10.0.0.1:10250: connect: connection refused"
FORBIDDEN = 'pods "db-0" is forbidden: User "u" cannot create resource "pods/portforward"'


class Refusal(t.NamedTuple):
    """An answer to a handshake, and what is made of it."""

    status: int
    body: bytes
    reason: Reason
    said: str
    action: str


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(500, status_object(KUBELET), Reason.NODE_FAILED, f"failed with status 500: {KUBELET}.", "kubectl get nodes"),
        Refusal(502, b"", Reason.NODE_FAILED, "failed with status 502: no message.", "kubectl get nodes"),
        Refusal(
            403, status_object(FORBIDDEN), Reason.API_FORBIDDEN, f"failed with status 403: {FORBIDDEN}.", "permission named here"
        ),
        Refusal(401, status_object("Unauthorized"), Reason.API_UNAUTHORIZED, "401: Unauthorized.", "alga_kubeconfig"),
        Refusal(503, b"[]", Reason.NODE_FAILED, "failed with status 503: [].", "kubectl get nodes"),
        Refusal(504, b"<html>", Reason.NODE_FAILED, "failed with status 504: <html>.", "kubectl get nodes"),
        Refusal(404, status_object('pods "db-0" not found.'), Reason.POD_UNREACHABLE, '404: pods "db-0" not found.', "describe"),
        # A kubelet that was just started knows no pod yet, and says so in plain text.
        Refusal(404, b"pod does not exist", Reason.POD_UNREACHABLE, "404: pod does not exist.", "describe"),
        Refusal(429, status_object("slow down"), Reason.POD_UNREACHABLE, "429: slow down.", "describe"),
        Refusal(
            0,
            b"",
            Reason.API_UNREACHABLE,
            "the Kubernetes API server http://127.0.0.1:",
            "Restore access to the Kubernetes API server",
        ),
    ],
    ids=lambda refusal: f"{refusal.status} {len(refusal.body)}",
)
def test_a_port_forward_that_is_refused_is_told_by_its_status_u7(
    api: KubernetesApi, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    monkeypatch.setattr(Refusing, "status", refusal.status)
    monkeypatch.setattr(Refusing, "body", refusal.body)
    with pytest.raises(ObservationFailed) as raised:
        api.port_forward("msp", "db-0", 5432)
    error = raised.value
    assert error.reason is refusal.reason
    tried = "A port-forward to port 5432 of pod msp/db-0 (create pods/portforward)"
    assert error.message.startswith((f"{tried} failed with status", f"{tried} on the Kubernetes API server"))
    assert refusal.said in error.message and refusal.action in in_words(error)
    assert "Audit-Id" not in error.message and ".." not in in_words(error)


class Silent:
    """A websocket on which nothing comes."""

    connected = True

    def __init__(self) -> None:
        self.sock, self._other = socket.socketpair()
        self.closed = threading.Event()

    def fileno(self) -> int:
        """What is waited on."""
        return self.sock.fileno()

    def close(self) -> None:
        """Be closed."""
        self.closed.set()


def test_a_session_that_is_closed_in_an_answer_prints_no_traceback() -> None:
    """What an uncaught error of a thread prints, Ansible shows as a warning in a run that succeeds; here it fails the test."""
    websocket = Silent()
    forward: t.Any = kubernetes._Forward(websocket, [5432])  # type: ignore[no-untyped-call]
    ours, theirs = forward.socket(5432), forward.local_ports[5432].python
    theirs.send(b"an answer that nobody reads")
    ours.close()
    assert websocket.closed.wait(10)
    assert theirs.fileno() == -1

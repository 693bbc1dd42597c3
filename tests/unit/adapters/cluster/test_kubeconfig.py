# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to the API server: what keeps it closed is told in the words of TLS, of the system and of the login plugin."""

from __future__ import annotations

import base64
import datetime
import http.server
import ipaddress
import json
import socket
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import kubeconfig
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason

URL = "/version"


def refusing(tmp_path: Path, server: str, **user: t.Any) -> str:
    """A kubeconfig of its own."""
    named = {
        "clusters": [{"name": "c", "cluster": {"server": server, **user.pop("cluster", {})}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(named))
    return str(file)


def certificate(folder: Path, days: tuple[int, int]) -> tuple[Path, bytes]:
    """A certificate for loopback that signs itself, with its key in one file; valid between two days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown = made.public_bytes(serialization.Encoding.PEM)
    file = folder / "server.pem"
    file.write_bytes(
        shown + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file, shown


@pytest.mark.parametrize(
    ("days", "known", "said"),
    [((-2, -1), True, "certificate has expired"), ((1, 2), True, "not yet valid"), ((-1, 1), False, "self-signed certificate")],
)
def test_a_certificate_that_is_not_accepted_is_told_in_the_words_of_tls_r16(
    tmp_path: Path, days: tuple[int, int], known: bool, said: str
) -> None:
    file, shown = certificate(tmp_path, days)
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        trusted = shown if known else certificate(tmp_path, days)[1]
        authority = {"certificate-authority-data": base64.b64encode(trusted).decode()}
        named = refusing(tmp_path, f"https://127.0.0.1:{server.server_port}", cluster=authority)
        with pytest.raises(ObservationFailed, match=f"its certificate was rejected: .*{said}") as raised:
            KubernetesApi(named).get(URL)
        server.shutdown()
    assert raised.value.reason is Reason.API_UNREACHABLE and "certificate-authority-data" in raised.value.next_action


def test_a_server_that_is_not_there_is_told_in_the_words_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(ObservationFailed, match=r"got no answer \(Connection refused\)"):
        KubernetesApi(refusing(tmp_path, "http://127.0.0.1:1")).get(URL)


def test_a_server_that_gives_no_answer_is_told_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        named = refusing(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ObservationFailed, match=r"got no answer \(no answer in time\)"):
            KubernetesApi(named, seconds=(0.2, 0.2)).get(URL)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo the session is over >&2; exit 3", "the session is over"),
        ("echo '{}'", "malformed|missing|apiVersion"),
        ("exit 3", "process returned 3"),
    ],
)
def test_nothing_is_sent_as_nobody_when_the_login_fails(tmp_path: Path, script: str, said: str) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]}
    with pytest.raises(
        ObservationFailed, match=f"logs in with sh, which returned neither a token nor a certificate: .*({said})"
    ) as raised:
        KubernetesApi(refusing(tmp_path, "http://127.0.0.1:1", exec=plugin))
    assert raised.value.reason is Reason.API_UNAUTHORIZED and "Fix the login with sh" in raised.value.next_action


def test_a_login_that_succeeds_is_used(tmp_path: Path) -> None:
    given = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "t"}}
    plugin = {"apiVersion": given["apiVersion"], "command": "echo", "args": [json.dumps(given)]}
    KubernetesApi(refusing(tmp_path, "http://127.0.0.1:1", exec=plugin)).close()


@pytest.mark.parametrize(
    ("no_proxy", "proxied"),
    [
        ("", True),
        ("localhost,10.0.0.0/8", False),
        ("localhost, 10.0.0.0/8", False),
        (" 10.0.0.7 ", False),
        ("10.1.0.0/16, example.org", True),
    ],
)
def test_whether_a_proxy_is_between_is_said_once_for_both_halves_r18(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_proxy: str, proxied: bool
) -> None:
    for name, value in (("HTTPS_PROXY", "http://proxy.example:3128"), ("NO_PROXY", no_proxy)):
        monkeypatch.setenv(name, value)
        monkeypatch.delenv(name.lower(), raising=False)
    loaded = kubeconfig.load(refusing(tmp_path, "https://10.0.0.7:6443"), None)
    assert bool(loaded.proxy) is proxied and not loaded.no_proxy

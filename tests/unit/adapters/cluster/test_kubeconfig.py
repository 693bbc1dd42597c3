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


USER = {"token": "canary-token"}
WHOLE: dict[str, t.Any] = {
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}],
    "users": [{"name": "u", "user": USER}],
    "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    "current-context": "x",
}


def login(**user: t.Any) -> dict[str, t.Any]:
    return {**WHOLE, "users": [{"name": "u", "user": user}]}


def served(**cluster: t.Any) -> dict[str, t.Any]:
    return {**WHOLE, "clusters": [{"name": "c", "cluster": cluster}]}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("hello", "it is not a mapping"),
        (["a"], "it is not a mapping"),
        (5, "it is not a mapping"),
        ({**WHOLE, "users": {"u": {}}}, "users is not a list"),
        ({**WHOLE, "contexts": [*WHOLE["contexts"], {"context": {}}]}, "entry 2 of contexts has no name"),
        ({**WHOLE, "clusters": ["c"]}, "entry 1 of clusters has no name"),
        ({**WHOLE, "users": [{"name": "u", "user": "me"}]}, "user 'u' is not a mapping"),
        ({**WHOLE, "users": []}, "its context names user 'u', which is not in its list of users"),
        (served(server=5), "server of cluster 'c' is not a string"),
        (served(), "cluster 'c' has no server"),
        (served(server=""), "cluster 'c' has no server"),
        (served(server="https://127.0.0.1:9", **{"proxy-url": "nonsense"}), "has no URL that begins with http://"),
        (served(server="https://127.0.0.1:9", **{"proxy-url": "socks5://u:canary@127.0.0.1:9"}), "has no URL that begins with"),
        (login(token=12345), "token of user 'u' is not a string"),
        (login(username=1, password="canary"), "username of user 'u' is not a string"),
        (login(**{"client-certificate-data": 5}), "client-certificate-data of user 'u' is not a string"),
        (login(exec={"apiVersion": "client.authentication.k8s.io/v1"}), "exec of user 'u' has no command"),
        (login(exec="aws"), "exec of user 'u' has no command"),
        (login(**{"auth-provider": {"name": "gcp"}}), "auth-provider gcp, which Kubernetes removed"),
    ],
)
def test_what_has_not_the_shape_of_a_kubeconfig_is_refused_in_a_sentence(tmp_path: Path, written: t.Any, said: str) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(yaml.safe_dump(written))
    with pytest.raises(ObservationFailed) as failed:
        KubernetesApi(str(file), None)
    assert f"The kubeconfig {file} could not be loaded: " in failed.value.message and said in failed.value.message
    assert failed.value.reason is Reason.API_UNREACHABLE
    assert "canary" not in str(failed.value)


@pytest.mark.parametrize("name", ["nothing", "~nobodyhere/kubeconfig", "", "nul\0byte"])
def test_a_kubeconfig_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(ObservationFailed, match="could not be loaded"):
        KubernetesApi(str(tmp_path / name) if name == "nothing" else name, None)


def test_a_file_that_the_kubeconfig_names_and_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ObservationFailed, match=r"could not be loaded: No such file or directory: .*/its-token") as failed:
        KubernetesApi(refusing(tmp_path, "https://127.0.0.1:9", tokenFile=str(tmp_path / "its-token")), None)
    assert failed.value.message.count(str(tmp_path / "kubeconfig")) == 1


def test_an_error_of_yaml_quotes_no_line_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text("users: [{token: canary, : ]")
    with pytest.raises(ObservationFailed) as failed:
        KubernetesApi(str(file), None)
    assert "line 1" in failed.value.message and "canary" not in failed.value.message


def test_a_proxy_of_the_environment_without_a_scheme_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("https_proxy", "user:canary@proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(ObservationFailed, match="the proxy that it, or the environment, names") as failed:
        KubernetesApi(refusing(tmp_path, "https://kubernetes.example:6443", token="x"), None)
    assert "canary" not in str(failed.value)

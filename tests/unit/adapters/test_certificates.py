# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kubeconfig's certificates, once read, are needed in no file: a process beside a play outlives the files (F20)."""

from __future__ import annotations

import base64
import datetime
import http.server
import ipaddress
import json
import ssl
import threading
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kubernetes.config import kube_config

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import KubernetesApi
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed


class Pair(t.NamedTuple):
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes


def pair() -> Pair:
    """A certificate for 127.0.0.1, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=1))
    builder = builder.add_extension(names, critical=False).add_extension(identifier, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


OBJECT = {"kind": "APIGroupList", "apiVersion": "v1"}


class Answer(http.server.BaseHTTPRequestHandler):
    """Answers everything with one object, over a connection of its own."""

    def do_GET(self) -> None:  # the name that http.server calls
        self.send_response(200)
        body = json.dumps(OBJECT).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of http.server
        pass


@pytest.fixture(scope="module")
def client() -> Pair:
    return pair()


@pytest.fixture(scope="module")
def server(client: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, bytes]]:
    """The URL of a server that wants the client's certificate, and the server's own."""
    own, folder = pair(), tmp_path_factory.mktemp("server")
    (folder / "pair.pem").write_bytes(own.certificate + own.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pair.pem")
    context.load_verify_locations(cadata=client.certificate.decode())
    context.verify_mode = ssl.CERT_REQUIRED
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    serving.socket = context.wrap_socket(serving.socket, server_side=True)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{serving.server_port}", own.certificate
    serving.shutdown()
    thread.join()
    serving.server_close()


def kubeconfig(folder: Path, url: str, client: Pair, **cluster: t.Any) -> str:
    """A kubeconfig that carries its certificates inside."""
    user = {
        "client-certificate-data": base64.b64encode(client.certificate).decode(),
        "client-key-data": base64.b64encode(client.key).decode(),
    }
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "u", "user": user}],
    }
    file = folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(content))
    return str(file)


def test_it_connects_when_the_files_made_of_the_kubeconfig_are_gone_f20(
    server: tuple[str, bytes], client: Pair, tmp_path: Path
) -> None:
    url, certificate = server
    authority = {"certificate-authority-data": base64.b64encode(certificate).decode()}
    api = KubernetesApi(kubeconfig(tmp_path, url, client, **authority))
    assert kube_config._temp_files, "otherwise there is nothing that could be gone"
    kube_config._cleanup_temp_files()
    assert api.get("/apis") == OBJECT
    api.close()


def test_a_server_that_the_kubeconfig_does_not_vouch_for_is_not_asked(
    server: tuple[str, bytes], client: Pair, tmp_path: Path
) -> None:
    other = {"certificate-authority-data": base64.b64encode(client.certificate).decode()}
    for cluster in (other, {}):
        with pytest.raises(ObservationFailed, match="its certificate was rejected"):
            KubernetesApi(kubeconfig(tmp_path, server[0], client, **cluster)).get("/version")


def test_an_operator_may_do_without_verification(server: tuple[str, bytes], client: Pair, tmp_path: Path) -> None:
    given: dict[str, t.Any] = {"insecure-skip-tls-verify": True}
    assert KubernetesApi(kubeconfig(tmp_path, server[0], client, **given)).get("/apis") == OBJECT


def test_what_is_no_certificate_is_named_when_the_kubeconfig_is_loaded(client: Pair, tmp_path: Path) -> None:
    broken = {"certificate-authority-data": base64.b64encode(b"nothing").decode()}
    with pytest.raises(ObservationFailed, match="could not be loaded"):
        KubernetesApi(kubeconfig(tmp_path, "https://127.0.0.1:1", client, **broken))

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's certificate authority and every identity it signs."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import ipaddress
import json
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ansible_collections.alga.appliance.tests.appliance.node.settings import Settings

_LIFE = datetime.timedelta(days=3650)
# A clock that was set back a little must not make a new node's certificates invalid.
_BACKDATED = datetime.timedelta(hours=1)


@dataclasses.dataclass(frozen=True)
class _Identity:
    """Who a certificate speaks for: a user (CN) with groups (O), and the names it serves under."""

    user: str
    groups: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def ensure(settings: Settings) -> None:
    """Make the authority, every certificate and every kubeconfig below ROOT/pki once; keep what is complete."""
    folder = settings.root / "pki"
    complete = folder / "complete"
    if complete.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key)
    _write(folder / "ca.crt", authority.public_bytes(serialization.Encoding.PEM))
    signer = ec.generate_private_key(ec.SECP256R1())
    _write(folder / "service-account.key", _pem(signer))
    public = signer.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    _write(folder / "service-account.pub", public)
    for name, identity in _identities(settings).items():
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _sign(identity, key.public_key(), authority, authority_key)
        _write(folder / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM))
        _write(folder / f"{name}.key", _pem(key))
        target = settings.kubeconfig if name == "admin" else folder / f"{name}.kubeconfig"
        _write(target, json.dumps(_kubeconfig(settings, folder, name), indent=1).encode())
    complete.touch()


def _identities(settings: Settings) -> dict[str, _Identity]:
    served = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
    return {
        "admin": _Identity("kubernetes-admin", ("system:masters",)),
        "apiserver": _Identity(
            "kube-apiserver",
            names=(*served, "localhost"),
            addresses=(settings.address, settings.api_service_address, "127.0.0.1"),
        ),
        "apiserver-kubelet": _Identity("kube-apiserver-kubelet-client"),
        "controller-manager": _Identity("system:kube-controller-manager"),
        "scheduler": _Identity("system:kube-scheduler"),
        "proxy": _Identity("system:kube-proxy"),
        "coredns": _Identity("system:coredns"),
        "local-path": _Identity("local-path-provisioner"),
        # Without the node's address in it, exec, logs and port-forward fail.
        "kubelet": _Identity(
            f"system:node:{settings.name}", ("system:nodes",), names=(settings.name,), addresses=(settings.address,)
        ),
    }


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alga-node")])
    builder = _builder(name, name, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return builder.add_extension(usage, critical=True).add_extension(identifier, critical=False).sign(key, hashes.SHA256())


def _sign(
    identity: _Identity,
    public: ec.EllipticCurvePublicKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in identity.groups]
    subject.append(x509.NameAttribute(NameOID.COMMON_NAME, identity.user))
    builder = _builder(x509.Name(subject), authority.subject, public)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
    builder = builder.add_extension(usages, critical=False)
    # ansible-core's and Python 3.13's strict TLS checks want the authority's key named.
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in identity.names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in identity.addresses]
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(authority_key, hashes.SHA256())


def _builder(subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    start = datetime.datetime.now(datetime.UTC) - _BACKDATED
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _LIFE)
    )


def _kubeconfig(settings: Settings, folder: Path, name: str) -> dict[str, object]:
    """A kubeconfig that carries its certificates, so that it can be copied anywhere."""
    text = {part: base64.b64encode((folder / part).read_bytes()).decode() for part in ("ca.crt", f"{name}.crt", f"{name}.key")}
    server = f"https://{settings.address}:{settings.api_port}"
    user = {"client-certificate-data": text[f"{name}.crt"], "client-key-data": text[f"{name}.key"]}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": settings.name, "cluster": {"server": server, "certificate-authority-data": text["ca.crt"]}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": settings.name, "context": {"cluster": settings.name, "user": name}}],
        "current-context": settings.name,
    }


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _write(path: Path, data: bytes) -> None:
    """Write a file that only root reads, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        handle.write(data)

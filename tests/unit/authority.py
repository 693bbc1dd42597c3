# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of PostgreSQL servers, and who issues them."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Who issues certificates.

    :ivar file: its own certificate.
    """

    key: ec.EllipticCurvePrivateKey
    name: x509.Name
    file: Path

    def issue(self, address: str, ends: datetime.timedelta = DAY) -> Path:
        """A server's certificate and its key, made as PostgreSQL's documentation says: without a hint at its issuer's key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = certificate(_named("server"), self.name, key.public_key(), ends)
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        signed = made.add_extension(alternative, critical=False).sign(self.key, hashes.SHA256())
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = self.file.with_name(f"server-{address}-{ends.days}.pem")
        file.write_bytes(private + signed.public_bytes(pem))
        return file


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, ends: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    return made.serial_number(x509.random_serial_number()).not_valid_before(now - 9 * DAY).not_valid_after(now + ends)


def authority(folder: Path, name: str) -> Authority:
    key, named = ec.generate_private_key(ec.SECP256R1()), _named(name)
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    made = certificate(named, named, key.public_key(), DAY).add_extension(constraints, critical=True)
    file = folder / f"{name}.pem"
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return Authority(key, named, file)

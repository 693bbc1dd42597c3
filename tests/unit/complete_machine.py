# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Talos machine as its talosctl tells it: complete, and with each resource a test's to change."""

from __future__ import annotations

import datetime
import json
import typing as t

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_config import DATA_PATH
from ansible_collections.alga.appliance.tests.unit.scripted import Output

NODE = "192.0.2.10"
OK: Output = (0, "", "")


def refused(code: str, why: str = "no") -> Output:
    """What talosctl says where the machine does not do it."""
    return 1, "", f"1 error occurred:\n\t* {NODE}: rpc error: code = {code} desc = {why}\n\n"


def resources(**specs: t.Any) -> Output:
    """Resources by their id, as JSON documents one after the other."""
    return 0, "".join(json.dumps({"metadata": {"id": name}, "spec": spec}) for name, spec in specs.items()), ""


def bootstrapped(**changed: t.Any) -> dict[str, t.Any]:
    """What a machine says that is fit for an appliance.

    :param changed: answers by the kind of resource.
    """
    return {
        "get machinestatus": changed.get("machinestatus", resources(machine={"stage": "running", "status": {}})),
        "get services": changed.get("services", resources(etcd={"running": True, "healthy": True})),
        "get version": resources(version={"version": "v1.13.0"}),
        "get timestatus": changed.get("timestatus", resources(node={"synced": True})),
        "get mountstatus": changed.get("mountstatus", resources(DATA={"target": DATA_PATH}, ETCD={"target": "/var/lib/etcd"})),
        "get resolvers": changed.get("resolvers", resources(resolvers={"dnsServers": ["192.0.2.1"]})),
        "get disks": resources(vda={"size": 10}),
    }


class Pair(t.NamedTuple):
    """A certificate and its key, as PEM."""

    certificate: str
    key: ec.EllipticCurvePrivateKey


def certificate(maker: Pair | None = None, *, days: int = 365) -> Pair:
    """A certificate of a maker, or of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "maker" if maker is None else "client")])
    issuer = name if maker is None else x509.load_pem_x509_certificate(maker.certificate.encode()).subject
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=days))
    signed = builder.sign((maker.key if maker else key), hashes.SHA256())
    return Pair(signed.public_bytes(serialization.Encoding.PEM).decode(), key)


def options(folder: str, **given: t.Any) -> dict[str, t.Any]:
    """The options that every module for a machine has."""
    return {
        "node": NODE,
        "folder": folder,
        "talosctl": "talosctl",
        "progress_timeout": 1,
        "cluster": "workshop",
        "endpoint": "",
        **given,
    }

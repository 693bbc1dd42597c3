# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A complete appliance, and an encrypted copy of its Secrets, for the tests of both modules."""

from __future__ import annotations

import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.escrow import escrow as core
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.escrow.escrow import RECORD
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedApi

RECORD_URL = f"{complete.SECRETS}/{RECORD}"
ENCRYPTED = "-----BEGIN AGE ENCRYPTED FILE-----\n"
GENERATED = {f"{complete.SECRETS}/{name}": None for name in names.generated(names.FULLNAME)}


def document(identity: str = complete.IDENTITY, namespace: str = "msp") -> str:
    """What the copy of a complete appliance's Secrets says."""
    secret = complete.secret()
    data = {key: value.encode() for key, value in complete.decoded(secret["data"]).items()}
    copy = core.Copy(data, secret["metadata"]["labels"], secret["metadata"]["annotations"])
    return core.Document(namespace, identity, {names.CREDENTIALS_SECRET: copy}).text()


def standing(ports: Ports, **script: t.Any) -> ScriptedApi:
    """An appliance that runs, with what a test adds to it."""
    ports.postgresql({"postgres": {}}, everywhere=complete.everywhere({"postgres": ""}))
    there = {**complete.objects(), **GENERATED, RECORD_URL: None, **script.pop("objects", {})}
    return ports.api({}, there=there, forwards=True, **script)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects of a bundle: of Secrets the keys, of containers what stands as a value beside a secret's name."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._adapters.support.objects import Objects
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FORBIDDEN, Answer


def objects(ports: Ports, **there: Answer) -> Objects:
    return Objects(ports.api({}, there=there), "msp")


def test_a_log_that_cannot_be_listed_is_one_missing_part(ports: Ports) -> None:
    (part,) = objects(ports, **{complete.PODS: FORBIDDEN}).logs()
    assert part.missing and not part.text


def test_secrets_show_their_keys_and_objects_not_who_wrote_them(ports: Ports) -> None:
    claims = [{"metadata": {"name": "c", "managedFields": [{"manager": "helm"}]}}]
    listed = [complete.PODS, complete.STATEFUL_SETS, complete.DEPLOYMENTS, complete.JOBS, complete.NODES, complete.PVS]
    listed += [path(kind, "msp") for kind in ("services", "configmaps", "events")]
    others = dict.fromkeys([*listed, "/apis/storage.k8s.io/v1/storageclasses"], FORBIDDEN)
    there: dict[str, t.Any] = {**others, complete.SECRETS: [complete.secret()], complete.PVCS: claims}
    parts = {part.file: part for part in objects(ports, **there).parts()}
    secrets = parts["namespace/secrets.txt"].text
    assert "DB_PASSWORD_SERVER" in secrets and "canary" not in secrets
    assert json.loads(parts["namespace/persistentvolumeclaims.json"].text) == [{"metadata": {"name": "c"}}]
    assert parts["cluster/nodes.json"].missing

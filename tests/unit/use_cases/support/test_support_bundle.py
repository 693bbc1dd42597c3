# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bundle has what describes an appliance, and nothing that is a secret or says whose it is."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.kubernetes import path
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, Refused
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.support.support_bundle import USE_CASE
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import FORBIDDEN

PAGE = path("services", "msp", f"{names.FULLNAME}:3000") + "/proxy/auth/signin"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
EVENTS, NODES = path("events", "msp"), path("nodes")
NODE = {"metadata": {"name": "node-of-acme"}, "status": {"addresses": [{"type": "InternalIP", "address": "192.0.2.7"}]}}
EVENT = {
    "metadata": {"name": "e"},
    "lastTimestamp": "2026-12-01T10:00:00Z",
    "type": "Warning",
    "involvedObject": {"kind": "Pod", "name": "db-0"},
    "reason": "Unhealthy",
    "message": f"password {complete.PASSWORDS['app_user']} from 192.0.2.7",
}
PASSWORD = complete.PASSWORDS["postgres"]
LOG = f"node-of-acme says {PASSWORD}, {base64.b64encode(PASSWORD.encode()).decode()} of jane@acme.example to 192.0.2.7\n"
TENANT = json.dumps({"tenant": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "client_name": "Acme Corp", "plan": "pro"})
ROW = json.dumps({"name": "Acme Corp", "setting": complete.PASSWORDS["hocuspocus_user"]})


def bundle(
    ports: Ports, folder: Path, *, check_mode: bool = False, recipients: t.Sequence[str] = (), there: t.Any = None
) -> dict[str, t.Any]:
    """Collect from a complete appliance, but for what a test changes of it."""
    asked = {"row_to_json(shown)": [[ROW]], "to_jsonb(tenants)": [[TENANT]]}
    everywhere = {**asked, **complete.everywhere({"postgres": "", "server": ""})}
    ports.postgresql({"postgres": {}, "server": complete.inside()}, everywhere=everywhere)
    (status,) = complete.DATABASE_POD["status"]["containerStatuses"]
    again = {**complete.DATABASE_POD["status"], "containerStatuses": [{**status, "restartCount": 1}]}
    pod = {**complete.DATABASE_POD, "status": again}
    known = {
        complete.DEPLOYMENTS: [complete.deployment()],
        PAGE: "<html>",
        EVENTS: [EVENT],
        f"{CLASSES}/local-path": None,
        CLASSES: [],
        NODES: [NODE],
        path("services", "msp"): [],
        path("configmaps", "msp"): [{"metadata": {"name": "settings"}, "data": {"url": "canary"}}],
        f"{complete.SECRETS}?fieldSelector=type=helm.sh/release.v1": complete.records("canary"),
        complete.SECRETS: [complete.secret()],
        **dict.fromkeys((path("pods", "msp", each) + "/log" for each in ("db-0", "app-1")), LOG),
    }
    ports.api({}, there={**complete.objects(pods=[pod, complete.APPLICATION_POD]), **known, **(there or {})}, forwards=True)
    options = complete.options(USE_CASE, file=str(folder / "support.tar.gz"), recipients=list(recipients))
    return USE_CASE.answer(options, complete.run(check_mode=check_mode))


def contents(file: Path) -> dict[str, str]:
    with tarfile.open(file) as archive:
        return {entry.name: t.cast("t.IO[bytes]", archive.extractfile(entry)).read().decode() for entry in archive}


def test_what_describes_the_appliance_is_in_it_and_no_secret_and_no_name_is(ports: Ports, tmp_path: Path) -> None:
    result = bundle(ports, tmp_path)
    file, listed = tmp_path / "support.tar.gz", tmp_path / "support.tar.gz.names.json"
    assert (result["changed"], result["decision"], result["state"]) == (True, "write", "seeded")
    assert {stat.S_IMODE(each.stat().st_mode) for each in (file, listed)} == {0o600}
    found = contents(file)
    assert next(iter(found)) == "support-bundle/index.html"
    for name in ("status.txt", "namespace/pods.json", "cluster/nodes.json", "postgresql/settings.txt", "helm/history.txt"):
        assert found[f"support-bundle/{name}"], name
    assert {"support-bundle/logs/db-0/main.log", "support-bundle/logs/db-0/main.previous.log"} <= {*found}
    whole = "\n".join([*found, *found.values()])
    own = ("canary", base64.b64encode(PASSWORD.encode()).decode(), "acme", "Acme", "192.0.2.7", "3fa85f64")
    assert [each for each in own if each in whole] == []
    assert found["support-bundle/logs/db-0/main.log"] == "host-1 says (hidden), (hidden) of mail-1 to address-2\n"
    assert "settings\turl" in found["support-bundle/namespace/configmaps.txt"]
    assert json.loads(listed.read_text())["host-1"] == "node-of-acme"
    assert complete.silent(result) and result["evidence"]["missing"] == {}


def test_check_mode_collects_and_writes_nothing(ports: Ports, tmp_path: Path) -> None:
    assert bundle(ports, tmp_path, check_mode=True)["changed"] and not [*tmp_path.iterdir()]


@pytest.mark.parametrize("taken", ["support.tar.gz", "support.tar.gz.names.json"])
def test_no_file_is_overwritten(ports: Ports, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("kept")
    with pytest.raises(ApplianceError, match="exists and is not overwritten"):
        USE_CASE.answer(complete.options(USE_CASE, file=str(tmp_path / "support.tar.gz")), complete.run())
    assert [each.read_text() for each in tmp_path.iterdir()] == ["kept"]


def test_a_private_key_is_no_recipient(tmp_path: Path) -> None:
    options = complete.options(USE_CASE, file=str(tmp_path / "x"), recipients=["AGE-SECRET-KEY-1CANARY"])
    with pytest.raises(Refused, match="alga_support_recipients contains a private key") as raised:
        USE_CASE.answer(options, complete.run())
    assert "CANARY" not in raised.value.message


def test_without_age_nothing_is_left_for_recipients(ports: Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(ApplianceError, match="requires the program age"):
        bundle(ports, tmp_path, recipients=["age1x"])
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_read_is_named_and_the_rest_is_there(ports: Ports, tmp_path: Path) -> None:
    result = bundle(ports, tmp_path, there={EVENTS: FORBIDDEN, path("services", "msp"): FORBIDDEN})
    assert {"namespace/events.txt", "namespace/services.json"} <= {*result["evidence"]["missing"]}
    assert "could not be collected; the index names them" in result["msg"]
    page = contents(tmp_path / "support.tar.gz")["support-bundle/index.html"]
    assert "cannot do that" in page and "namespace/events.txt" in page


def test_without_the_secrets_values_nothing_is_written(ports: Ports, tmp_path: Path) -> None:
    with pytest.raises(ApplianceError, match="cannot do that"):
        bundle(ports, tmp_path, there={complete.SECRETS: FORBIDDEN})
    assert not [*tmp_path.iterdir()]

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helm's records of a release: the highest revision counts, and one that cannot be read is not a missing one."""

from __future__ import annotations

import base64
import gzip
import json
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.release.helm_status import HelmStatus
from ansible_collections.alga.appliance.plugins.module_utils._core.release.record import Release, last, selector
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete

WHOLE = {"info": {"status": "deployed"}, "manifest": "kind: Secret", "version": 1}


def twice(packed: bytes) -> str:
    """As helm writes it, and as the API shows it."""
    return base64.b64encode(base64.b64encode(packed)).decode()


def record(revision: str = "1", **data: str) -> t.Any:
    return {"metadata": {"name": f"v{revision}", "labels": {"version": revision}}, "data": data}


@pytest.mark.parametrize("status", HelmStatus)
def test_a_release_of_any_status_is_found(status: HelmStatus) -> None:
    assert last(complete.records("kind: Secret", status)) == Release(status.value, "kind: Secret")


def test_of_many_revisions_the_highest_counts_and_not_the_order_of_their_names() -> None:
    """v10 is listed before v9, and a run that failed is newer than the revision that is deployed."""
    listed = []
    for revision, status in (("1", "superseded"), ("10", "failed"), ("9", "deployed")):
        listed.append(record(revision, release=twice(gzip.compress(json.dumps({**WHOLE, "info": {"status": status}}).encode()))))
    assert last(listed) == Release("failed", "kind: Secret")


def test_a_release_that_renders_hooks_only_has_no_manifest() -> None:
    packed = gzip.compress(json.dumps({"info": {"status": "deployed"}}).encode())
    assert last([record(release=twice(packed))]) == Release("deployed", "")


def test_no_record_is_no_release() -> None:
    assert last([]) is None


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"release": ""},
        {"release": "?"},
        {"release": twice(b"canary-secret")},
        {"release": twice(gzip.compress(b"canary-secret"))},
        {"release": twice(gzip.compress(json.dumps(WHOLE).encode())[:-12])},
        {"release": twice(gzip.compress(json.dumps(WHOLE).encode())[:11] + b"canary-secret")},
        *({"release": twice(gzip.compress(json.dumps({**WHOLE, key: None}).encode()))} for key in ("info", "manifest")),
        {"release": twice(gzip.compress(b"[]"))},
    ],
)
def test_a_record_of_another_form_is_an_error_that_repeats_nothing_of_it(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"Secret v1 does not contain a record as helm 3 and 4 write it") as raised:
        last([record(**data)])
    assert "canary" not in str(raised.value) and raised.value.__cause__ is None and raised.value.__suppress_context__


@pytest.mark.parametrize("revision", ["", "one", "-1"])
def test_a_record_without_its_revision_is_not_taken_for_the_first(revision: str) -> None:
    with pytest.raises(ValueError, match="does not say its revision"):
        last([record("3", release="?"), record(revision, release="?")])


def test_a_selector_has_helms_own_labels() -> None:
    assert selector("alga-core", status="failed") == "owner=helm,name=alga-core,status=failed"

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is looked at from outside."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.tests.faults.looks import is_kept_secret


@pytest.mark.parametrize(
    ("kind", "name", "more", "kept"),
    [
        ("Secret", names.CREDENTIALS_SECRET, {"type": "Opaque"}, True),
        ("Secret", "somebody-s-own", {}, True),
        ("Secret", "sh.helm.release.v1.alga-core.v1", {"type": "helm.sh/release.v1"}, False),
        ("Secret", names.KEPT_SECRET, {"type": "Opaque"}, False),
        ("PersistentVolumeClaim", names.CREDENTIALS_SECRET, {}, False),
    ],
)
def test_every_secret_stays_but_helms_records_and_the_copy_for_a_killed_run(
    kind: str, name: str, more: dict[str, t.Any], *, kept: bool
) -> None:
    assert is_kept_secret({"kind": kind, "metadata": {"name": name}, **more}) == kept

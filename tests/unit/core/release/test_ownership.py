# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose an object is that a chart would make and that Helm does not know (R30)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.release.ownership import (
    is_hook,
    lacking,
    marks,
    other_owner,
    ours,
)

MARKS = marks("alga-core", "msp")
RELEASE, PLACE = names.HELM_RELEASE_ANNOTATION, names.HELM_NAMESPACE_ANNOTATION


def live(labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None, **more: t.Any) -> dict[str, t.Any]:
    return {"kind": "Secret", "metadata": {"name": "keys", "labels": labels, "annotations": annotations}, **more}


@pytest.mark.parametrize(
    ("found", "missing", "owner", "is_ours"),
    [
        (live(), MARKS, "", False),
        (live({}, {"helm.sh/hook": "pre-install"}), MARKS, "", True),
        (live({names.MANAGED_BY_LABEL: names.FIELD_MANAGER}), MARKS, "", True),
        (live({"app.kubernetes.io/instance": "alga-core"}), MARKS, "", True),
        (live({"app.kubernetes.io/instance": "else"}), MARKS, "", False),
        (live(MARKS["labels"], MARKS["annotations"]), {}, "", False),
        (live(MARKS["labels"], {RELEASE: "alga-core"}), {"annotations": {PLACE: "msp"}}, "", False),
        (live(MARKS["labels"], {RELEASE: "else", PLACE: "msp"}), {}, "Helm release msp/else", False),
        (live(MARKS["labels"], {RELEASE: "alga-core", PLACE: "old"}), {}, "Helm release old/alga-core", False),
        (
            live({names.MANAGED_BY_LABEL: "flux"}),
            {"annotations": MARKS["annotations"]},
            "app.kubernetes.io/managed-by flux",
            False,
        ),
    ],
)
def test_whose_it_is_and_what_it_lacks_r30(found: dict[str, t.Any], missing: dict[str, t.Any], owner: str, is_ours: bool) -> None:
    assert lacking(found, "alga-core", "msp") == missing
    assert other_owner(found, "alga-core", "msp") == owner
    assert ours(found, "alga-core", ()) is is_ours


def test_a_secret_of_the_contract_is_ours_by_its_name_r30() -> None:
    assert ours(live(), "alga-core", ("keys",))
    assert not ours({**live(), "kind": "ConfigMap"}, "alga-core", ("keys",))
    assert is_hook(live({}, {"helm.sh/hook": "pre-install"})) and not is_hook(live())

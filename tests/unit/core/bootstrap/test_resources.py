# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection's own pods ask for: nothing that a quota wants is left out, and no request is above its limit."""

from __future__ import annotations

import typing as t
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.resources import JOB, LOOK, amount, completed, fitted


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("100m", "0.1"),
        ("1", "1"),
        ("1.5", "1.5"),
        ("1k", "1000"),
        ("64Mi", str(64 * 1024**2)),
        ("1.5Gi", str(3 * 1024**3 // 2)),
        ("2E", str(2 * 10**18)),
        ("1e3", "1000"),
        ("5n", "5e-9"),
    ],
)
def test_quantities_are_numbers(text: str, number: str) -> None:
    assert amount(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "much", "1 Gi", "Mi", "1KI"])
def test_what_is_no_quantity_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not a Kubernetes quantity"):
        amount(text)


AMOUNTS = ["10m", "100m", "1", "4", "64Mi", "1Gi", "8G"]
QUANTITIES = st.sampled_from(AMOUNTS)
SOME = st.dictionaries(st.sampled_from(["cpu", "memory", "ephemeral-storage"]), QUANTITIES)


@given(st.sampled_from([JOB, LOOK]), SOME, st.booleans(), st.data())
def test_what_is_given_is_kept_and_the_rest_fits_to_it_r10_r13(
    defaults: dict[str, dict[str, str]], limits: dict[str, str], asks: bool, data: st.DataObject
) -> None:
    requests: dict[str, str] = {}
    for name, top in limits.items() if asks else ():
        requests[name] = data.draw(st.sampled_from([each for each in AMOUNTS if amount(each) <= amount(top)]))
    whole: dict[str, t.Any] = completed({"requests": requests, "limits": limits}, defaults)
    assert whole["limits"].items() >= limits.items() and whole["requests"].items() >= requests.items()
    for name in ("cpu", "memory"):
        assert amount(whole["requests"][name]) <= amount(whole["limits"][name])


def test_a_request_above_the_default_limit_raises_it_r13() -> None:
    assert completed({"requests": {"cpu": "4"}}, JOB)["limits"]["cpu"] == "4"
    assert completed({}, JOB) == {**JOB}


def test_what_a_limit_range_wants_is_kept_to_r13() -> None:
    ranges = [
        {"spec": {"limits": [{"type": "Container", "max": {"cpu": "500m", "memory": "1Gi"}, "min": {"memory": "300Mi"}}]}},
        {
            "spec": {
                "limits": [{"type": "Pod", "max": {"memory": "8Gi"}}, {"type": "PersistentVolumeClaim", "max": {"storage": "1"}}]
            }
        },
    ]
    assert fitted(JOB, ranges) == {
        "requests": {"cpu": "100m", "memory": "300Mi"},
        "limits": {"cpu": "500m", "memory": "1Gi"},
    }
    assert fitted(JOB, []) == JOB

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Secret is read decoded; one that does not exist, one that is empty and one that could not be read are three answers."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.secrets import read_secret
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer

URL = f"{complete.SECRETS}/keys"


@pytest.mark.parametrize(
    ("answer", "data"),
    [
        (None, None),
        ({"metadata": {}}, {}),
        ({"data": complete.coded({"KEY": "canary", "BYTES": "ä"})}, {"KEY": b"canary", "BYTES": "ä".encode()}),
    ],
)
def test_a_secret_is_read_as_it_is(ports: Ports, answer: t.Any, data: dict[str, bytes] | None) -> None:
    assert read_secret(ports.api({URL: answer}), "msp", "keys") == data


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_one_that_could_not_be_read_is_not_one_that_does_not_exist_f27(ports: Ports, answer: Answer) -> None:
    with pytest.raises(ObservationFailed):
        read_secret(ports.api({URL: answer}), "msp", "keys")

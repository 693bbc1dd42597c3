# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The appliance that the tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance, empty_place


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    """An appliance that the tests of a module share."""
    with empty_place(tmp_path_factory.mktemp("appliance")) as made:
        yield made


@pytest.fixture(scope="module")
def fresh(appliance: Appliance) -> Appliance:
    """An appliance that fresh.yml made."""
    outcome = appliance.playbook("fresh")
    assert outcome.code == 0, outcome.output
    return appliance


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Appliance]:
    """An empty place for one test's own appliance."""
    with empty_place(tmp_path) as made:
        yield made


@pytest.fixture
def place_of_helm_4(tmp_path: Path) -> Iterator[Appliance]:
    """An empty place for one test's own appliance, whose playbooks run with helm 4."""
    with empty_place(tmp_path, {"alga_helm": os.environ["HELM4"]}) as made:
        yield made

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The seed of all histories, which is printed and can be given again, and settings of the interpreter."""

from __future__ import annotations

import gc
import random
import typing as t

import pytest

from ansible_collections.alga.appliance.tests.model import product
from ansible_collections.alga.appliance.tests.model.histories import starts

# What is remembered of a hundred thousand histories would be gone through again and again: a sixth of the time.
gc.freeze()
gc.set_threshold(200_000, 20, 100)

SEED = pytest.StashKey[str]()


# A change is judged by the histories that judged the one before it; new ones are drawn on demand (TESTING.md).
KEPT = "1"


def pytest_configure(config: pytest.Config) -> None:
    """Take the seed that is given, or the kept one; draw one if it is to be random."""
    given = config.getoption("--hypothesis-seed")
    config.stash[SEED] = str(random.SystemRandom().getrandbits(32)) if given == "random" else str(given or KEPT)


def pytest_report_header(config: pytest.Config) -> str:
    """Print the seed."""
    return f"model: the same histories again with --hypothesis-seed={config.stash[SEED]}"


@pytest.fixture
def base(request: pytest.FixtureRequest) -> str:
    """The seed from which every part of the histories has its own."""
    return request.config.stash[SEED]


@pytest.fixture(autouse=True, scope="module")
def meeting() -> t.Iterator[None]:
    """The product's code meets the model."""
    with product.in_the_model():
        # Made before any code is broken on purpose.
        for leases in (False, True):
            starts(leases=leases)
        yield

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the model puts together from its readings is what the product's Observer puts together from the same ones."""

from __future__ import annotations

import dataclasses
import random
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image, Job
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import DatabaseObservation
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Facts, Secret
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import StorageObservation
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Deciding
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing import situation
from ansible_collections.alga.appliance.tests.model import memory, product
from ansible_collections.alga.appliance.tests.model.api import Api
from ansible_collections.alga.appliance.tests.model.controller import acting
from ansible_collections.alga.appliance.tests.model.histories import FAMILIES, play_history

HISTORIES = 200
# What is asked further only where a first run of the chart's own driver is unfinished.
NOT_IN_THE_MODEL: dict[str, t.Any] = {"application": True, "mend": ""}


class Read(situation.Observer):
    """Reads what the model has just read."""

    read: tuple[memory.Question, DatabaseObservation | None, StorageObservation | None]

    def database(self, *_name: str, **_expected: t.Any) -> DatabaseObservation:
        asked, seen, _volumes = self.read
        if seen is None:
            raise ObservationFailed(f"{t.cast('Reason', asked.reason).value}.", reason=t.cast("Reason", asked.reason))
        return seen

    def secret(self) -> Secret:
        return self.read[0].secret

    def job(self) -> Job:
        return self.read[0].job

    def image(self) -> Image:
        return self.read[0].image

    def _storage(self, _answer: object) -> StorageObservation:
        asked, _seen, volumes = self.read
        if volumes is None:
            raise ObservationFailed(asked.unread, reason=Reason(asked.unread))
        return volumes

    def _application(self, _seen: object) -> bool:
        return True


def test_the_facts_are_those_of_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    put_together, compared = memory._put_together, 0

    def both(*read: t.Any) -> Facts:
        nonlocal compared
        compared += 1
        me = acting()
        observer = Read(t.cast("t.Any", Api(me.world, me)), product.options(Deciding, me), me.mode)
        object.__setattr__(observer, "read", read)
        model, real = put_together(*read), observer.facts()
        assert dataclasses.replace(model, **NOT_IN_THE_MODEL) == dataclasses.replace(real, **NOT_IN_THE_MODEL)
        return model

    memory.forget()
    monkeypatch.setattr(memory, "_put_together", both)
    source = random.Random(1)  # noqa: S311 -- histories, no secrets
    for number in range(HISTORIES):
        play_history(tuple(FAMILIES)[number % len(FAMILIES)], source.randbytes(24))
    memory.forget()
    assert compared > HISTORIES

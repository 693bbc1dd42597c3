# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every unit test shares: how properties are tried, and the other side of the ports."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.alga.appliance.plugins.module_utils._adapters import clock
from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import kubernetes
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import postgresql
from ansible_collections.alga.appliance.tests.unit.scripted import ScriptedApi, ScriptedCommand, ScriptedPostgresql

# Timings are not tests: a machine that is busy with something else must not fail a property.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


class Ports:
    """Makes what the product's own ways out lead to, and holds each to its script."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._made: list[ScriptedApi | ScriptedPostgresql | ScriptedCommand] = []
        # What was changed in the cluster and in PostgreSQL, one after the other.
        self.done: list[str] = []

    def api(self, *script: t.Any, **more: t.Any) -> ScriptedApi:
        """A cluster; see :class:`ScriptedApi`. Whatever opens one opens this."""
        made = ScriptedApi(*script, **more)
        made.done = self.done
        self._made.append(made)
        self._monkeypatch.setattr(kubernetes, "KubernetesApi", lambda *_file, **_seconds: made)
        return made

    def postgresql(self, *script: t.Any, **more: t.Any) -> ScriptedPostgresql:
        """A PostgreSQL; see :class:`ScriptedPostgresql`. Every session is one with it."""
        made = ScriptedPostgresql(*script, **more)
        made.done = self.done
        self._made.append(made)
        self._monkeypatch.setattr(postgresql, "connect", made.connect)
        return made

    def command(self, *script: t.Any, **more: t.Any) -> ScriptedCommand:
        """A program; see :class:`ScriptedCommand`."""
        made = ScriptedCommand(*script, **more)
        self._made.append(made)
        return made

    def ended(self) -> None:
        """Fail where something that was expected did not happen."""
        for each in self._made:
            each.ended()


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ports]:
    """The other side; a wait looks again at once."""
    monkeypatch.setattr(clock, "POLL_SECONDS", 0.0)
    made = Ports(monkeypatch)
    yield made
    made.ended()

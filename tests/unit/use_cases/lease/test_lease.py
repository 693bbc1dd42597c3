# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a silent holder's session lives: what could not be asked is unknown, and unknown is not nobody."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.postgresql import UndefinedDatabase
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import MAINTENANCE_DATABASE
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.lease import lease


class Server:
    """A PostgreSQL that cannot be asked."""

    def __init__(self, error: ObservationFailed) -> None:
        self._error = error

    def connect(self, database: str) -> t.NoReturn:
        assert database == MAINTENANCE_DATABASE
        raise self._error


def sessions(error: ObservationFailed) -> str:
    return lease._sessions(t.cast("t.Any", Server(error)))


NOBODY = {Reason.SERVICE_NOT_FOUND, Reason.NO_RUNNING_POD, Reason.CONNECTION_FAILED}


@pytest.mark.parametrize("reason", Reason)
def test_only_a_postgresql_that_is_not_there_has_no_sessions_f27(reason: Reason) -> None:
    """Above all a connection that ended, a port-forward that was refused and a silent node speak for a living holder."""
    assert sessions(ObservationFailed("It was tried.", reason=reason)) == ("" if reason in NOBODY else "It was tried.")


def test_a_database_that_does_not_exist_has_no_sessions_f35() -> None:
    assert sessions(UndefinedDatabase("It does not exist.", reason=Reason.QUERY_FAILED)) == ""

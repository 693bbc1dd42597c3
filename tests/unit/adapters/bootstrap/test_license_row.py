# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one row of license_state: from the Secret where there is one, and the license in no log and no message (R32)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.bootstrap import license_row
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database.server import InCluster
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed, Refused
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, Answer, SqlError, Statement

SECRET = f"{complete.SECRETS}/{names.LICENSE_SECRET}"
COLUMNS = [[name] for name in ("edition_choice", "license_token", "trial_started_at")]
GIVEN = complete.secret(names.LICENSE_SECRET, {"EDITION_CHOICE": "ee\n", "LICENSE_TOKEN": "canary-token"})
SILENCED = Statement("server", "SET log_parameter_max_length = 0")


def server(ports: Ports, given: Answer, columns: t.Any = COLUMNS, sql: t.Sequence[Statement] = ()) -> t.Any:
    made = ports.postgresql({"server": {"FROM information_schema.columns": columns}}, writes=sql)
    api = ports.api({}, there={**complete.objects(), SECRET: given}, forwards=True)
    return api, InCluster(api, Appliance("msp")), made


@pytest.mark.parametrize(("given", "edition", "columns"), [(None, "ee", 1), (GIVEN, "ee", 2)])
def test_the_secret_decides_and_without_one_the_default_r32(ports: Ports, given: Answer, edition: str, columns: int) -> None:
    api, there, _made = server(ports, given)
    row = license_row.wanted(api, "msp", there, "server")
    assert (row.edition, len(row.values)) == (edition, columns) and "canary" not in repr(row)


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_a_secret_that_could_not_be_read_is_not_the_default_edition_f27(ports: Ports, answer: Answer) -> None:
    api, there, _made = server(ports, answer)
    with pytest.raises(ObservationFailed):
        license_row.wanted(api, "msp", there, "server")


def test_a_table_that_wants_another_row_gets_none(ports: Ports) -> None:
    api, there, _made = server(ports, GIVEN, COLUMNS[:1])
    with pytest.raises(Refused, match=r"no column license_token.*Nothing was inserted") as raised:
        license_row.wanted(api, "msp", there, "server")
    assert complete.silent(raised.value.message)


@pytest.mark.parametrize("fails", [None, SqlError("23514", "Failing row contains (canary-token)", "canary-token")])
def test_the_license_is_a_parameter_and_kept_out_of_the_log_first(ports: Ports, fails: SqlError | None) -> None:
    insert = Statement("server", "WHERE NOT EXISTS (SELECT 1 FROM public.license_state)", fails)
    api, there, made = server(ports, GIVEN, sql=[SILENCED, insert])
    row = license_row.wanted(api, "msp", there, "server")
    if fails is None:
        license_row.insert(there, "server", row)
        assert made.ran[1].parameters == {"edition_choice": "ee", "license_token": "canary-token"}
    else:
        with pytest.raises(ActionFailed, match="23514") as raised:
            license_row.insert(there, "server", row)
        assert complete.silent(raised.value.message)
    assert complete.silent([each.sql for each in made.ran])

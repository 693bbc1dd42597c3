# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict of status: what is here, and which playbook to run. Pure advice over the answers of the other modules."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .database import FINISH
from .states import CredentialDecision, DatabaseState, Reason, StorageState

_HEALTHY = (DatabaseState.SEEDED, DatabaseState.MIGRATED)


@dataclass(frozen=True)
class Verdict:
    """Healthy or not, in a sentence, with the playbook to run."""

    healthy: bool
    message: str
    next_action: str


def judge(
    storage: t.Mapping[str, t.Any],
    credentials: t.Mapping[str, t.Any],
    database: t.Mapping[str, t.Any],
    application: t.Mapping[str, t.Any],
) -> Verdict:
    """Judge the appliance from four results.

    :param storage: result of alga_volumes.
    :param credentials: result of alga_db_credentials that only compared.
    :param database: result of alga_pg_state.
    :param application: result of alga_application that only looked.
    """
    if storage["next_action"]:  # PostgreSQL must not be started on it, so every playbook refuses before anything else.
        return Verdict(False, str(storage["msg"]), str(storage["next_action"]))
    if credentials["decision"] == CredentialDecision.REFUSE.value:
        return Verdict(False, str(credentials["msg"]), str(credentials["next_action"]))
    state = DatabaseState(database["state"])
    if state is DatabaseState.AUTH_FAILED:
        return Verdict(False, f"{database['msg']} {storage['msg']}", str(database["next_action"]))
    if credentials["drift"]:
        return Verdict(
            False,
            f"{database['msg']} {credentials['msg']}",
            str(credentials["next_action"]),
        )
    if database.get("evidence", {}).get("unfinished_run"):
        return Verdict(False, f"A first run began here and has not ended. {database['msg']}", FINISH)
    if state in _HEALTHY and (about := _lacking(database, application)):
        return Verdict(False, f"{database['msg']} {about['msg']}", str(about["next_action"]))
    if state in _HEALTHY:
        return Verdict(True, f"{database['msg']} {storage['msg']}", "Nothing needs to be done; recover.yml would converge.")
    nothing = storage["state"] == StorageState.NONE.value
    if nothing and database["evidence"].get("reason") == Reason.SERVICE_NOT_FOUND.value:
        return Verdict(True, f"{storage['msg']} No appliance is installed here.", "Run fresh.yml to install one.")
    if storage.get("evidence", {}).get("first_run"):
        return Verdict(
            False,
            f"A first run began here and has not ended. {database['msg']}",
            FINISH,
        )
    return Verdict(False, f"{database['msg']} {storage['msg']}", str(database["next_action"]))


def _lacking(database: t.Mapping[str, t.Any], application: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """What a database that is whole still lacks to serve, as a message and a next action; empty where it lacks nothing.

    A missing row of license_state comes first: the application answers without it, and nobody can enter a license (R32).
    """
    if database.get("evidence", {}).get("licensed") is False:
        return {"msg": application["msg"], "next_action": database["next_action"]}
    return application if application["next_action"] else {}

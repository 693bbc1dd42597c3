# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first tenant: made once, on request, and judged by rows and by the administrator's digest, never by an exit code (F13).

The command gets the tenant's id, which the collection chooses and writes into the database before the command starts. So a
tenant that was begun is known again as the collection's own, and a second one can never come into being: its id is taken.
What is not provably its own and unfinished is never touched.
"""

from __future__ import annotations

import re
import typing as t
import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from .. import names
from ..bootstrap.bootstrap import JobState
from ..credentials.digest import Match
from ..database.database import Answer
from ..states import DatabaseState

NAME, EMAIL, PASSWORD, ID = "INITIAL_TENANT_NAME", "INITIAL_ADMIN_EMAIL", "INITIAL_ADMIN_PASSWORD", "INITIAL_TENANT_ID"
REQUIRED = (NAME, "INITIAL_ADMIN_FIRST_NAME", "INITIAL_ADMIN_LAST_NAME", EMAIL, PASSWORD)
# The states in which there are tables to look into.
READABLE = (DatabaseState.MIGRATED, DatabaseState.PARTIALLY_SEEDED, DatabaseState.SEEDED)


class TenantState(StrEnum):
    """How the first tenant stands."""

    NOT_REQUESTED = "not_requested"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    OTHER = "other"
    PARTIAL = "partial"
    COMPLETE = "complete"


class TenantStep(StrEnum):
    """The one next step."""

    KEEP = "keep"
    CREATE = "create"
    SEED = "seed"
    WATCH = "watch"
    SET_ASIDE = "set_aside"
    RECORD = "record"
    REFUSE = "refuse"


class TenantStage(StrEnum):
    """What one Job of the tenant does."""

    COMMAND = "command"
    SEEDS = "seeds"


@dataclass(frozen=True)
class Wanted:
    """What the Secret asks for."""

    name: str
    email: str
    password: str = field(repr=False)
    tenant: str = ""


@dataclass(frozen=True)
class Entry:
    """The ledger's entry about the first tenant; a time is empty until it has come.

    :param tenant: id that the collection gave to the command.
    """

    tenant: str
    name: str
    seeds_begun: str = ""
    seeds_ended: str = ""
    completed: str = ""


@dataclass(frozen=True)
class Administrator:
    """The user whose email the Secret names: the tenant, and how the Secret's password relates to the stored digest.

    :param mistake: which known mistake made a digest that does not match; empty when none explains it.
    """

    tenant: str
    match: Match
    mistake: str = ""


@dataclass(frozen=True)
class Seen:
    """What is in the database and which of the tenant's Jobs there are.

    :param tenants: names by id.
    :param rows: rows of each table that a tenant owns (contract, Counts).
    """

    answer: Answer
    tenants: t.Mapping[str, str] = field(default_factory=dict)
    rows: t.Mapping[str, int] = field(default_factory=dict)
    administrators: tuple[Administrator, ...] = ()
    entry: Entry | None = None
    jobs: t.Mapping[TenantStage, JobState] = field(default_factory=dict)

    def evidence(self) -> dict[str, t.Any]:
        """The facts, without secrets."""
        return {
            "database_state": self.answer.state.value,
            "tenants": dict(self.tenants),
            "rows": dict(self.rows),
            "jobs": {stage.value: state.value for stage, state in self.jobs.items()},
            "begun": self.entry.tenant if self.entry else "",
            "completed": self.entry.completed if self.entry else "",
        }


@dataclass(frozen=True)
class Decision:
    """The next step, the state behind it and why."""

    step: TenantStep
    state: TenantState
    message: str
    next_action: str = ""
    drift: bool = False


_QUOTED = re.compile(r"([\"'`]).*\1", re.DOTALL)
_ADDRESS = re.compile(r"[^@\s\"'<>]+@[^@\s\"'<>]+")


def read(data: t.Mapping[str, bytes], secret: str) -> tuple[Wanted | None, str]:
    """Read what the Secret asks for.

    :param secret: the Secret as ``namespace/name``.
    :returns: what is wanted, or ``None`` and everything that is wrong, without values.
    """
    texts: dict[str, str] = {}
    faults = [f"{key} has no value" for key in REQUIRED if not data.get(key, b"").strip()]
    for key in (*REQUIRED, ID):
        try:
            texts[key] = data.get(key, b"").decode()
        except UnicodeDecodeError:
            faults.append(f"{key} is not UTF-8 text")
            continue
        # A file's last newline in a password is a password that nobody can type (F7).
        if texts[key].strip() and texts[key] != texts[key].strip():
            faults.append(f"{key} begins or ends with white space")
        elif _QUOTED.fullmatch(texts[key]):
            # kubectl create secret --from-env-file takes quotes for a part of the value (R20).
            faults.append(f"{key} is in quotes, which would become part of it")
        elif key == EMAIL and texts[key] and not _ADDRESS.fullmatch(texts[key]):
            faults.append(f"{key} is not an address of the form NAME@DOMAIN")
    if texts.get(ID) and not _is_uuid(texts[ID]):
        faults.append(f"{ID} is not a UUID")
    if faults:
        return None, f"Secret {secret} requests the first tenant but cannot be used: {'; '.join(faults)}."
    return Wanted(texts[NAME], texts[EMAIL], texts[PASSWORD], texts[ID].lower()), ""


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def decide(wanted: Wanted, seen: Seen, *, in_vain: bool = False) -> Decision:
    """Decide the next step from what is in the database, the ledger and the Jobs.

    The order is the order of trust: what could not be read, a Job at work, then the rows.

    :param in_vain: whether this run let the command go on with the half-made tenant and saw it end (R33).
    """
    if seen.answer.state not in READABLE:
        return Decision(TenantStep.REFUSE, TenantState.UNKNOWN, seen.answer.message, seen.answer.next_action)
    for stage, state in seen.jobs.items():
        if state is JobState.RUNNING:
            return Decision(
                TenantStep.WATCH,
                TenantState.PARTIAL,
                f"The Job for the first tenant's {stage.value} is running; the playbook waits until it has finished.",
            )
    tenant = _find(wanted, seen)
    if tenant:
        return _begun(wanted, seen, tenant, in_vain=in_vain)
    return _other(wanted, seen) if seen.tenants else _absent(wanted, seen)


def _find(wanted: Wanted, seen: Seen) -> str:
    """The id of the tenant that the Secret means; empty when there is none.

    A tenant that the collection made keeps its id when somebody renames it.
    """
    entry = seen.entry
    if entry and entry.tenant in seen.tenants and (not entry.completed or entry.name == wanted.name):
        return entry.tenant
    if wanted.tenant in seen.tenants:
        return wanted.tenant
    return next((tenant for tenant, name in seen.tenants.items() if name == wanted.name), "")


def _absent(wanted: Wanted, seen: Seen) -> Decision:
    rows = [table for table, count in seen.rows.items() if count]
    if rows:
        return Decision(
            TenantStep.REFUSE,
            TenantState.PARTIAL,
            f"There is no tenant, but tables {', '.join(rows)} contain rows. Nothing was changed.",
            "Inspect these rows, and restore from a backup if a tenant is missing.",
        )
    if seen.entry and seen.entry.completed:
        return Decision(
            TenantStep.REFUSE,
            TenantState.PARTIAL,
            f"The ledger records that tenant {seen.entry.name} was completed on {seen.entry.completed}, but there is no tenant.",
            f"Restore from a backup. If the tenant was removed on purpose, delete its row from {names.LEDGER_SCHEMA}.tenants "
            "and run recover.yml; the first tenant is then created again.",
        )
    if seen.entry and wanted.tenant and wanted.tenant != seen.entry.tenant:
        return Decision(
            TenantStep.REFUSE,
            TenantState.ABSENT,
            f"The creation of a first tenant with id {seen.entry.tenant} was started, but the Secret's {ID} is "
            f"{wanted.tenant}. It may still finish, so no tenant was created with another id.",
            "Restore the first id. Only if nothing is working on it, delete its row from "
            f"{names.LEDGER_SCHEMA}.tenants and run recover.yml.",
        )
    return Decision(
        TenantStep.CREATE,
        TenantState.ABSENT,
        (f"There is no tenant yet; tenant {wanted.name} is created with its administrator."),
    )


def _other(wanted: Wanted, seen: Seen) -> Decision:
    shown = ", ".join(list(seen.tenants.values())[:3])
    return Decision(
        TenantStep.KEEP,
        TenantState.OTHER,
        f"The Secret requests tenant {wanted.name}, but the appliance already has another: {shown}. It is kept, and no second "
        "one is created.",
        f"Delete Secret {names.INITIAL_TENANT_SECRET} if this is the correct appliance.",
        drift=True,
    )


def _begun(wanted: Wanted, seen: Seen, tenant: str, *, in_vain: bool) -> Decision:
    """Decide about a tenant that exists."""
    unfinished = seen.entry is not None and seen.entry.tenant == tenant and not seen.entry.completed
    administrator = next((user for user in seen.administrators if user.tenant == tenant), None)
    if administrator is None:
        # A second tenant would mean that somebody else makes tenants here, too.
        aside = in_vain and unfinished and not seen.rows.get("users") and len(seen.tenants) == 1
        return _stuck(wanted, seen) if aside else _without_administrator(wanted, seen, unfinished=unfinished)
    if seen.answer.state is not DatabaseState.SEEDED:
        return _without_roles(wanted, seen, unfinished=unfinished)
    if unfinished and _seeds_cut_off(seen):
        return Decision(
            TenantStep.REFUSE,
            TenantState.PARTIAL,
            f"The seeds for tenant {wanted.name} were interrupted after its roles had received their permissions. They are "
            "not run again, because one of them deletes role_permissions first.",
            "Run the seed files after 03_role_permissions by hand (knex seed:run --specific), or restore from a backup; then "
            f"set seeds_ended in {names.LEDGER_SCHEMA}.tenants to now() and run recover.yml.",
        )
    return _login(wanted, administrator, unfinished=unfinished)


def _without_administrator(wanted: Wanted, seen: Seen, *, unfinished: bool) -> Decision:
    users = seen.rows.get("users")
    if unfinished and not users:
        return Decision(
            TenantStep.CREATE,
            TenantState.PARTIAL,
            f"Tenant {wanted.name} was created by this collection and has no user yet; the command is run again with the same "
            "tenant id, so that it cannot create a second tenant.",
        )
    if users and not unfinished:
        return Decision(
            TenantStep.KEEP,
            TenantState.COMPLETE,
            f"Tenant {wanted.name} exists and has users, but {wanted.email} is not one of them. It is kept unchanged.",
            f"Delete Secret {names.INITIAL_TENANT_SECRET}; the first tenant has been created.",
            drift=True,
        )
    whose = "was created by this collection" if unfinished else "was not created by this collection"
    return Decision(
        TenantStep.REFUSE,
        TenantState.PARTIAL,
        f"Tenant {wanted.name} exists without its administrator {wanted.email} ({_counts(seen)}) and {whose}. Nothing was "
        "changed.",
        "Find out who created it. Create the administrator in the application, or remove the tenant and run recover.yml.",
    )


def _stuck(wanted: Wanted, seen: Seen) -> Decision:
    """A tenant of our own on whose rows the command fails each time; without a user nobody has ever worked in it (R33)."""
    return Decision(
        TenantStep.SET_ASIDE,
        TenantState.PARTIAL,
        f"Tenant {wanted.name} was started by this collection and has no user ({_counts(seen)}), and the command cannot continue "
        f"with it. Its rows are moved to {names.TENANT_ROWS}, and the command is run again with the same tenant id.",
    )


def _without_roles(wanted: Wanted, seen: Seen, *, unfinished: bool) -> Decision:
    if unfinished and seen.rows.get("role_permissions") == 0:
        return Decision(
            TenantStep.SEED,
            TenantState.PARTIAL,
            f"Tenant {wanted.name} and its administrator exist, and no role has a permission yet; the onboarding seeds are run.",
        )
    return Decision(
        TenantStep.REFUSE,
        TenantState.PARTIAL,
        f"Tenant {wanted.name} is incomplete ({_counts(seen)}). {seen.answer.message} Nothing was changed.",
        "Seeds are run only for this collection's own tenant while its roles have no permissions. Inspect the existing rows, "
        "and restore from a backup if rows are missing.",
    )


def _seeds_cut_off(seen: Seen) -> bool:
    entry = seen.entry
    begun = entry is not None and bool(entry.seeds_begun) and not entry.seeds_ended
    return begun and seen.jobs.get(TenantStage.SEEDS) is not JobState.SUCCEEDED


def _login(wanted: Wanted, administrator: Administrator, *, unfinished: bool) -> Decision:
    who = f"administrator {wanted.email} of tenant {wanted.name}"
    if administrator.match is Match.MATCH:
        return Decision(
            TenantStep.RECORD if unfinished else TenantStep.KEEP,
            TenantState.COMPLETE,
            f"Tenant {wanted.name} is complete, and the digest stored for {wanted.email} matches the Secret's password.",
            f"Secret {names.INITIAL_TENANT_SECRET} is no longer needed; delete it.",
        )
    if administrator.mistake:
        return Decision(
            TenantStep.REFUSE,
            TenantState.PARTIAL,
            f"The password of {who} was stored {administrator.mistake}, so the application refuses the login. It was not "
            "changed.",
            "Give whatever creates tenants the NEXTAUTH_SECRET and the ITERATIONS of the application's Deployment, set the "
            "password again in the application, then run recover.yml.",
        )
    if unfinished:
        return Decision(
            TenantStep.REFUSE,
            TenantState.PARTIAL,
            f"The digest stored for {who} does not match the Secret's password under the application's own NEXTAUTH_SECRET "
            "and parameters, and never did. It was not changed.",
            f"Set the password again in the application and put the same one into Secret {names.INITIAL_TENANT_SECRET}, or "
            "delete that Secret if the administrator can log in; then run recover.yml.",
        )
    changed = "is stored in a form that this collection does not know" if administrator.match is Match.UNKNOWN else ""
    return Decision(
        TenantStep.KEEP,
        TenantState.COMPLETE,
        f"Tenant {wanted.name} exists with its {who.partition(' of ')[0]}, whose password "
        + (changed or "is no longer the initial one")
        + ". It is kept unchanged.",
        f"Secret {names.INITIAL_TENANT_SECRET} is no longer needed; delete it.",
    )


def _counts(seen: Seen) -> str:
    return ", ".join(f"{table} {count}" for table, count in seen.rows.items())

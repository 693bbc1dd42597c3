# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring Secret and roles together again, where nothing does it by itself: complete, adopt, rescue.

Each is judged from what is seen now, never from what an earlier run did, so one that is killed is finished by the same command.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from enum import StrEnum

from .. import names
from ..states import CredentialState, StorageState
from .credentials import Match


class Action(StrEnum):
    """What the operator asked for, by the name of its playbook."""

    COMPLETE = "complete"
    ADOPT = "adopt"
    RESCUE = "rescue"


class Refusal(StrEnum):
    """Why nothing is done."""

    NO_SECRET = "no_secret"
    NO_DATA = "no_data"
    DATA_UNKNOWN = "data_unknown"
    SERVER_UNREAD = "server_unread"
    ROLE_EXISTS = "role_exists"
    PASSWORD_DIFFERS = "password_differs"
    SOURCE_INCOMPLETE = "source_incomplete"
    SECRET_DIFFERS = "secret_differs"
    OTHER_IDENTITY = "other_identity"


@dataclass(frozen=True)
class Seen:
    """What a repair depends on.

    :param secret: the contract's Secret; ``adopt`` looks at the source's state in ``source``.
    :param roles: each role's password against its verifier. ``missing``: there is no such role; ``unknown``: there is, and
        nothing to compare, because the Secret has no value or the verifier is of an unknown form. None where PostgreSQL could
        not be asked.
    :param identity: the server's system identifier; empty where it could not be asked.
    :param identities: the system identifiers that were recorded for this appliance, by the place of the record.
    :param same: whether the contract's Secret holds what the source holds.
    :param installed: whether anything would run PostgreSQL; where not, nobody can ask it, and recover.yml comes first.
    """

    secret: CredentialState
    missing: t.Sequence[str] = ()
    storage: StorageState = StorageState.UNKNOWN
    roles: t.Mapping[str, Match] | None = None
    identity: str = ""
    identities: t.Mapping[str, str] = field(default_factory=dict)
    source: CredentialState = CredentialState.ABSENT
    same: bool = False
    installed: bool = True


@dataclass(frozen=True)
class Plan:
    """What is done, in this order: keys are generated, or the source copied; roles are altered; the Secret is bound.

    :param bind: the system identifier to which the Secret is bound; empty where it is bound already or cannot be.
    :param about: roles or places that a refusal names.
    """

    generate: t.Sequence[str] = ()
    copy: bool = False
    alter: t.Sequence[str] = ()
    bind: str = ""
    refusal: Refusal | None = None
    about: t.Sequence[str] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing has to be done."""
        return not (self.generate or self.copy or self.alter or self.bind)


def decide(action: Action, seen: Seen) -> Plan:
    """Say what an action does, or why it does nothing (specification, Credential Persistence; F2, F3, U2)."""
    return _DECIDE[action](seen)


def _complete(seen: Seen) -> Plan:
    """Generate what is missing, where its role does not exist yet and every other password is right."""
    if seen.secret is CredentialState.ABSENT:
        return Plan(refusal=Refusal.NO_SECRET)
    if seen.secret is CredentialState.COMPLETE:
        return Plan()
    if seen.storage is StorageState.NONE:
        return Plan(generate=tuple(seen.missing))
    if refused := _unread(seen):
        return refused
    roles = seen.roles or {}
    lacking = [role for role, key in names.ROLE_KEYS.items() if key in seen.missing]
    if there := [role for role in lacking if roles.get(role) is not Match.MISSING]:
        return Plan(refusal=Refusal.ROLE_EXISTS, about=there)
    if wrong := _wrong(roles, but=lacking):
        return Plan(refusal=Refusal.PASSWORD_DIFFERS, about=wrong)
    return Plan(generate=tuple(seen.missing))


def _adopt(seen: Seen) -> Plan:
    """Take a Secret whose every password is proved against PostgreSQL."""
    if seen.source is not CredentialState.COMPLETE:
        return Plan(refusal=Refusal.SOURCE_INCOMPLETE)
    if seen.secret is not CredentialState.ABSENT and not seen.same:
        return Plan(refusal=Refusal.SECRET_DIFFERS)
    if seen.storage is StorageState.NONE:
        return Plan(refusal=Refusal.NO_DATA)
    if refused := _unread(seen):
        return refused
    if wrong := _wrong(seen.roles or {}):
        return Plan(refusal=Refusal.PASSWORD_DIFFERS, about=wrong)
    return Plan(copy=seen.secret is CredentialState.ABSENT, bind="" if seen.identities else seen.identity)


def _rescue(seen: Seen) -> Plan:
    """Give every role the Secret's password, and the Secret what it lacks."""
    if seen.storage is StorageState.NONE:
        return Plan(refusal=Refusal.NO_DATA)
    if refused := _unread(seen, server=not seen.missing and seen.installed):
        return refused
    roles = seen.roles or {}
    alter = tuple(role for role, match in roles.items() if match in (Match.MISMATCH, Match.UNKNOWN))
    return Plan(generate=tuple(seen.missing), alter=alter, bind="" if seen.identities else seen.identity)


def _unread(seen: Seen, *, server: bool = True) -> Plan | None:
    """Refuse where it is not known whose data it is.

    :param server: whether PostgreSQL must have answered.
    """
    if seen.storage not in (StorageState.PRESENT, StorageState.FIRST_RUN):
        return Plan(refusal=Refusal.DATA_UNKNOWN)
    if seen.roles is None and server:
        return Plan(refusal=Refusal.SERVER_UNREAD)
    if seen.roles is not None and (other := [place for place, known in seen.identities.items() if known != seen.identity]):
        return Plan(refusal=Refusal.OTHER_IDENTITY, about=other)
    return None


def _wrong(roles: t.Mapping[str, Match], but: t.Collection[str] = ()) -> list[str]:
    """Roles whose password is not proved; one that does not exist is made with its password by the next run."""
    fine = {Match.MATCH, Match.MISSING}
    return [role for role, match in roles.items() if role not in but and match not in fine]


_DECIDE: dict[Action, t.Callable[[Seen], Plan]] = {
    Action.COMPLETE: _complete,
    Action.ADOPT: _adopt,
    Action.RESCUE: _rescue,
}

_REFUSED = {
    Refusal.NO_SECRET: (
        "it does not exist, so there is nothing to complete. If there is no data, fresh.yml creates it; if there is data, "
        "restore it from a backup, or run rescue_credentials.yml."
    ),
    Refusal.NO_DATA: (
        "no volume, claim or directory holds data of this appliance, so there is no password to keep. Run fresh.yml."
    ),
    Refusal.DATA_UNKNOWN: (
        "the appliance's volumes are not in a state in which a server can verify passwords. Run status.yml and first fix what "
        "it reports."
    ),
    Refusal.SERVER_UNREAD: "PostgreSQL could not be queried",
    Refusal.ROLE_EXISTS: (
        "PostgreSQL already has role {about}, and a new password would not authenticate to it. Restore the key from a backup, "
        "or run rescue_credentials.yml."
    ),
    Refusal.PASSWORD_DIFFERS: (
        "its password for role {about} could not be verified against PostgreSQL, so it may belong to another appliance. Find "
        "the correct Secret, or run rescue_credentials.yml."
    ),
    Refusal.SOURCE_INCOMPLETE: (
        f"the Secret to adopt does not contain {', '.join(names.CREDENTIAL_KEYS)}. Set {names.ADOPT_OPTION} to the correct one."
    ),
    Refusal.SECRET_DIFFERS: (
        "it exists with values other than those of the Secret to adopt, and is never overwritten. Find out which of the two "
        f"is correct; without {names.ADOPT_OPTION} the existing one is adopted."
    ),
    Refusal.OTHER_IDENTITY: (
        "the system identifier of PostgreSQL is not the one that is recorded in {about}: this is another appliance's data, so "
        "no Secret is adopted for it."
    ),
}


def refused(refusal: Refusal, about: t.Sequence[str], secret: str, unread: str = "") -> str:
    """The sentence of a refusal.

    :param about: roles or places that it names.
    :param secret: ``namespace/name`` of the contract's Secret.
    :param unread: why PostgreSQL could not be asked, with what to do next.
    """
    said = _REFUSED[refusal].format(about=", ".join(about))
    if refusal is Refusal.SERVER_UNREAD:
        said = f"{said}: {unread}"
    return f"Secret {secret} was left unchanged: {said}"


def steps(plan: Plan, secret: str, source: str = "") -> list[str]:
    """What a plan does, a sentence each, before it is done."""
    told = [f"Secret {secret} gets newly generated values for {', '.join(plan.generate)}"] if plan.generate else []
    told += [f"Secret {secret} is created from Secret {source}"] if plan.copy else []
    told += [
        f"role {role} gets the password in {names.ROLE_KEYS[role]}, and its earlier verifier is kept in the Secret's history"
        for role in plan.alter
    ]
    return told + ([f"Secret {secret} is bound to the data by its system identifier"] if plan.bind else [])

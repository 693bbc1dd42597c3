# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Question 3: which credentials open it? Three copies of each password, compared without changing anything.

The Secret, the role's verifier in PostgreSQL, and what consumers have: PgBouncer's own list, and the environment of pods that
started before the Secret changed (F1, F3, U12, U16).
"""

from __future__ import annotations

import hmac
import typing as t
from dataclasses import dataclass, field
from enum import StrEnum

from .. import names
from . import hba
from .credentials import Match, match
from .scram import restated

# Which database a role enters, where it is not the application's.
_DATABASES = {names.COLLABORATION_ROLE: names.COLLABORATION_DATABASE, names.SUPERUSER: "postgres"}
# Of the report as JSON; it grows when a column changes its meaning or goes.
SCHEMA = 1


class SecretValue(StrEnum):
    """What the Secret holds under a role's key."""

    PRESENT = "present"
    MISSING = "missing"
    EMPTY = "empty"


class RoleState(StrEnum):
    """Whether a role can log in at all, whatever its password."""

    PRESENT = "present"
    MISSING = "missing"
    NOLOGIN = "nologin"
    EXPIRED = "expired"
    NO_PASSWORD = "no_password"
    FULL = "full"
    UNKNOWN = "unknown"


class Verifier(StrEnum):
    """The form in which PostgreSQL keeps a password (``pg_authid.rolpassword``)."""

    SCRAM = "scram"
    MD5 = "md5"
    NONE = "none"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What a row says."""

    OK = "ok"
    INCOMPLETE = "incomplete"
    DRIFT = "drift"
    CANNOT_LOG_IN = "cannot_log_in"
    ROTATING = "rotating"
    STALE_CONSUMER = "stale_consumer"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Role:
    """A role as ``pg_roles`` and ``pg_authid`` have it.

    :param verifier: the stored form of its password; empty where it has none.
    :param limit: most connections at a time; -1 for no limit.
    :param connections: how many it has now.
    """

    name: str
    can_log_in: bool = True
    expired: bool = False
    verifier: str = field(default="", repr=False)
    limit: int = -1
    connections: int = 0
    superuser: bool = False


@dataclass(frozen=True)
class Server:
    """What PostgreSQL says about its roles and about who may log in; None where it could not be asked, for the reason given.

    :param clients: addresses on the pod network from which consumers come.
    """

    roles: t.Mapping[str, Role] | None = None
    rules: t.Sequence[hba.Rule] = ()
    clients: t.Sequence[str] = ()
    unread: str = ""


@dataclass(frozen=True)
class Consumers:
    """The third copy.

    :param pooler: PgBouncer's own list of passwords or verifiers, by role; None where there is none, or nobody could look.
    :param stale: pods that started before the Secret changed, by the key of the Secret that they use.
    :param unread: why something of it could not be read; empty where all could.
    :param passes: whether that passes by itself.
    """

    pooler: t.Mapping[str, str] | None = field(default=None, repr=False)
    stale: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)
    unread: str = ""
    passes: bool = True


@dataclass(frozen=True)
class Row:
    """One role of the report."""

    role: str
    secret_key: str
    secret_value: SecretValue
    role_state: RoleState
    verifier: Verifier
    verifier_match: Match
    login_method: str
    login_is_evidence: bool
    pooler_match: Match | None
    stale_pods: t.Sequence[str]
    verdict: Verdict
    next_action: str

    def evidence(self) -> dict[str, t.Any]:
        """The row, JSON-ready."""
        return {**vars(self), "stale_pods": list(self.stale_pods)}

    def line(self) -> str:
        """The row as a line for a person."""
        return line(self.evidence())


def line(row: t.Mapping[str, t.Any]) -> str:
    """A row as a line for a person.

    :param row: the row's evidence.
    """
    told = [f"verifier {row['verifier']} {row['verifier_match']}", f"login method {row['login_method']}"]
    told += [f"PgBouncer {row['pooler_match']}"] if row["pooler_match"] else []
    told += [f"old password in {', '.join(row['stale_pods'])}"] if row["stale_pods"] else []
    what = f"{row['role']} ({row['secret_key']} {row['secret_value']}, role {row['role_state']})"
    return f"{what}: {row['verdict']}; {'; '.join(told)}"


@dataclass(frozen=True)
class Fingerprints:
    """A role's verifier and the one of the Secret's password, shortened with a key that nobody keeps; to compare be compared."""

    role: str
    live: str
    secret: str


def report(secret: t.Mapping[str, bytes], server: Server, consumers: Consumers, rotating: t.Container[str] = ()) -> list[Row]:
    """Compare the copies, one row for each role of the contract.

    :param secret: decoded values by key.
    :param rotating: keys for which a rotation has written a new password down and not come to its end.
    """
    return [
        _row(role, key, _facts(role, secret.get(key), server, consumers), rotates=key in rotating)
        for role, key in names.ROLE_KEYS.items()
    ]


def fingerprints(secret: t.Mapping[str, bytes], roles: t.Mapping[str, Role], key: bytes) -> list[Fingerprints]:
    """Shorten what is compared for a diff, in the form and with the salt that PostgreSQL has.

    :param key: random bytes of this run.
    """
    found = []
    for name, of in names.ROLE_KEYS.items():
        stored = roles[name].verifier if name in roles else ""
        value = secret.get(of)
        computed = restated(value, stored, role=name) if value and stored else None
        found.append(Fingerprints(name, _short(stored, key), _short(computed or "", key)))
    return found


def _short(text: str, key: bytes) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()[:12] if text else "none"


def drifted(rows: t.Iterable[Row]) -> list[Row]:
    """The rows in which something is not as it has to be; what could not be told is none of them."""
    return [row for row in rows if row.verdict not in (Verdict.OK, Verdict.UNKNOWN)]


@dataclass(frozen=True)
class _Facts:
    secret: SecretValue
    role: RoleState
    verifier: Verifier
    match: Match
    method: str | None
    pooler: Match | None
    stale: tuple[str, ...]
    # White space around the Secret's value is all that differs.
    spaced: bool


def _row(name: str, key: str, facts: _Facts, *, rotates: bool) -> Row:
    verdict, action = _judge(name, key, facts)
    if rotates:
        # Whatever differs now is on its way, and only the rotation knows to where.
        verdict, action = (
            Verdict.ROTATING,
            f"A rotation of role {name} was started and has not finished. Run rotate_credentials.yml with "
            f"{names.ROTATE_OPTION} {name}; it continues from there.",
        )
    return Row(
        role=name,
        secret_key=key,
        secret_value=facts.secret,
        role_state=facts.role,
        verifier=facts.verifier,
        verifier_match=facts.match,
        login_method="unknown" if facts.method is None else facts.method or "no rule",
        # Who is trusted may log in with any password, and a login over loopback is asked by other rules (probing, U16).
        login_is_evidence=facts.method in (hba.SCRAM, hba.MD5, hba.PASSWORD),
        pooler_match=facts.pooler,
        stale_pods=facts.stale,
        verdict=verdict,
        next_action=action,
    )


def _facts(name: str, value: bytes | None, server: Server, consumers: Consumers) -> _Facts:
    role = None if server.roles is None else server.roles.get(name)
    known = value if value and value.strip() else None
    return _Facts(
        secret=SecretValue.MISSING if value is None else SecretValue.PRESENT if known else SecretValue.EMPTY,
        role=_role_state(role, asked=server.roles is not None),
        verifier=Verifier.UNKNOWN if server.roles is None else _kind(role),
        match=_match(name, known, role),
        method=_method(name, server),
        pooler=_pooler(name, known, consumers),
        stale=tuple(consumers.stale.get(names.ROLE_KEYS[name], ())),
        spaced=known is not None and known != known.strip() and _match(name, known.strip(), role) is Match.MATCH,
    )


def _role_state(role: Role | None, *, asked: bool) -> RoleState:
    if role is None:
        return RoleState.MISSING if asked else RoleState.UNKNOWN
    if not role.can_log_in:
        return RoleState.NOLOGIN
    if not role.verifier:
        return RoleState.NO_PASSWORD
    if role.expired:
        return RoleState.EXPIRED
    # A superuser is not counted (PostgreSQL, CREATE ROLE, CONNECTION LIMIT).
    if 0 <= role.limit <= role.connections and not role.superuser:
        return RoleState.FULL
    return RoleState.PRESENT


def _kind(role: Role | None) -> Verifier:
    stored = role.verifier if role is not None else ""
    if role is None or not stored:
        return Verifier.NONE
    known = {"SCRAM-SHA-256$": Verifier.SCRAM, "md5": Verifier.MD5}
    return next((kind for prefix, kind in known.items() if stored.startswith(prefix)), Verifier.UNKNOWN)


def _match(name: str, value: bytes | None, role: Role | None) -> Match:
    if role is None or value is None or not role.verifier:
        return Match.UNKNOWN
    return match(value, role.verifier, role=name)


def _pooler(name: str, value: bytes | None, consumers: Consumers) -> Match | None:
    """Compare with PgBouncer's list, which holds a password as it is or as a verifier; it lists only whom it serves."""
    if consumers.pooler is None or name not in consumers.pooler:
        return None
    if value is None:
        return Match.UNKNOWN
    listed = consumers.pooler[name]
    found = match(value, listed, role=name)
    return found if found is not Match.UNKNOWN else _same_text(value, listed)


def _same_text(value: bytes, listed: str) -> Match:
    return Match.MATCH if hmac.compare_digest(value, listed.encode()) else Match.MISMATCH


def _method(name: str, server: Server) -> str | None:
    """How a consumer on the pod network is asked; None where it cannot be told, or not with one word."""
    found = {
        hba.method(server.rules, hba.Client(name, _DATABASES.get(name, names.DATABASE), address)) for address in server.clients
    }
    return found.pop() if len(found) == 1 else None


_CANNOT = {
    RoleState.NOLOGIN: "Role {role} may not log in. To allow it, run ALTER ROLE {role} LOGIN.",
    RoleState.NO_PASSWORD: "Role {role} has no password in PostgreSQL. Find out who removed it.",
    RoleState.EXPIRED: "The password of role {role} has expired. To renew it, run ALTER ROLE {role} VALID UNTIL 'infinity'.",
    RoleState.FULL: "Role {role} has reached its connection limit: close some connections, or raise its CONNECTION LIMIT.",
}


_OTHER = (
    "The password in {key} does not match role {role}. Find out which of the two was changed, and restore the earlier one. If "
    "it is permanently lost, rescue_credentials.yml sets the role's password to the Secret's."
)
_SPACED = (
    "The value of {key} begins or ends with white space, such as the newline that an editor or echo adds; without it, it "
    "matches role {role}. Write the value to the Secret again without it."
)


def _judge(role: str, key: str, facts: _Facts) -> tuple[Verdict, str]:
    if facts.secret is not SecretValue.PRESENT:
        return Verdict.INCOMPLETE, f"Restore {key} from a backup of the Secret."
    if facts.role is RoleState.UNKNOWN:
        return Verdict.UNKNOWN, "Start PostgreSQL, then compare again."
    if facts.role is RoleState.MISSING:
        return Verdict.DRIFT, f"Role {role} does not exist. Run recover.yml, which creates it with the Secret's password."
    if facts.match is Match.MISMATCH:
        return Verdict.DRIFT, (_SPACED if facts.spaced else _OTHER).format(key=key, role=role)
    if facts.role is not RoleState.PRESENT:
        return Verdict.CANNOT_LOG_IN, _CANNOT[facts.role].format(role=role)
    if facts.match is Match.UNKNOWN:
        return Verdict.UNKNOWN, f"Role {role} has a verifier of an unknown type. Check pg_authid.rolpassword."
    if facts.method == hba.SCRAM and facts.verifier is Verifier.MD5:
        return (
            Verdict.CANNOT_LOG_IN,
            f"Role {role} has an md5 verifier, but pg_hba.conf requires SCRAM (password_encryption).",
        )
    if facts.method in (hba.REJECT, hba.NO_RULE):
        return Verdict.CANNOT_LOG_IN, (
            f"pg_hba.conf allows role {role} to log in from no pod. Correct it, then reload PostgreSQL."
        )
    if facts.pooler is Match.MISMATCH or facts.stale:
        pods = f" (pods {', '.join(facts.stale)})" if facts.stale else ""
        return Verdict.STALE_CONSUMER, f"Restart what still uses the old password of role {role}{pods}."
    return Verdict.OK, ""

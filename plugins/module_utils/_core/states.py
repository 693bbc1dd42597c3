# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The closed answers of the collection: every question has one of these, and unknown is never empty."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What the operator asked for (specification, Bootstrap Modes)."""

    FRESH = "fresh"
    RECOVER = "recover"


class DatabaseState(StrEnum):
    """The database ladder: what is really in PostgreSQL, never what Helm believes."""

    UNREACHABLE = "unreachable"
    AUTH_FAILED = "auth_failed"
    POOLER = "pooler"
    STARTING = "starting"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    BUILDING = "building"
    CREATED = "created"
    MIGRATING = "migrating"
    INTERRUPTED = "interrupted"
    BEHIND = "behind"
    AHEAD = "ahead"
    MIGRATED = "migrated"
    PARTIALLY_SEEDED = "partially_seeded"
    SEEDED = "seeded"
    FOREIGN = "foreign"


class StorageState(StrEnum):
    """Where data is: claims, volumes in every phase and directories on the node taken together."""

    NONE = "none"
    PRESENT = "present"
    HALF_INITIALISED = "half_initialised"
    OTHER_VERSION = "other_version"
    UNKNOWN = "unknown"


class SecretState(StrEnum):
    """What the Kubernetes Secret of a contract holds."""

    ABSENT = "absent"
    COMPLETE = "complete"
    PARTIAL = "partial"


class CredentialDecision(StrEnum):
    """What may be done about the Secret: created once where no data can exist, otherwise kept or refused."""

    CREATE = "create"
    KEEP = "keep"
    REFUSE = "refuse"


class GateDecision(StrEnum):
    """Whether seeds may run: open on provably empty tables, closed on complete ones, blocked on everything else."""

    OPEN = "open"
    CLOSED = "closed"
    BLOCKED = "blocked"


class Reason(StrEnum):
    """Why an observation could not be made. Each is an answer of its own; none of them means empty."""

    API_UNREACHABLE = "api_unreachable"
    API_UNAUTHORIZED = "api_unauthorized"
    API_FORBIDDEN = "api_forbidden"
    API_ERROR = "api_error"
    LOOK_FAILED = "look_failed"
    SERVICE_NOT_FOUND = "service_not_found"
    NO_RUNNING_POD = "no_running_pod"
    CONNECTION_FAILED = "connection_failed"
    PASSWORD_REJECTED = "password_rejected"
    SECRET_MISMATCH = "secret_mismatch"
    STARTING_UP = "starting_up"
    POOLER_ANSWERED = "pooler_answered"
    QUERY_FAILED = "query_failed"

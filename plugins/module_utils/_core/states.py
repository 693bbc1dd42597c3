# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The closed answers of the collection: every question has one of these, and unknown is never empty."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What the operator asked for (specification, Bootstrap Modes)."""

    FRESH = "fresh"
    RECOVER = "recover"


class Driver(StrEnum):
    """Who runs the bootstrap: a Job of the collection's own, or the one in the application's chart."""

    COLLECTION = "collection"
    CHART = "chart"


class DatabaseState(StrEnum):
    """The database ladder: what is really in PostgreSQL, never what Helm believes."""

    UNREACHABLE = "unreachable"
    AUTH_FAILED = "auth_failed"
    POOLER = "pooler"
    READ_ONLY = "read_only"
    STARTING = "starting"
    UNKNOWN = "unknown"
    ABSENT = "absent"
    RENAMED = "renamed"
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


class TalosState(StrEnum):
    """What a machine that runs Talos is ready for (reference: Talos's MachineStatus stages, and both of its TLS modes)."""

    UNREACHABLE = "unreachable"
    MAINTENANCE = "maintenance"
    CONFIGURED = "configured"
    CONFIGURED_WITH_OTHER_PKI = "configured_with_other_pki"
    BOOTING = "booting"
    BOOTSTRAPPED = "bootstrapped"
    UPGRADING = "upgrading"
    UNKNOWN = "unknown"


class ClaimPhase(StrEnum):
    """Every phase of a PersistentVolumeClaim (Kubernetes: PersistentVolumeClaimPhase)."""

    PENDING = "Pending"
    BOUND = "Bound"
    LOST = "Lost"


class VolumePhase(StrEnum):
    """Every phase of a PersistentVolume (Kubernetes: PersistentVolumePhase)."""

    PENDING = "Pending"
    AVAILABLE = "Available"
    BOUND = "Bound"
    RELEASED = "Released"
    FAILED = "Failed"


class StorageState(StrEnum):
    """Where data is: claims, volumes in every phase and directories on the node taken together."""

    NONE = "none"
    FIRST_RUN = "first_run"
    PRESENT = "present"
    LOST = "lost"
    LEAVING = "leaving"
    NO_NODE = "no_node"
    HALF_INITIALISED = "half_initialised"
    INITDB_KILLED = "initdb_killed"
    OTHER_VERSION = "other_version"
    EMPTIED = "emptied"
    OTHER_DATA = "other_data"
    UNKNOWN = "unknown"


class CredentialState(StrEnum):
    """What the Secret of the contract holds; whether it opens the database is the ladder's question."""

    ABSENT = "absent"
    PARTIAL = "partial"
    COMPLETE = "complete"
    UNKNOWN = "unknown"


class Work(StrEnum):
    """What the bootstrap Job has to do with the database as it is now."""

    NONE = "none"
    UNDER_WAY = "under_way"
    MIGRATED = "migrated"
    SEEDED = "seeded"


class Origin(StrEnum):
    """Whose the application database is, by the ledger inside it and by the collection's mark on it.

    ``unfinished`` has no ledger, but the mark of the first run that is under way on this volume, and the application never ran.
    """

    UNRECORDED = "unrecorded"
    UNFINISHED = "unfinished"
    THIS_RUN = "this_run"
    EARLIER_RUN = "earlier_run"


class Step(StrEnum):
    """The one next step of a run."""

    PREPARE = "prepare"
    START = "start"
    BUILD = "build"
    REBUILD = "rebuild"
    WATCH = "watch"
    SEED = "seed"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    MIGRATE = "migrate"
    RELEASE_LOCK = "release_lock"
    MOVE_DATA_ASIDE = "move_data_aside"
    MOVE_DATABASE_ASIDE = "move_database_aside"
    ADOPT = "adopt"
    RECORD = "record"
    NOTHING = "nothing"
    REFUSE = "refuse"


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
    API_CONFLICT = "api_conflict"
    API_NOT_FOUND = "api_not_found"
    NODE_FAILED = "node_failed"
    POD_UNREACHABLE = "pod_unreachable"
    LOOK_FAILED = "look_failed"
    SERVICE_NOT_FOUND = "service_not_found"
    NO_RUNNING_POD = "no_running_pod"
    CONNECTION_FAILED = "connection_failed"
    CONNECTION_LOST = "connection_lost"
    TLS_FAILED = "tls_failed"
    HANGING = "hanging"
    PASSWORD_REJECTED = "password_rejected"
    LOGIN_REFUSED = "login_refused"
    SECRET_MISMATCH = "secret_mismatch"
    STARTING_UP = "starting_up"
    POOLER_ANSWERED = "pooler_answered"
    QUERY_FAILED = "query_failed"


class SslMode(StrEnum):
    """How a connection by address is protected, by libpq's names (PostgreSQL documentation, "SSL Support").

    Its ``allow`` is missing: it asks for TLS only after a refusal without it.
    """

    DISABLE = "disable"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


# What passes by itself while PostgreSQL comes up; every other reason is an answer.
PASSING = (
    Reason.SERVICE_NOT_FOUND,
    Reason.NO_RUNNING_POD,
    Reason.NODE_FAILED,
    Reason.POD_UNREACHABLE,
    Reason.CONNECTION_FAILED,
    Reason.CONNECTION_LOST,
    Reason.HANGING,
    Reason.STARTING_UP,
)
# What one look of a wait may fail with while the next one succeeds: a server that starts again, a connection that broke.
PASSING_READS = (
    Reason.API_UNREACHABLE,
    Reason.API_ERROR,
    Reason.NODE_FAILED,
    Reason.POD_UNREACHABLE,
    Reason.CONNECTION_FAILED,
    Reason.CONNECTION_LOST,
    Reason.HANGING,
    Reason.STARTING_UP,
)

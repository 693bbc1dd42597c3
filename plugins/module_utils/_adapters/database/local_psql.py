# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PostgreSQL through the socket in its own pod, where its image trusts whoever is inside: the way in without any password."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ..._core import names
from ..._core.credentials.scram import verifier
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from ..cluster.kubernetes import KubernetesApi
from ..storage.claim_users import container, is_running, stateful_sets, users
from .postgresql import identifier, literal

# Of an error only its SQLSTATE is told: its text would repeat the statement (psql, VERBOSITY).
_PSQL = ("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate", "-U", names.SUPERUSER, "-d", "postgres")
_LOCK_SECONDS = 10


@dataclass(frozen=True)
class LocalPsql:
    """psql in the pod that runs on the database's claim."""

    api: KubernetesApi
    namespace: str
    claim: str

    def runs(self) -> bool:
        """Tell whether PostgreSQL's pod runs."""
        return any(map(is_running, users(self.api, self.namespace, self.claim)))

    def is_installed(self) -> bool:
        """Tell whether there is a StatefulSet that would run it."""
        return bool(stateful_sets(self.api, self.namespace, self.claim))

    def read(self) -> tuple[str, dict[str, str]]:
        """Read the system identifier, and each role's verifier; a role without one has an empty text.

        :raises ObservationFailed: when nothing runs, or psql is refused or fails.
        """
        question = (
            "SELECT json_build_object('identity', (SELECT system_identifier::text FROM pg_control_system()), 'roles',"
            " (SELECT json_object_agg(rolname, coalesce(rolpassword, '')) FROM pg_authid))"
        )
        found = json.loads(self._run(f"{question};\n"))
        return str(found["identity"]), {str(name): str(stored) for name, stored in found["roles"].items()}

    def alter(self, passwords: t.Mapping[str, bytes]) -> None:
        """Give roles passwords in one transaction, as verifiers that are computed here, under the appliance's advisory lock.

        :param passwords: by role.
        :raises ObservationFailed: when psql is refused or fails; nothing is changed then.
        """
        changes = [f"ALTER ROLE {identifier(role)} PASSWORD {literal(verifier(value))};\n" for role, value in passwords.items()]
        self.api.changing()
        self._run(
            f"BEGIN;\nSET LOCAL lock_timeout = '{_LOCK_SECONDS}s';\n"
            f"DO $$ BEGIN PERFORM pg_advisory_xact_lock({names.ADVISORY_LOCK}); END $$;\n{''.join(changes)}COMMIT;\n"
        )

    def _run(self, statements: str) -> bytes:
        found = [pod for pod in users(self.api, self.namespace, self.claim) if is_running(pod)]
        if not found:
            raise ObservationFailed(
                f"Could not find a running PostgreSQL pod with claim {self.namespace}/{self.claim}.",
                reason=Reason.NO_RUNNING_POD,
            )
        pod = found[0]
        inside = container({"spec": {"template": pod}}, self.claim)
        if inside is None:
            raise ObservationFailed(
                f"Pod {self.namespace}/{pod['metadata']['name']} uses claim {self.claim}, but none of its containers mounts it.",
                reason=Reason.NO_RUNNING_POD,
            )
        stdin = f"{statements}\\q\n".encode()
        return self.api.execute(self.namespace, pod["metadata"]["name"], inside["name"], _PSQL, stdin=stdin)

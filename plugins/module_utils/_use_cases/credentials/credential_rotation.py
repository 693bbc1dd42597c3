# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_credential_rotation: give roles new passwords, one effect after the other, each from what is seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.cluster.secrets import read_secret
from ..._adapters.credentials import rotation
from ..._adapters.database import administration
from ..._adapters.database.server import InCluster, access
from ..._core import names
from ..._core.credentials.credentials import generate, match
from ..._core.credentials.rotation import Rotation, RotationStep, decide
from ..._core.errors import ActionFailed, ObservationFailed, Refused
from ..._core.results import build
from ..._core.states import Reason
from .._context import Result, Run, UseCase, cluster
from .._options import Changing, Claims, Confirmed, Database, Waiting, option
from ..confirmation import require
from . import stale_consumers
from .login_proof import prove


@dataclass(frozen=True)
class Options(Changing, Database, Claims, Confirmed, Waiting):
    """Which roles get new passwords."""

    roles: list[str] = option(type="list", elements="str", choices=list(names.ROLE_KEYS), default=list(names.ROLE_KEYS))


_PLAYBOOK = "rotate_credentials.yml"
_DONE = {
    RotationStep.WRITE_DOWN: "a new password is stored",
    RotationStep.ALTER_ROLE: "the role gets the new password",
    RotationStep.PUBLISH: "the Secret gets the new password, and its history keeps the old one",
    RotationStep.RESTART_CONSUMERS: "its consumers are restarted",
    RotationStep.FORGET: "all consumers use the new password successfully",
}


@dataclass(frozen=True)
class Rotating:
    """One appliance whose passwords are changed."""

    api: KubernetesApi
    options: Options

    @property
    def secret(self) -> str:
        """The name of the contract's Secret."""
        return self.options.credentials_secret

    @property
    def namespace(self) -> str:
        """The appliance's namespace."""
        return self.options.namespace

    def data(self, name: str) -> dict[str, bytes]:
        """What a Secret holds, decoded; nothing where it does not exist."""
        return read_secret(self.api, self.namespace, name) or {}

    def server(self) -> InCluster:
        """PostgreSQL, by the superuser's password that opens it: between two steps that is the one that is written down."""
        appliance = self.options.appliance
        server = InCluster(self.api, appliance)
        try:
            access(server)
        except ObservationFailed as error:
            if error.reason is not Reason.PASSWORD_REJECTED:
                raise
            server = InCluster(self.api, replace(appliance, credentials_secret=rotation.next_secret(self.secret)))
        return server

    def seen(self, role: str, *, wanted: bool) -> Rotation:
        """How one role stands."""
        key = names.ROLE_KEYS[role]
        data, written = self.data(self.secret), self.data(rotation.next_secret(self.secret))
        roles, _rules = access(self.server())
        stored = roles[role].verifier if role in roles else ""
        following = written.get(key)
        published = following is not None and following == data.get(key)
        return Rotation(
            wanted,
            match(data.get(key, b""), stored, role=role),
            None if following is None else match(following, stored, role=role),
            published,
            published and bool(stale_consumers.stale(self.api, self.options.appliance, data).get(key)),
        )

    def rehearse(self, role: str) -> None:
        """Let the server check everything that follows a new password of the role, before PostgreSQL has it (R6).

        Between the role's new password and the Secret's there is nothing that could be taken back.

        :raises Refused: when something of it would not succeed.
        """
        key = names.ROLE_KEYS[role]
        secrets = rotation.Secrets(self.api, self.namespace, self.secret, "")
        try:
            # Another value than the Secret's, so that the server has something to check.
            secrets.publish(key, self.data(self.secret)[key], generate()[key].encode(), dry_run=True)
            stale_consumers.rehearse(self.api, self.options.appliance, key, playbook=_PLAYBOOK)
        except (ObservationFailed, ActionFailed) as error:
            raise Refused(
                f"Could not rotate the password of role {role}: a server-side dry run of the steps that follow failed: "
                f"{error.message} The role's password was not changed. Fix the cause, then run {_PLAYBOOK} again.",
                evidence={"role": role, **error.evidence},
            ) from error

    def act(self, step: RotationStep, role: str) -> None:
        """Take one step."""
        key = names.ROLE_KEYS[role]
        data, written = self.data(self.secret), self.data(rotation.next_secret(self.secret))
        if step is RotationStep.RESTART_CONSUMERS:
            appliance, progress_timeout = self.options.appliance, self.options.progress_timeout
            stale_consumers.restart(self.api, appliance, data, [key], progress_timeout=progress_timeout, playbook=_PLAYBOOK)
            return
        if step is RotationStep.FORGET:
            prove(
                self.api,
                self.options.appliance,
                role,
                data[key],
                progress_timeout=self.options.progress_timeout,
                playbook=_PLAYBOOK,
            )
        with administration.exclusive(self.server(), progress_timeout=self.options.progress_timeout) as session:
            identity = str(session.value("SELECT system_identifier::text FROM pg_control_system()"))
            secrets = rotation.Secrets(self.api, self.namespace, self.secret, identity)
            if step is RotationStep.WRITE_DOWN:
                secrets.write_down(key, generate()[key])
            elif step is RotationStep.ALTER_ROLE:
                rotation.alter(session, role, written[key])
            elif step is RotationStep.PUBLISH:
                secrets.publish(key, data[key], written[key])
            elif step is RotationStep.FORGET:
                secrets.forget(key)


def perform(options: Options, run: Run) -> Result:
    """Rotate one role after the other; a rotation that an earlier run began is finished and not begun anew."""
    where = options.appliance.secret
    if not run.check_mode:
        require(options, where, [f"role {role} gets a new password, and so do its consumers" for role in options.roles])
    done: list[str] = []
    with cluster(options) as api:
        rotating = Rotating(api, options)
        for role in options.roles:
            done += _rotate(rotating, role, run)
    return build(
        state="rotated" if not run.check_mode else "planned",
        decision="rotate" if done else "keep",
        message=f"Secret {where}: {'; '.join(done)}." if done else f"Secret {where} is unchanged.",
        evidence={"roles": list(options.roles), "steps": done},
        changed=bool(done),
        diff={"before": "", "after": "".join(f"{step}\n" for step in done)} if run.diff else None,
    )


def _rotate(rotating: Rotating, role: str, run: Run) -> list[str]:
    done: list[str] = []
    wanted = True
    while (step := decide(rotating.seen(role, wanted=wanted))) is not RotationStep.NOTHING:
        if step is RotationStep.REFUSE:
            raise Refused(
                f"Could not rotate the password of role {role}: its verifier in PostgreSQL matches neither "
                f"{names.ROLE_KEYS[role]} in Secret {rotating.namespace}/{rotating.secret} nor the password that an earlier "
                "rotation stored. Somebody else changed it, so its consumers are unknown. Nothing more was changed. Run "
                "status.yml, and make the two match first.",
                evidence={"role": role, "done": done},
            )
        if step in (RotationStep.WRITE_DOWN, RotationStep.ALTER_ROLE):
            rotating.rehearse(role)
        done.append(f"{role}: {_DONE[step]}")
        if run.check_mode:
            break
        rotating.act(step, role)
        # What was written down, by this run or an earlier one, is what was asked for.
        wanted = False
    return done


USE_CASE = UseCase("alga_credential_rotation", Options, perform, states=("rotated", "planned"))

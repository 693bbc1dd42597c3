# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_credential_repair: complete, adopt or rescue the Secret of the contract, on evidence and after a confirmation."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..._adapters.clock import wait_until
from ..._adapters.cluster.kubernetes import Json, KubernetesApi, as_text, decode, path
from ..._adapters.credentials.rotation import Secrets
from ..._adapters.database.local_psql import LocalPsql
from ..._adapters.database.server import InCluster, access, identity
from ..._core import names
from ..._core.appliance.appliance import Appliance
from ..._core.credentials.credentials import Match, classify, generate, match
from ..._core.credentials.repair import Action, Plan, Seen, decide, refused, steps
from ..._core.database.database import in_words
from ..._core.errors import ActionFailed, ObservationFailed, Refused
from ..._core.results import build
from ..._core.storage.storage import StorageObservation
from ..._core.storage.storage import classify as classify_storage
from .._context import Result, Run, UseCase, cluster
from .._options import Changing, Claims, Confirmed, Database, Waiting, option
from ..confirmation import require
from ..observing.storage_options import observe as observe_storage
from . import stale_consumers
from .db_credentials import create, secret_object


@dataclass(frozen=True)
class Options(Changing, Database, Claims, Confirmed, Waiting):
    """What is repaired, and from which values."""

    action: Action = option(type="str", choices=Action, required=True)
    source_secret: str | None = option(type="str", no_log=False)
    release: str = option(type="str", default=names.RELEASE)


KEPT, REPAIRED, PLANNED = "kept", "repaired", "planned"


@dataclass(frozen=True)
class Repair:
    """One appliance whose Secret and roles are brought together."""

    api: KubernetesApi
    options: Options

    @property
    def action(self) -> Action:
        """What the operator asked for."""
        return self.options.action

    @property
    def appliance(self) -> Appliance:
        """The one whose Secret it is."""
        return self.options.appliance

    @property
    def name(self) -> str:
        """The Secret of the contract."""
        return self.appliance.credentials_secret

    @property
    def source(self) -> str:
        """The Secret whose values are taken: the contract's own where no other is named."""
        return self.options.source_secret or self.name

    @property
    def where(self) -> str:
        """The Secret of the contract, as ``namespace/name``."""
        return self.appliance.secret

    @property
    def psql(self) -> LocalPsql:
        """The way in without a password."""
        return LocalPsql(self.api, self.appliance.namespace, self.appliance.database_claim)

    def object(self, name: str) -> Json | None:
        """A Secret as the API has it."""
        return self.api.get(path("secrets", self.appliance.namespace, name))

    def data(self, name: str) -> dict[str, bytes]:
        """What a Secret holds, decoded; nothing where it does not exist."""
        return decode(self.object(name)) or {}

    def decided(self) -> Plan:
        """Look at everything that the action depends on, and decide.

        :raises Refused: where nothing may be done.
        """
        storage = observe_storage(self.api, self.options)
        own, source = decode(self.object(self.name)), decode(self.object(self.source))
        found, stored, unread = self._server()
        state, missing = classify(own)
        seen = Seen(
            secret=state,
            missing=names.CREDENTIAL_KEYS if own is None else missing,
            storage=classify_storage(storage),
            roles=None if stored is None else _matches(source or {}, stored),
            identity=found,
            identities=self._identities(storage),
            source=classify(source)[0],
            same=own == source,
            installed=self.action is not Action.RESCUE or self.psql.is_installed(),
        )
        plan = decide(self.action, seen)
        if plan.refusal is not None:
            raise Refused(refused(plan.refusal, plan.about, self.where, unread), evidence={"refusal": plan.refusal.value})
        return plan

    def _server(self) -> tuple[str, dict[str, str] | None, str]:
        """The server's identity and its verifiers: by the socket for a rescue, otherwise by the password that is to be proved."""
        try:
            if self.action is Action.RESCUE:
                return *self.psql.read(), ""
            server = InCluster(self.api, replace(self.appliance, credentials_secret=self.source))
            roles, _rules = access(server)
            known = identity(server)
        except ObservationFailed as error:
            return "", None, in_words(error)
        return known, {name: role.verifier for name, role in roles.items()}, ""

    def _identities(self, storage: StorageObservation) -> dict[str, str]:
        """The system identifiers that were recorded, by the place of the record."""
        claim = storage.claim(storage.database_claim)
        known = {f"PersistentVolumeClaim {storage.namespace}/{claim.name}": claim.identity} if claim and claim.identity else {}
        for name in dict.fromkeys((self.name, self.source)):
            annotations = ((self.object(name) or {}).get("metadata") or {}).get("annotations") or {}
            if names.IDENTITY_ANNOTATION in annotations:
                known[f"Secret {self.appliance.namespace}/{name}"] = annotations[names.IDENTITY_ANNOTATION]
        return known

    def apply(self, plan: Plan) -> None:
        """Do what the plan says, in its order."""
        if plan.generate or plan.copy:
            made = generate()
            self._write({key: made[key].encode() for key in plan.generate} if plan.generate else self.data(self.source))
        if plan.alter:
            self._alter(plan.alter)
        if plan.bind:
            marks = {"annotations": {names.IDENTITY_ANNOTATION: plan.bind}}
            self.api.merge(path("secrets", self.appliance.namespace, self.name), {"metadata": marks})

    def wait(self) -> None:
        """Wait until PostgreSQL's own pod can be asked.

        :raises ActionFailed: when there is nothing that would run it, or progress_timeout ended.
        """
        if not self.psql.is_installed():
            raise ActionFailed(
                f"Secret {self.where} exists again, but its roles still have other passwords: no StatefulSet runs PostgreSQL "
                f"on claim {self.appliance.namespace}/{self.psql.claim}. Run recover.yml, which installs PostgreSQL and then "
                "refuses because the passwords differ; run rescue_credentials.yml again; then run recover.yml once more."
            )
        wait_until(
            lambda: self._server()[2],
            lambda unread: not unread,
            what=f"PostgreSQL on claim {self.appliance.namespace}/{self.psql.claim}, which starts with the Secret",
            progress_timeout=self.options.progress_timeout,
            progress=lambda unread: unread,
            next_action="Check its pod with kubectl describe, then run rescue_credentials.yml again; it continues from here.",
        )

    def restart(self) -> None:
        """Restart what was started with other passwords."""
        data = self.data(self.name)
        if stale_consumers.stale(self.api, self.appliance, data):
            stale_consumers.restart(
                self.api,
                self.appliance,
                data,
                names.CREDENTIAL_KEYS,
                progress_timeout=self.options.progress_timeout,
                playbook="rescue_credentials.yml",
            )

    def _write(self, given: t.Mapping[str, bytes]) -> None:
        """Put values into the Secret, as the core chart adopts it."""
        text = {key: as_text(value, key, self.where) for key, value in given.items()}
        body = secret_object(self.name, self.appliance.namespace, self.options.release, text)
        if self.object(self.name) is None:
            create(self.api, body)
        else:
            self.api.merge(path("secrets", self.appliance.namespace, self.name), {"data": body["data"]})

    def _alter(self, roles: t.Sequence[str]) -> None:
        """Give roles the Secret's passwords, after their earlier verifiers were kept."""
        found, stored = self.psql.read()
        history = Secrets(self.api, self.appliance.namespace, self.name, found)
        for role in roles:
            if stored[role]:
                history.remember(f"verifier.{role}", stored[role].encode())
        data = self.data(self.name)
        self.psql.alter({role: data[names.ROLE_KEYS[role]] for role in roles})


def _matches(data: t.Mapping[str, bytes], stored: t.Mapping[str, str]) -> dict[str, Match]:
    """Each role's password against its verifier; unknown where one of the two is not there."""
    return {
        role: Match.MISSING if role not in stored else match(data.get(key, b""), stored[role], role=role)
        for role, key in names.ROLE_KEYS.items()
    }


def perform(options: Options, run: Run) -> Result:
    """Observe, decide, have it confirmed, act, and look again, until nothing is left to do."""
    with cluster(options) as api:
        repair = Repair(api, options)
        done: list[str] = []
        before = None
        while not (plan := repair.decided()).empty:
            if plan == before:
                raise ActionFailed(
                    f"The same step is still required although it was done: {done[-1]}. Run status.yml, which shows what differs."
                )
            told = steps(plan, repair.where, f"{options.namespace}/{repair.source}")
            if run.check_mode:
                return _result(repair, PLANNED, told, run)
            if before is None:
                require(options, repair.where, told)
            repair.apply(plan)
            done, before = [*done, *told], plan
            if repair.action is Action.RESCUE:
                repair.wait()
        if repair.action is Action.RESCUE and not run.check_mode:
            repair.restart()
    return _result(repair, REPAIRED if done else KEPT, done, run)


def _result(repair: Repair, state: str, done: t.Sequence[str], run: Run) -> Result:
    """The result; ``done`` is what was done or, in check mode, what would be done first."""
    sentence = "; ".join(done) or f"Secret {repair.where} is unchanged"
    next_action = ""
    if state == KEPT and repair.action is Action.RESCUE and not repair.psql.is_installed():
        next_action = "PostgreSQL is not running here. Run recover.yml, which installs it and compares its roles with the Secret."
    if state == PLANNED:
        next_action = f"Run the same playbook without --check, with {names.CONFIRM_OPTION} set to {repair.where}."
    return build(
        state=state,
        decision=repair.action.value if done else "keep",
        message=f"{sentence[0].upper()}{sentence[1:]}.",
        next_action=next_action,
        evidence={"steps": list(done)},
        changed=bool(done),
        diff={"before": "", "after": "".join(f"{step}\n" for step in done)} if run.diff else None,
    )


USE_CASE = UseCase("alga_credential_repair", Options, perform, states=(KEPT, REPAIRED, PLANNED))

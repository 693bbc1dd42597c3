# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every deciding module observes before it decides: database, volumes, Secret and Job, in this order."""

from __future__ import annotations

import dataclasses
import typing as t
from enum import StrEnum

from ..._adapters.bootstrap import chart_job, jobs
from ..._adapters.cluster import images, secret_users, workloads
from ..._adapters.cluster.kubernetes import Json, KubernetesApi, as_text, decode, path
from ..._adapters.cluster.secrets import read_secret
from ..._adapters.credentials import consumers, rotation
from ..._adapters.database.database import Question
from ..._adapters.database.database import observe as observe_database
from ..._adapters.database.server import InCluster, access
from ..._core import names
from ..._core.appliance.appliance import Appliance
from ..._core.bootstrap.bootstrap import Image, Job, newest
from ..._core.credentials import generated
from ..._core.credentials.credentials import Match, compare
from ..._core.credentials.credentials import classify as classify_secret
from ..._core.credentials.drift import Consumers, Server
from ..._core.credentials.generated import GeneratedRow
from ..._core.credentials.hba import lets_hosts_in
from ..._core.database import seed_contract
from ..._core.database.database import Answer, DatabaseObservation, classify, failed, in_words
from ..._core.database.seed_contract import SeedContract
from ..._core.decision.decision import Decision
from ..._core.decision.situation import Facts, Secret
from ..._core.errors import ObservationFailed, Refused
from ..._core.states import CredentialState, DatabaseState, Driver, Mode, Reason, Step
from ..._core.storage.storage import StorageObservation
from .._options import Judged, Observed, Seeds
from .storage_options import observe as observe_storage


def read_seed_contract(options: Seeds) -> SeedContract:
    """Read the option seed_contract.

    :raises Refused: with everything that is wrong with it.
    """
    contract, errors = seed_contract.read(options.seed_contract, "seed_contract")
    if errors:
        raise Refused(" ".join(errors))
    return contract


def question(options: Seeds, database: str, expected: t.Sequence[str] | None) -> Question:
    """Turn the options into what is to be read from one database.

    :param expected: migrations of the image; ``None`` when they are not known.
    """
    return Question(
        database=database,
        contract=read_seed_contract(options),
        expected=None if expected is None else tuple(expected),
        production=options.environment == "production",
    )


def read_database(
    api: KubernetesApi, options: Judged, database: str = names.DATABASE, *, expected: t.Sequence[str] | None = None
) -> DatabaseObservation:
    """Read one database of the appliance's own PostgreSQL.

    :param expected: migrations of the image, when they are known.
    :raises ObservationFailed: when it could not be read.
    """
    seen = observe_database(InCluster(api, options.appliance), question(options, database, expected))
    return dataclasses.replace(seen, jobs=jobs.at_work(api, options.namespace)) if seen.locked else seen


@dataclasses.dataclass(frozen=True)
class Observer:
    """Reads the appliance for one module.

    :param mode: of the run that decides from it.
    :param driver: what migrates and seeds in it.
    :param as_it_runs: whether the data is judged by the image that runs now; a run judges it by the one that helm would bring.
    """

    api: KubernetesApi
    options: Observed
    mode: Mode = Mode.RECOVER
    driver: Driver = Driver.COLLECTION
    as_it_runs: bool = False

    @property
    def appliance(self) -> Appliance:
        """The one that is read."""
        return self.options.appliance

    @property
    def server(self) -> InCluster:
        """The appliance's own PostgreSQL."""
        return InCluster(self.api, self.appliance)

    def database(self, name: str = names.DATABASE, *, expected: t.Sequence[str] | None = None) -> DatabaseObservation:
        """Read one database; see :func:`read_database`."""
        return read_database(self.api, self.options, name, expected=expected)

    def secret(self) -> Secret:
        """Read what the Secret of the contract holds."""
        state, missing = classify_secret(self.secret_data())
        return Secret(self.appliance.secret, state, missing)

    def secret_data(self) -> dict[str, bytes] | None:
        """What the Secret holds, decoded; None where it does not exist."""
        return read_secret(self.api, self.appliance.namespace, self.appliance.credentials_secret)

    def facts(self, expected: t.Sequence[str] | None = None) -> Facts:
        """Read everything. What cannot be read is part of the facts, and never an empty one.

        The database is asked before the volumes: a server that answers has had its volume for a while, so a volume
        that is still missing then is not the server's.
        """
        seen, answer = self._ask(expected)
        storage, secret, unread, mend = None, Secret(self.appliance.secret, CredentialState.UNKNOWN), "", ""
        job, image, application = Job(), Image(), True
        try:
            # All or nothing: a Job that could not be read is not one that does not exist (F27).
            storage, secret, job, image, application = (
                self._storage(answer),
                self.secret(),
                self.job(),
                self.image(),
                self._application(seen),
            )
        except ObservationFailed as error:
            unread, mend = error.message, failed(error).next_action
        if seen is not None and storage is not None and (known := _identities(storage)):
            seen = dataclasses.replace(seen, identities={**seen.identities, **known})
            answer = classify(seen)
        return Facts(
            mode=self.mode,
            secret=secret,
            answer=answer,
            seen=seen,
            storage=storage,
            unread=unread,
            mend=mend,
            job=job,
            image=image,
            expect=tuple(self.options.expect),
            release_lock=self.options.release_migration_lock,
            driver=self.driver,
            application=application,
        )

    def _storage(self, answer: Answer) -> StorageObservation:
        """Look at the volumes; a server that a first run has not built anything on is asked whether it was ever set up (F35)."""
        storage = observe_storage(self.api, self.options)
        if storage.contents is not None and not self.as_it_runs:
            # The way back from another version's image is a better one in alga_values, which the StatefulSet has not yet.
            # alga_release, which has the rendering, compares the image that helm would bring, and refuses before helm (F45).
            storage = dataclasses.replace(storage, contents=dataclasses.replace(storage.contents, image_version=""))
        if storage.first_run and answer.state in (DatabaseState.ABSENT, DatabaseState.BUILDING):
            storage = dataclasses.replace(storage, hosts=lets_hosts_in(access(self.server)[1]))
        return storage

    def _application(self, seen: DatabaseObservation | None) -> bool:
        """Whether the application has or wants pods; asked only where something depends on it."""
        if seen is None or not seen.unfinished_run:
            return True
        return images.may_run(self.api, self.appliance.namespace, self.appliance.fullname)

    def _ask(self, expected: t.Sequence[str] | None) -> tuple[DatabaseObservation | None, Answer]:
        try:
            seen = self.database(expected=expected)
        except ObservationFailed as error:
            if error.reason is Reason.API_UNREACHABLE:
                raise  # Nothing else can be read either, and each attempt would wait for its own timeout.
            return None, failed(error)
        return seen, classify(seen)

    def job(self) -> Job:
        """The bootstrap Job to go by: the collection's or the chart's, whichever is at work or began last."""
        namespace = self.appliance.namespace
        return newest(jobs.read(self.api, namespace), chart_job.read(self.api, namespace, self.appliance.fullname))

    def passwords(self) -> dict[str, str]:
        """The passwords of the Secret, by role.

        :raises Refused: when it does not hold all of them any more.
        """
        data = self.secret_data() or {}
        state, missing = classify_secret(data)
        if state is not CredentialState.COMPLETE:
            raise Refused(
                f"Secret {self.appliance.secret} was complete a moment ago but has no value for {', '.join(missing)} now. "
                "Restore it."
            )
        return {role: as_text(data[key], key, self.appliance.secret) for role, key in names.ROLE_KEYS.items()}

    def roles(self, passwords: t.Mapping[str, str]) -> dict[str, Match]:
        """Compare passwords with the verifiers of their roles, by role.

        :raises ObservationFailed: when PostgreSQL could not be read.
        """
        known, _rules = access(self.server)
        return compare(passwords, {role: known[role].verifier for role in passwords if role in known})

    def copies(self, data: t.Mapping[str, bytes]) -> tuple[Server, Consumers]:
        """Read the other copies of the Secret's passwords: the roles', and what its consumers were started with.

        :param data: what the Secret holds, decoded.
        :returns: both, with the reason in them where one could not be read.
        """
        secret, claim = self.appliance.credentials_secret, self.appliance.database_claim
        pods = consumers.of(self.api.items(path("pods", self.appliance.namespace)), secret, claim)
        try:
            roles, rules = access(self.server)
            server = Server(roles, rules, consumers.addresses(pods))
        except ObservationFailed as error:
            server = Server(unread=in_words(error))
        return server, consumers.read(self.api, pods, secret, data)

    def rotating(self) -> dict[str, bytes]:
        """What a rotation has written down and not brought to its end."""
        name = rotation.next_secret(self.appliance.credentials_secret)
        return read_secret(self.api, self.appliance.namespace, name) or {}

    def generated(self) -> list[GeneratedRow]:
        """Judge every other Secret that the appliance lives on."""
        listed = self.api.secrets(self.appliance.namespace)
        found = {item["metadata"]["name"]: decode(item) or {} for item in listed}
        if not generated.report(found, self.appliance.fullname):
            return []
        pods = [
            {"spec": {"template": pod}}
            for pod in self.api.items(path("pods", self.appliance.namespace))
            if not _has_template(pod)
        ]
        users = [*workloads.every(self.api, self.appliance.namespace), *pods]
        needed = {each for user in users for each in secret_users.needed(user)}
        return generated.in_use(found, self.appliance.fullname, secret_users.used(users), needed)

    def image(self) -> Image:
        """The application's image."""
        return images.in_use(self.api, self.appliance.namespace, self.appliance.fullname)


def _identities(storage: StorageObservation) -> dict[str, str]:
    """The system identifier as the database's claim records it."""
    claim = storage.claim(storage.database_claim)
    return {f"PersistentVolumeClaim {storage.namespace}/{claim.name}": claim.identity} if claim and claim.identity else {}


UNCHANGED = "Nothing was changed."
# Of a module before which others of the same play may have changed something.
UNCHANGED_HERE = "This step changed nothing."


def refuse(decision: Decision, facts: Facts, done: str, state: StrEnum) -> None:
    """End a module whose decision is a refusal.

    :param done: what this run has changed, in a sentence; a rule cannot know it (R21).
    :param state: the module's own, of the three that the decision was made from.
    :raises Refused: with the facts behind it.
    """
    if decision.step is not Step.REFUSE:
        return
    situation = facts.situation()
    raise Refused(
        f"{decision.message} {done} {decision.next_action}",
        next_action=decision.next_action,
        evidence={
            "state": state.value,
            "storage_state": situation.storage.value,
            "decision": decision.step.value,
            "rule": decision.rule,
            "credentials": situation.credentials.value,
            "database_state": situation.database.value,
            "database": dict(facts.answer.evidence),
            **(facts.storage.evidence() if facts.storage else {}),
        },
    )


def _has_template(pod: Json) -> bool:
    """Whether a pod is of one of the workloads, whose template says what it reads now; an evicted pod may be of an earlier one.

    Those of a Job, a CronJob or a DaemonSet have no template among the workloads.
    """
    return any(owner["kind"] in ("ReplicaSet", "StatefulSet") for owner in pod["metadata"].get("ownerReferences") or [])

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the product's own functions meet the model: what they call at the edge is the model's while histories are played.

Everything above the edge is the product's: the loop and the steps of the bootstrap, the second look under the advisory lock, the
order of statements, the proof of an empty volume, the claims, the record of the generated keys.
"""

from __future__ import annotations

import contextlib
import types
import typing as t
import uuid

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import clock
from ansible_collections.alga.appliance.plugins.module_utils._adapters.database import administration
from ansible_collections.alga.appliance.plugins.module_utils._adapters.storage import storage as storage_adapter
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Image, Job, JobState
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials import known_keys
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.credentials import Match
from ansible_collections.alga.appliance.plugins.module_utils._core.credentials.known_keys import LostKey
from ansible_collections.alga.appliance.plugins.module_utils._core.database import seeds
from ansible_collections.alga.appliance.plugins.module_utils._core.database.database import DatabaseObservation
from ansible_collections.alga.appliance.plugins.module_utils._core.database.migrations import Expected
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import Decision
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Facts
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason, Step
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import StorageObservation
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import Cluster, Deciding, read
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap import bootstrap, bootstrap_steps
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import generated_keys
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage import completion, first_claim, volumes
from ansible_collections.alga.appliance.tests.model import effects, memory, observe
from ansible_collections.alga.appliance.tests.model.api import Api
from ansible_collections.alga.appliance.tests.model.controller import DECIDED, WAIT, Controller, acting, pause, unread
from ansible_collections.alga.appliance.tests.model.sql import Server
from ansible_collections.alga.appliance.tests.model.things import DATABASE_CLAIM

Options = t.TypeVar("Options", bound=Cluster)


def options(of: type[Options], me: Controller, **more: str) -> Options:
    """The options of a module of this run."""
    given = {"mode": me.mode.value, "expect": me.expect, "release_migration_lock": me.release_lock, "seed_set": me.world.seeds}
    return read(of, {**given, "script": "", **more})


RUN = Run(check_mode=False, diff=False, command=t.cast("t.Any", None))


class Observer:
    """Reads the modelled appliance, as the product's Observer does the real one."""

    def __init__(self, api: Api, options: Deciding, *_run: object) -> None:
        self.api, self.world, self.me = api, api.world, api.me
        self.appliance = options.appliance

    @property
    def server(self) -> Server:
        """The appliance's own PostgreSQL."""
        return Server(self.api)

    def database(self, name: str = names.DATABASE, *, expected: tuple[str, ...] | None = None) -> DatabaseObservation:
        """Read one database."""
        return observe.database(self.world, self.me, name, expected)

    def facts(self, expected: tuple[str, ...] | None = None) -> Facts:
        """Read everything."""
        return observe.facts(self.world, self.me, expected)

    def image(self) -> Image:
        """The application's image."""
        found = observe.image(self.world)
        pause()
        return found

    def passwords(self) -> dict[str, str]:
        """The passwords of the Secret; its number stands for each.

        :raises Refused: when it does not hold all of them any more.
        """
        observe.readable(self.world, "secrets")
        secret = self.world.secret
        if secret is None or not secret.complete:
            raise Refused("The Secret has no passwords.")
        number = str(secret.number)
        pause()
        return dict.fromkeys(names.ROLE_KEYS, number)

    def roles(self, passwords: t.Mapping[str, str]) -> dict[str, Match]:
        """Compare passwords with those that the roles have."""
        with contextlib.closing(self.server.connect("postgres")):
            known = self.world.cluster().passwords
            found = {
                role: (Match.MATCH if known[role] == int(text) else Match.MISMATCH) if role in known else Match.MISSING
                for role, text in passwords.items()
            }
        pause()
        return found


class Jobs:
    """_adapters/bootstrap/jobs.py."""

    @staticmethod
    def read(api: Api, _namespace: str) -> Job:
        """Read how the Job stands."""
        found = observe.job(api.world)
        pause()
        return found

    @staticmethod
    def delete(api: Api, _namespace: str) -> None:
        """Delete the Job."""
        effects.delete_job(api.world, api.me)

    @staticmethod
    def dismiss(_api: Api, _namespace: str) -> None:
        """Delete a Job that a sidecar keeps from its end; there are none here."""

    @staticmethod
    def create(api: Api, *, job: Job, done: str, **_further: t.Any) -> None:
        """Create the Job."""
        _comment, _is, comment = done.partition(" IS ")
        effects.create_job(api.world, api.me, job, comment.strip("'"))

    @staticmethod
    def watch(api: Api, _namespace: str, *, progress: t.Callable[[], object], **_further: t.Any) -> None:
        """Watch the Job to its end.

        :raises ActionFailed: when it failed.
        """
        current = observe.job(api.world)
        while current.state is JobState.RUNNING:
            progress()
            pause(WAIT)
            current = observe.job(api.world)
        if current.state is not JobState.SUCCEEDED:
            raise ActionFailed(f"The Job is {current.state.value}.")


def expected(api: Api, _namespace: str, _image: Image, *, remember: bool) -> Expected:
    """The migrations of the application's image (_adapters/bootstrap/image_migrations.py)."""
    assert remember
    deployment = api.world.deployment
    if deployment is None:
        raise unread(Reason.LOOK_FAILED)
    return Expected(deployment.version.name, deployment.version.migrations)


def decide(facts: Facts) -> Decision:
    """Decide; whoever goes on from here does it after everybody else had their turn."""
    decision = memory.decide(facts)
    me = acting()
    if me.undecided:
        me.undecided = False
        if decision.step is not Step.REFUSE:
            pause(DECIDED)
    return decision


def bind(api: Api, _namespace: str, _claim: str, _image: str, *, fix: str) -> Contents:
    """Let the database's claim get its volume, and look into it (_adapters/storage/volume_contents.py)."""
    assert fix
    effects.bind_claim(api.world, api.me)
    contents = observe.contents(api.world)
    pause()
    return contents


def listed(api: Api, _appliance: Appliance) -> StorageObservation:
    """Claims and volumes (_use_cases/observing/storage_options.py)."""
    return observe.listed(api.world)


def set_aside(api: Api, _namespace: str, _claim: str, _image: str, run: str) -> str:
    """Move a half-initialised data directory aside (_adapters/storage/set_aside.py)."""
    effects.claim_is_first_runs(api.world, run)
    effects.stop_statefulset(api.world, api.me)
    effects.move_data_aside(api.world, api.me)
    return "data.half-initialised"


@contextlib.contextmanager
def cluster(_options: Deciding) -> t.Iterator[Api]:
    """A module's connection (_use_cases/_context.py)."""
    me = acting()
    yield Api(me.world, me)


def _uuid4() -> uuid.UUID:
    """An id that is the same whenever the history is; its beginning, of which names are made, differs from the others' too."""
    number = acting().world.number()
    return uuid.UUID(int=number << 96 | number)


def _digest(salt: str, name: str, value: bytes) -> str:
    """What is as good as a digest where nobody reads it: the real one is made to take long."""
    return f"{salt} {name} {value!r}"


def lost(api: Api, appliance: Appliance) -> list[LostKey]:
    """The generated keys that are lost; the real answer, remembered by everything that it is made from."""
    found: list[LostKey] = memory.keys("lost", _keys(api), _lost, api, appliance)
    return found


def record(api: Api, appliance: Appliance) -> str | None:
    """The record of the generated keys that is missing; remembered as well."""
    found: str | None = memory.keys("record", _keys(api), _record, api, appliance)
    pause()
    return found


def _keys(api: Api) -> tuple[object, ...]:
    world = api.world
    observe.readable(world, "volumes")
    observe.readable(world, "secrets")
    claim, secret = world.claims.get(DATABASE_CLAIM), world.secret
    return claim.keys if claim is not None else None, secret.keys if secret is not None else None, world.keys


_lost, _record = generated_keys.lost, generated_keys.record
TIME = types.SimpleNamespace(monotonic=lambda: 0.0, sleep=lambda _seconds: pause(WAIT))
UUID = types.SimpleNamespace(uuid4=_uuid4)
EDGE: tuple[tuple[t.Any, str, t.Any], ...] = (
    (clock, "time", TIME),
    (administration, "verifier", bytes.decode),
    (storage_adapter, "uuid", UUID),
    (known_keys, "_digest", _digest),
    (seeds, "classify", memory.answer),
    (generated_keys, "lost", lost),
    (generated_keys, "record", record),
    (completion, "build", dict),
    (volumes, "build", dict),
    (volumes, "classify", memory.storage_state),
    (bootstrap, "build", dict),
    (bootstrap, "cluster", cluster),
    (bootstrap, "decide", decide),
    (bootstrap, "jobs", Jobs),
    (bootstrap_steps, "Observer", Observer),
    (bootstrap_steps, "decide", decide),
    (bootstrap_steps, "classify", memory.answer),
    (bootstrap_steps, "jobs", Jobs),
    # helm has taken the pods of the earlier version away at once, as a Deployment does whose strategy is Recreate.
    (bootstrap_steps, "old_application", types.SimpleNamespace(stop=lambda *_of, **_how: None)),
    (bootstrap_steps, "uuid", UUID),
    (bootstrap_steps, "image_migrations", types.SimpleNamespace(expected=expected)),
    (bootstrap_steps, "activity", types.SimpleNamespace(movement=lambda _server, _database: ())),
    (first_claim, "bind", bind),
    (first_claim, "listed", listed),
    (volumes, "set_aside", set_aside),
)


@contextlib.contextmanager
def in_the_model() -> t.Iterator[None]:
    """Put the model's side of the edge in the place of the product's."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in EDGE:
            patch.setattr(module, name, value)
        yield

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller does to the cluster, one request to the API server each; what it does to PostgreSQL is in sql.py."""

from __future__ import annotations

import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster.api_answers import Conflict
from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import Job
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Reason
from ansible_collections.alga.appliance.tests.model import invariants
from ansible_collections.alga.appliance.tests.model.controller import Controller, pause, unread
from ansible_collections.alga.appliance.tests.model.observe import readable
from ansible_collections.alga.appliance.tests.model.things import DATABASE_CLAIM, Claim, Deployment, Secret, Work
from ansible_collections.alga.appliance.tests.model.world import World


def request(world: World, me: Controller, kind: str, words: str) -> None:
    """One changing request to the API server, proved to be under the Lease where there is one."""
    readable(world, kind)
    if world.leases and world.lease is not me:
        raise Refused("The Lease is no longer ours.")
    invariants.change(world, me, words)


def create_namespace(world: World, me: Controller) -> None:
    readable(world, "")
    world.namespace = True
    world.say(f"{me.name}: makes the namespace")
    world.touch()
    pause()


def create_secret(world: World, me: Controller) -> None:
    readable(world, "secrets")
    if world.secret is not None:
        raise Conflict("The Secret exists.", reason=Reason.API_CONFLICT)
    request(world, me, "secrets", "generates the Secret")
    invariants.begun(me)
    invariants.secret_generated(world)
    world.secret = Secret(world.number())
    world.backups.append(world.secret.number)
    pause()


def mark_secret(world: World, me: Controller, annotations: t.Mapping[str, str]) -> None:
    request(world, me, "secrets", "marks the Secret")
    secret = world.secret
    if secret is None:
        raise unread(Reason.API_NOT_FOUND)
    secret.marked = secret.marked or names.KEEP_ANNOTATION in annotations
    secret.identity = annotations.get(names.IDENTITY_ANNOTATION, secret.identity)
    if names.KEYS_ANNOTATION in annotations:
        if not world.keys_are_recorded:
            world.known_keys = world.keys
        secret.keys = annotations[names.KEYS_ANNOTATION]
    pause()


def create_claim(world: World, me: Controller, name: str, state: str) -> None:
    readable(world, "volumes")
    if name in world.claims:
        raise Conflict(f"Claim {name} exists.", reason=Reason.API_CONFLICT)
    request(world, me, "volumes", f"creates claim {name}")
    invariants.claim_created(world, name)
    world.claims[name] = Claim(name, state=state)
    pause()


def annotate_claim(world: World, me: Controller, name: str, annotations: t.Mapping[str, str | None]) -> None:
    request(world, me, "volumes", f"marks claim {name} as {annotations.get(names.STATE_ANNOTATION)}")
    claim = world.claims.get(name)
    if claim is None:
        raise unread(Reason.API_NOT_FOUND)
    for annotation, value in annotations.items():
        setattr(claim, ANNOTATIONS[annotation], value or "")
    claim.version += 1
    pause()


ANNOTATIONS = {
    names.STATE_ANNOTATION: "state",
    names.RUN_ANNOTATION: "run",
    names.IDENTITY_ANNOTATION: "identity",
    names.KEYS_ANNOTATION: "keys",
}


def bind_claim(world: World, me: Controller) -> None:
    """A pod that looks is the first one on the database's claim."""
    request(world, me, "volumes", "lets the database's claim get its volume")
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None or claim.terminating:
        raise unread(Reason.LOOK_FAILED)
    world.bind(claim)
    pause()


def claim_is_first_runs(world: World, run: str) -> None:
    """Look once more, before anything is moved, whether the claim says that this first run began on it."""
    readable(world, "volumes")
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None or not run or (claim.state, claim.run) != (names.INITIALIZING, run):
        raise Refused("The claim is not this first run's.")
    pause()


def stop_statefulset(world: World, me: Controller) -> None:
    request(world, me, "", "stops PostgreSQL")
    invariants.takes_down(world, me)
    world.statefulset = False
    world.stop_postgresql("PostgreSQL's pod ends")
    pause()


def move_data_aside(world: World, me: Controller) -> None:
    request(world, me, "volumes", "moves the half-initialised data aside")
    claim = world.claims.get(DATABASE_CLAIM)
    volume = world.volumes.get(claim.volume) if claim is not None else None
    if volume is None or volume.cluster is None or volume.cluster.made:
        raise unread(Reason.LOOK_FAILED)
    volume.cluster = None
    pause()


def delete_job(world: World, me: Controller) -> None:
    readable(world, "jobs")
    if world.job is not None:
        request(world, me, "jobs", "deletes the Job")
        invariants.job_deleted(world)
        world.kill_job_pod("the Job's pod is deleted")
        world.job = None
    pause()


def create_job(world: World, me: Controller, job: Job, done: str) -> None:
    readable(world, "jobs")
    if world.job is not None:
        raise Conflict("A Job is there.", reason=Reason.API_CONFLICT)
    if world.deployment is None:
        raise ActionFailed("The Deployment is gone.")
    request(world, me, "jobs", f"starts the Job: {job.stage.value} {job.database}")
    invariants.job_created(me, world.database(job.database), job.stage.value)
    world.job = Work(job.run, job.stage.value, job.database, world.deployment.version, job.migrations_before, done)
    pause()


def pend_release(world: World, me: Controller) -> None:
    request(world, me, "", "helm begins")
    if world.secret is None or not world.secret.marked:
        raise ActionFailed("helm refuses: the Secret is missing or not the release's.")
    world.release = "pending"
    pause()


def make_keys(world: World, me: Controller, *, known: bool) -> None:
    """The chart's hook makes its Secret where there is none (R29).

    :param known: whether this run could know that the appliance had keys.
    """
    request(world, me, "", "helm's hook makes the application's keys")
    if known:
        invariants.keys_made(world)
    world.keys = world.number()
    pause()


def create_statefulset(world: World, me: Controller) -> None:
    request(world, me, "", "helm makes PostgreSQL")
    invariants.postgresql_started(world, me)
    world.statefulset = True
    pause()


def create_deployment(world: World, me: Controller, replicas: int) -> None:
    request(world, me, "", f"helm makes the Deployment with {world.wanted.name}, {replicas} replicas")
    gated = world.deployment is not None and world.deployment.gated
    if world.deployment is None or (world.deployment.version, world.deployment.replicas) != (world.wanted, replicas):
        invariants.takes_down(world, me)
        world.application = False
    world.deployment = Deployment(world.wanted, replicas, gated)
    pause()


def gate(world: World, me: Controller) -> None:
    request(world, me, "", "puts the gate in front of the application")
    if world.deployment is None:
        raise ActionFailed("The Deployment is gone.")
    invariants.takes_down(world, me)
    world.deployment.gated, world.application = True, False
    pause()

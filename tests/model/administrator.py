# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator: does what a refusal's next action says, and nothing that no refusal says.

Nothing is ever wiped here: a way on that needs a wipe is no way on for somebody's data.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import CONVERGES_ON
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Mode
from ansible_collections.alga.appliance.tests.model.controller import LOST_KEYS, Controller, Outcome
from ansible_collections.alga.appliance.tests.model.invariants import must
from ansible_collections.alga.appliance.tests.model.play import play
from ansible_collections.alga.appliance.tests.model.things import BUILDING, CLAIMS, DATABASE_CLAIM, TABLES, Claim, Secret, a_claim
from ansible_collections.alga.appliance.tests.model.world import DATABASE, World


@dataclass(frozen=True)
class Plan:
    """The playbook that is run next, with the options that a next action names."""

    mode: Mode
    expect: tuple[str, ...] = CONVERGES_ON
    release_lock: bool = False

    def start(self, world: World, name: str) -> Controller:
        """Start it."""
        return Controller(world, play, name, self.mode, expect=self.expect, release_lock=self.release_lock)


RECOVER, FRESH = Plan(Mode.RECOVER), Plan(Mode.FRESH)
Answer = t.Callable[[World, Plan], Plan]


def obey(world: World, outcome: Outcome, plan: Plan) -> Plan:
    """Do what the last outcome says; returns what is run next.

    :raises KeyError: for a rule that has no next action here.
    """
    world.say(f"the operator obeys {outcome.rule or outcome.kind}")
    if outcome.kind in ("ok", "killed"):
        return RECOVER
    if outcome.kind == "failed":
        return _after_failure(world, outcome, plan)
    return RULES[outcome.rule](world, plan)


def _after_failure(world: World, outcome: Outcome, plan: Plan) -> Plan:
    """Mend what a failure names, and run the same playbook again."""
    if outcome.state in (DatabaseState.AHEAD, DatabaseState.BEHIND):
        world.wanted = world.versions[-1]
    return plan


def _again(_world: World, plan: Plan) -> Plan:
    return plan


def _leaving(world: World, plan: Plan) -> Plan:
    """Delete the pods and StatefulSets that still use the claims, and wait until they are gone."""
    world.statefulset = False
    world.stop_postgresql("the operator deletes PostgreSQL's StatefulSet")
    world.let_claims_go()
    return plan


def _half_initialised(world: World, _plan: Plan) -> Plan:
    """Move the data directory aside by hand, then run fresh.yml."""
    for volume in world.volumes.values():
        if volume.cluster is not None and not volume.cluster.made:
            volume.cluster = None
    world.stop_postgresql("the pod is started anew")
    return FRESH


def _other_version(world: World, plan: Plan) -> Plan:
    """Set db.image to one of the data's own major version."""
    claim = world.claims.get(DATABASE_CLAIM)
    volumes = [world.volumes[claim.volume]] if claim is not None else world.released(DATABASE_CLAIM)
    majors = [volume.cluster.major for volume in volumes if volume.cluster is not None]
    world.image_major = majors[0] if majors else world.image_major
    world.stop_postgresql("the pod gets the other image")
    return plan


def _lost(world: World, _plan: Plan) -> Plan:
    """Bind each claim to its old volume again, after looking into each; then recover.yml."""
    for name in CLAIMS.values():
        old = sorted(world.released(name), key=lambda volume: (volume.foreign, volume.cluster is None))
        claim = world.claims.get(name)
        if old and (claim is None or not claim.volume):
            world.claims[name] = a_claim(old[0].name, name)
    return RECOVER


def _no_appliance(world: World, _plan: Plan) -> Plan:
    """Continue a first run with fresh.yml; begin anew on a volume that is not a first run's only by alga_expect."""
    claim = world.claims.get(DATABASE_CLAIM)
    first_run = claim is not None and claim.state == names.INITIALIZING
    return FRESH if first_run else Plan(Mode.RECOVER, (*CONVERGES_ON, DatabaseState.ABSENT.value))


def _fresh(_world: World, _plan: Plan) -> Plan:
    return FRESH


def _recover(_world: World, _plan: Plan) -> Plan:
    return RECOVER


def _missing_keys(world: World, plan: Plan) -> Plan:
    """Put the missing keys back from the backup."""
    if world.secret is None:
        return restore_secret(world, plan)
    world.secret.complete = True
    return plan


def restore_secret(world: World, _plan: Plan) -> Plan:
    """Restore the Secret that belongs to the data from its backup, then recover.yml; begin anew where there never was any.

    A first run that was killed before it made the Secret leaves a volume that was looked into and is empty.
    """
    claim = world.claims.get(DATABASE_CLAIM)
    cluster = world.volumes[claim.volume].cluster if claim is not None and claim.volume else None
    if cluster is None and not world.backups:
        if world.holds_data():
            return RECOVER
        world.claims.clear()
        world.volumes.clear()
        return FRESH
    # Whoever keeps a copy of one Secret keeps it of all.
    world.keys = world.known_keys if world.known_keys is not None else world.keys
    number = cluster.passwords["postgres"] if cluster is not None else world.backups[-1]
    identity, keys = (world.secret.identity, world.secret.keys) if world.secret is not None else ("", "")
    world.secret = Secret(number, identity=identity, keys=keys, marked=False)
    return RECOVER


def _nothing_unexpected(world: World, _plan: Plan) -> Plan:
    """This appliance is new: fresh.yml."""
    return FRESH


def _ladder(world: World, plan: Plan) -> Plan:
    """The next action of the database's state."""
    state = world_state(world)
    if state == "read-only":
        world.read_only = False
        return plan
    if state == "password":
        return restore_secret(world, plan)
    if state == "other volume":
        return _own_volume(world)
    if state == "ahead":
        world.wanted = world.versions[-1]
        if world.deployment is not None:
            # The image is set by hand: no playbook goes on before it is at least as new as the data.
            world.deployment.version = world.wanted
        return plan
    if state == "unmarked":
        # "Find out who made it": by hand, and so it must be somebody else's.
        must(not world.cluster().databases.pop(BUILDING).own, "the collection's own database has to be dropped by hand")
    elif state == "foreign":
        world.cluster().databases.pop(DATABASE)
        return FRESH if not _recorded(world) else RECOVER
    elif state == "partial":
        _judge_rows(world)
    return plan


def world_state(world: World) -> str:
    """What the operator finds when looking."""
    if world.postgresql != "up":
        return ""
    cluster, found = world.cluster(), world.database()
    if world.secret is not None and cluster.passwords["postgres"] != world.secret.number:
        return "password"
    claim = world.claims.get(DATABASE_CLAIM)
    recorded = {each.identity for each in (world.secret, claim) if each is not None and each.identity}
    if recorded - {cluster.identifier}:
        return "other volume"
    if world.read_only:
        return "read-only"
    if found is None:
        building = cluster.databases.get(BUILDING)
        return "unmarked" if building is not None and not building.comment else ""
    if found.other_tables and not found.migrations:
        return "foreign"
    # Without a Deployment no image is known, and nothing can be said to be ahead of it.
    if world.deployment is not None and set(found.migrations) - set(world.deployment.version.migrations):
        return "ahead"
    return "partial" if len({bool(found.rows.get(table)) for table in TABLES}) > 1 else ""


def _recorded(world: World) -> bool:
    claim = world.claims.get(DATABASE_CLAIM)
    return claim is not None and bool(claim.identity)


def _own_volume(world: World) -> Plan:
    """Put the appliance's own volume back; where there is none, the data is the appliance's all the same."""
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None:
        return RECOVER
    known = {each.identity for each in (world.secret, claim) if each is not None and each.identity}
    for volume in world.volumes.values():
        if volume.away is not None and volume.away.identifier in known:
            world.stop_postgresql("the operator mounts the appliance's own disk")
            volume.mount(own=True)
            return RECOVER
    own = [
        volume
        for volume in world.volumes.values()
        if volume.claim == DATABASE_CLAIM
        and volume.cluster is not None
        and volume.cluster.identifier in known
        and not volume.foreign
    ]
    if own and len(known) == 1:
        world.stop_postgresql("the operator puts the appliance's own volume back")
        world.claims[DATABASE_CLAIM] = Claim(DATABASE_CLAIM, own[0].name, identity=claim.identity)
        return RECOVER
    claim.identity = ""
    if world.secret is not None:
        world.secret.identity = ""
    return RECOVER


def _emptied(world: World, _plan: Plan) -> Plan:
    """Bring the data back: the volume that has it comes under the name again."""
    its = [volume for volume in world.volumes.values() if volume.claim == DATABASE_CLAIM and not volume.foreign]
    for volume in its:
        if volume.unmounted:
            world.stop_postgresql("the operator mounts the disk")
            volume.mount(own=True)
    own = [volume for volume in its if volume.cluster is not None]
    must(bool(own), "the data of a complete appliance is nowhere")
    claim = world.claims.get(DATABASE_CLAIM)
    if claim is None or world.volumes[claim.volume] not in own:
        world.stop_postgresql("the operator brings the data back")
        world.claims[DATABASE_CLAIM] = a_claim(own[-1].name)
    return RECOVER


def _judge_rows(world: World) -> None:
    """Declare what migrations fill; where rows are missing all the same, restore them from a backup."""
    found = world.database()
    assert found is not None
    if found.filled and not world.declared:
        world.declared = found.filled
    else:
        found.insert(tuple(table for table in TABLES if not found.rows.get(table)))


def _expect(state: DatabaseState) -> Answer:
    return lambda _world, _plan: Plan(Mode.RECOVER, (*CONVERGES_ON, state.value))


def _wait_for_migration(world: World, plan: Plan) -> Plan:
    """Wait until the migration that runs from outside has ended."""
    found = world.database()
    if found is not None and found.outside:
        found.outside, found.locked = 0, False
    return plan


def _release_lock(_world: World, _plan: Plan) -> Plan:
    return Plan(Mode.RECOVER, release_lock=True)


def _newer_image(world: World, plan: Plan) -> Plan:
    """Set server.image to one at least as new as the data."""
    world.wanted = world.versions[-1]
    return plan


def _lost_keys(world: World, plan: Plan) -> Plan:
    """Restore the generated keys from their encrypted copy."""
    world.keys = world.known_keys
    return plan


RULES: dict[str, Answer] = {
    "downgrade": _newer_image,
    "initdb_killed_here": _fresh,
    "storage_unknown": _again,
    "credentials_unknown": _again,
    "leaving": _leaving,
    "half_initialised": _half_initialised,
    "other_version": _other_version,
    "emptied": _emptied,
    "other_data": lambda world, _plan: _own_volume(world),
    "lost": _lost,
    "fresh_over_data": _recover,
    "credentials_partial": _missing_keys,
    "credentials_lost": restore_secret,
    "nothing_unexpected": _nothing_unexpected,
    "volume_unknown": _again,
    "ladder_refuses": _ladder,
    "no_appliance": _no_appliance,
    "empty": _expect(DatabaseState.CREATED),
    "fresh_over_database": _recover,
    "somebody_migrates": _wait_for_migration,
    "lock_stale": _release_lock,
    "unexpected": _recover,
    LOST_KEYS: _lost_keys,
}

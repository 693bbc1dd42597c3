# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One history: a world, a list of moves, the invariants after every effect, and the way back to an appliance that is up."""

from __future__ import annotations

import functools

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.database.grants import ROLES
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Step
from ansible_collections.alga.appliance.tests.model import memory
from ansible_collections.alga.appliance.tests.model.administrator import FRESH, RECOVER, obey
from ansible_collections.alga.appliance.tests.model.invariants import Treasures, Violation, must
from ansible_collections.alga.appliance.tests.model.moves import (
    ABSENT,
    BACK,
    CREATED,
    GENTLE,
    MORE_RUNS,
    PLAYS,
    ROUGH,
    Move,
    Stage,
    table,
)
from ansible_collections.alga.appliance.tests.model.things import DATABASE_CLAIM, a_claim
from ansible_collections.alga.appliance.tests.model.world import DATABASE, World

# So many runs of a playbook, each after obeying the one before, bring every appliance back.
RUNS_BACK = 10
BEGINNINGS = (FRESH, RECOVER, FRESH, ABSENT, RECOVER, CREATED)
EVERY_FAULT = "one operator, every fault"
PUT_BACK = "one operator, and the volume is put back"
UNDER_THE_LEASE = "three runs under the Lease, every fault"
WITHOUT_THE_LEASE = "three runs without the Lease"
FAMILIES: dict[str, tuple[int, bool, tuple[Move, ...]]] = {
    EVERY_FAULT: (1, False, table(PLAYS, GENTLE, ROUGH)),
    PUT_BACK: (1, False, table(PLAYS, GENTLE, BACK)),
    UNDER_THE_LEASE: (3, True, table(PLAYS, MORE_RUNS, GENTLE, ROUGH)),
    WITHOUT_THE_LEASE: (3, False, table(PLAYS, MORE_RUNS, GENTLE)),
}


def worlds(*, leases: bool) -> tuple[World, ...]:
    """Where histories begin: nothing, or an appliance that is up, made by the collection or by its chart."""
    made: list[World] = []
    for filling in (False, True):
        for seeds in ("onboarding", "dev"):
            made.append(World(seeds=seeds, filling=filling, leases=leases))
            for ledger in (True, False):
                world = World(seeds=seeds, filling=filling, leases=leases)
                stage = Stage(world, 1, lambda: None)
                controller = FRESH.start(world, "the first run")
                stage.finish(controller)
                assert controller.outcome is not None and controller.outcome.kind == "ok", world.log
                if not ledger:
                    made_by_chart(world)
                world.log = ["an appliance is up" + ("" if ledger else ", made by its chart")]
                made.append(world)
    return tuple(made)


def made_by_chart(world: World) -> None:
    """No ledger, no mark: the application's chart made it."""
    database = world.cluster().databases[DATABASE]
    database.ledger.clear()
    database.own, database.comment = False, ""


@functools.cache
def starts(*, leases: bool) -> tuple[World, ...]:
    """The same, made once; the product's code has to meet the model then."""
    return worlds(leases=leases)


def play_history(family: str, history: bytes) -> int:
    """Play one history.

    :param history: the first byte names the world, the second the first run, each further one a move.
    :returns: the number of effects of controllers before the way back began.
    :raises Violation: with the whole history in words.
    """
    memory.tidy()
    most, leases, moves = FAMILIES[family]
    beginnings = starts(leases=leases)
    world = beginnings[history[0] % len(beginnings)].copied()
    treasures = Treasures()
    treasures.look(world)
    stage = Stage(world, most, lambda: treasures.look(world))
    try:
        stage.start(BEGINNINGS[history[1] % len(BEGINNINGS)])
        for byte in history[2:]:
            moves[byte % len(moves)](stage)
            stage.looked()
        effects = stage.effects
        way_back(stage, treasures)
    except Exception as error:
        raise Violation("\n".join([str(error) or repr(error), *world.log])) from error
    return effects


def way_back(stage: Stage, treasures: Treasures) -> None:
    """Lift the faults, and follow the next actions until the appliance is up and a run finds nothing to do."""
    world = stage.world
    world.say("-- the faults are lifted")
    for controller in stage.alive():
        controller.kill()
    world.fault, world.pooler, world.hanging = "", False, False
    world.events += 1
    own_volume_back(world)
    world.touch()
    plan = RECOVER if treasures.databases else FRESH
    for _run in range(RUNS_BACK):
        world.controllers = []
        controller = plan.start(world, f"run {world.number()}")
        world.controllers = [controller]
        stage.finish(controller)
        outcome = controller.outcome
        assert outcome is not None
        if outcome.kind == "ok" and not controller.changes:
            break
        plan = obey(world, outcome, plan)
        world.touch()
    else:
        raise Violation(f"no way back in {RUNS_BACK} runs")
    must(controller.step == Step.NOTHING.value, "the last run found something to do")
    must(world.application, "the application is not up")
    must(not world.read_only, "the last run found nothing to do on a server that writes nothing")
    found = world.database()
    must(found is not None and found.granted.issuperset(ROLES), "the last run left roles without their privileges")
    must(world.known_keys in (None, world.keys) or not world.keys_are_recorded, "the last run left the appliance with other keys")
    own = [database for _cluster, database in treasures.databases if not is_foreign(world, database)]
    must(not own[:-1] and world.database() is own[-1] if own else True, "the appliance came back without its data")


def own_volume_back(world: World) -> None:
    """What somebody put under the name of the database's claim goes where it belongs, and the appliance's own comes back."""
    claim = world.claims.get(DATABASE_CLAIM)
    own = [volume for volume in world.volumes.values() if volume.claim == DATABASE_CLAIM and not volume.foreign]
    if claim is not None and claim.volume and world.volumes[claim.volume].foreign:
        world.stop_postgresql("the appliance's own volume is put back")
        world.claims.pop(DATABASE_CLAIM, None)
        claim = None
        if own:  # Else nothing speaks of its own volume any more, and the next claim gets its directory.
            claim = world.claims[DATABASE_CLAIM] = a_claim(own[-1].name)
    for volume in world.volumes.values():
        recorded = claim is not None and (claim.volume, claim.state) == (volume.name, names.READY)
        if volume.unmounted and not (volume.cluster is None and recorded):
            # Nothing in the cluster tells it.
            world.stop_postgresql("the disk is mounted")
            volume.mount(own=True)
        if volume.foreign:
            volume.claim = "another-appliance"


def is_foreign(world: World, database: object) -> bool:
    """Whether a database lies on a volume of another appliance."""
    return any(
        volume.foreign and volume.cluster is not None and any(database is each for each in volume.cluster.databases.values())
        for volume in world.volumes.values()
    )

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play of fresh.yml or recover.yml, module by module as the roles call them, effect by effect as the use cases do."""

from __future__ import annotations

import effects
import memory
import observe
from bootstrap_steps import STEPS, Overtaken
from controller import DECIDED, DONE, WAIT, Controller, Effects, Ended, Unread
from things import CLAIMS, DATABASE_CLAIM
from world import World

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.decision import Decision
from ansible_collections.alga.appliance.plugins.module_utils._core.situation import Facts
from ansible_collections.alga.appliance.plugins.module_utils._core.states import (
    PASSING,
    CredentialState,
    DatabaseState,
    Step,
    StorageState,
)
from ansible_collections.alga.appliance.plugins.module_utils._core.storage import StorageObservation


def play(world: World, me: Controller) -> Effects:
    """The whole playbook."""
    observe.readable(world, "")  # preflight
    yield DONE
    if world.leases and world.namespace:
        yield from acquire(world, me)
    else:
        yield from decided(world, me)
        if not world.namespace:
            effects.create_namespace(world, me)
            yield DONE
        if world.leases:
            yield from acquire(world, me)
    yield from credentials(world, me)
    yield from volumes(world, me)
    yield from release(world, me)
    yield from bootstrap(world, me)
    yield from application(world, me)
    yield from release(world, me, replicas=1)
    yield from verify(world, me)


def decided(world: World, me: Controller, expected: tuple[str, ...] | None = None) -> Effects:
    """Observe, decide, and refuse where the decision is a refusal; returns the facts and the decision."""
    answer: tuple[Facts, Decision] = yield from observe.facts(world, me, expected)
    facts, decision = answer
    if decision.step is Step.REFUSE:
        raise Ended("refused", decision.message, rule=decision.rule, state=facts.answer.state)
    yield DECIDED
    return facts, decision


def acquire(world: World, me: Controller) -> Effects:
    """Take the appliance's Lease; a holder that is killed is proved dead, and one that lives is waited for."""
    me.module_changes = 0
    while isinstance(world.lease, Controller) and world.lease.outcome is None:
        yield WAIT
    observe.readable(world, "")
    world.lease = me
    world.say(f"{me.name}: takes the Lease")
    yield DONE


def credentials(world: World, me: Controller) -> Effects:
    """alga_db_credentials: made where nothing is, kept where it is complete."""
    me.module_changes = 0
    facts, decision = yield from decided(world, me)
    if facts.secret.state is CredentialState.COMPLETE:
        observe.readable(world, "secrets")
        marked = world.secret is not None and world.secret.marked
        yield DONE
        if not marked:
            effects.mark_secret(world, me)
            yield DONE
    elif _nothing(facts) or decision.step is Step.PREPARE:
        yield from prove_empty(world, me, facts.storage)
        effects.create_secret(world, me)
        yield DONE


def _nothing(facts: Facts) -> bool:
    return facts.secret.state is CredentialState.ABSENT and facts.situation().storage is StorageState.NONE


def prove_empty(world: World, me: Controller, seen: StorageObservation) -> Effects:
    """_use_cases/first_claim.py: the database's claim is made and its volume looked into; returns what is there then."""
    if seen.proved_empty:
        return seen
    claim = seen.claim(DATABASE_CLAIM)
    if claim is None:
        effects.create_claim(world, me, DATABASE_CLAIM, names.MADE, "")
        yield DONE
    elif claim.state not in (names.MADE, names.READY):
        effects.annotate_claim(world, me, DATABASE_CLAIM, state=names.MADE)
        yield DONE
    effects.bind_claim(world, me)
    yield DONE
    made = observe.storage(world)
    yield DONE
    if not made.proved_empty:
        raise Ended("failed", "the volume that the database's claim got is not empty")
    return made


def volumes(world: World, me: Controller) -> Effects:
    """alga_volumes, step ensure: the claims that are missing, the database's marked as a first run's."""
    me.module_changes = 0
    facts, decision = yield from decided(world, me)
    seen: StorageObservation = facts.storage
    if decision.step is Step.PREPARE:
        seen = yield from prove_empty(world, me, seen)
    for section, name in CLAIMS.items():
        claim = seen.claim(name)
        if claim is None:
            effects.create_claim(world, me, name, "", "")
            yield DONE
        elif section == names.DATABASE_SECTION and seen.proved_empty:
            effects.begin_first_run(world, me, f"run-{world.number()}")
            yield DONE
    if decision.step is Step.MOVE_DATA_ASIDE:
        effects.claim_is_first_runs(world, facts.run)
        yield DONE
        effects.stop_statefulset(world, me)
        yield DONE
        effects.move_data_aside(world, me)
        yield DONE


def release(world: World, me: Controller, replicas: int | None = None) -> Effects:
    """alga_release: helm where the release differs from what is alive; no replicas as long as there is no gate."""
    me.module_changes = 0
    observe.readable(world, "")
    deployment = world.deployment
    if replicas is None:
        replicas = deployment.replicas if deployment is not None and deployment.gated else 0
    same = (
        world.release == "deployed"
        and world.statefulset
        and deployment is not None
        and (deployment.version, deployment.replicas) == (world.wanted, replicas)
    )
    yield DONE
    yield from _evidence(world, me, deployment is None or deployment.version != world.wanted)
    if same:
        return
    effects.pend_release(world, me)
    yield DONE
    effects.create_statefulset(world, me)
    yield DONE
    effects.create_deployment(world, me, replicas)
    yield DONE
    world.release = "deployed"


def _evidence(world: World, me: Controller, another_image: bool) -> Effects:
    """_use_cases/release_evidence.py: no start on data that does not fit, no image that lacks migrations of the database."""
    trouble = observe.trouble(world)
    yield DONE
    if trouble is not None:
        raise Ended("refused", trouble.message, rule=trouble.state.value)
    if not another_image:
        return
    try:
        seen = yield from observe.database(world, me)
    except Unread:
        return
    if set(seen.migrations or ()) - set(world.wanted.migrations):
        raise Ended("refused", "a downgrade", rule="downgrade")
    yield DONE


def bootstrap(world: World, me: Controller) -> Effects:
    """alga_bootstrap: decide the next step and take it, until there is nothing left to do."""
    me.module_changes = 0
    yield from wait_for_postgresql(world, me)
    last = ""
    while True:
        migrations = observe.expected(world)
        yield DONE
        me.module_changes = 0
        answer: tuple[Facts, Decision] = yield from decided(world, me, migrations)
        facts, decision = answer
        if decision.rule == last:
            raise Ended("failed", f"step {decision.step.value} changed nothing", state=facts.answer.state)
        me.first, last = me.first or decision, decision.rule
        if decision.step is Step.NOTHING:
            return
        if decision.step in (Step.START, Step.PREPARE, Step.MOVE_DATA_ASIDE):
            yield from wait_for_postgresql(world, me)
            continue
        me.decided = answer
        try:
            yield from STEPS[decision.step](world, me, facts)
        except Overtaken:
            last = ""


def wait_for_postgresql(world: World, me: Controller) -> Effects:
    """Wait until PostgreSQL answers."""
    while True:
        try:
            yield from observe.database(world, me)
        except Unread as error:
            if error.reason not in PASSING:
                raise
            yield WAIT
        else:
            return


def application(world: World, me: Controller) -> Effects:
    """alga_application, step gate."""
    me.module_changes = 0
    observe.readable(world, "")
    if world.deployment is None:
        raise Ended("failed", "the Deployment does not exist")
    gated = world.deployment.gated
    yield DONE
    if not gated:
        effects.gate(world, me)
        yield DONE


def verify(world: World, me: Controller) -> Effects:
    """The application answers, the database is complete, and the claim is marked with its identity."""
    me.module_changes = 0
    while not world.application:
        observe.readable(world, "")
        yield WAIT
    seen = yield from observe.database(world, me)
    if memory.answer(seen).state not in (DatabaseState.MIGRATED, DatabaseState.SEEDED):
        raise Ended("failed", "verify found another state", state=memory.answer(seen).state)
    yield DONE
    claim = observe.storage(world).claim(DATABASE_CLAIM)
    yield DONE
    if claim is None:
        raise Ended("failed", "the claim is gone")
    identity = seen.system_identifier
    observe.readable(world, "secrets")
    bound = world.secret.identity if world.secret is not None else ""
    yield DONE
    if (claim.state, claim.identity, bound) != (names.READY, identity, identity):
        effects.mark_secret(world, me, identity=identity)
        yield DONE
        effects.annotate_claim(world, me, DATABASE_CLAIM, state=names.READY, identity=identity)
        yield DONE

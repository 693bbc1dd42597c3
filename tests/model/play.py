# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play of fresh.yml or recover.yml, module by module as the roles call them.

Of the modules' own code, what decides and what changes claims, the database and the keys is the product's, see product.py. What
is written here a second time is what helm, the gate and the wait for the application do.
"""

from __future__ import annotations

import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.decision import Decision
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Facts
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ActionFailed, ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import CredentialDecision, DatabaseState, Step
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.bootstrap import bootstrap
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import (
    db_credentials,
    drift_report,
    generated_keys,
)
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.observing.situation import (
    UNCHANGED,
    UNCHANGED_HERE,
    refuse,
)
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.storage import completion, first_claim, volumes
from ansible_collections.alga.appliance.tests.model import effects, memory, observe, product
from ansible_collections.alga.appliance.tests.model.api import Api
from ansible_collections.alga.appliance.tests.model.controller import WAIT, Controller, pause
from ansible_collections.alga.appliance.tests.model.world import World


class Play(t.NamedTuple):
    """What every module of one play is given; the product's functions take the model's side of the API server for their own."""

    world: World
    me: Controller
    api: t.Any
    options: first_claim.Claiming

    @property
    def appliance(self) -> Appliance:
        """The only one there is."""
        return self.options.appliance


def play(world: World, me: Controller) -> None:
    """The whole playbook."""
    run = Play(world, me, Api(world, me), product.options(first_claim.Claiming, me))
    for _names, module in MODULES:
        me.module_changes = 0
        module(run)


def preflight(run: Play) -> None:
    """alga_preflight: the API server answers."""
    observe.readable(run.world, "")
    pause()


def keep_out(run: Play) -> None:
    """alga_lease; where there is no namespace yet, alga_volumes in check mode and alga_namespace come before."""
    world, me = run.world, run.me
    if not world.namespace:
        decided(run, UNCHANGED)
        effects.create_namespace(world, me)
    if world.leases:
        acquire(world, me)


def decided(run: Play, unchanged: str) -> tuple[Facts, Decision]:
    """Observe, decide, and refuse where the decision is a refusal.

    :raises Refused: then.
    """
    facts = observe.facts(run.world, run.me)
    decision = product.decide(facts)
    refuse(decision, facts, unchanged, facts.situation().storage)
    return facts, decision


def acquire(world: World, me: Controller) -> None:
    """Take the appliance's Lease; a holder that is killed is proved dead, and one that lives is waited for."""
    while isinstance(world.lease, Controller) and world.lease.outcome is None:
        pause(WAIT)
    observe.readable(world, "")
    world.lease = me
    world.say(f"{me.name}: takes the Lease")
    pause()


def credentials(run: Play) -> None:
    """alga_db_credentials: made where nothing is, kept where it is complete."""
    facts, decision = decided(run, UNCHANGED)
    generated_keys.refuse_lost(run.api, run.appliance, UNCHANGED)
    pause()
    verdict = drift_report.verdict(facts, decision)
    if verdict is CredentialDecision.CREATE:
        seen = facts.storage
        assert seen is not None
        first_claim.prove_empty(run.api, run.options, product.RUN, seen)
        body = db_credentials.secret_object(names.CREDENTIALS_SECRET, names.NAMESPACE, names.RELEASE, {})
        db_credentials.create(run.api, body)
    elif verdict is CredentialDecision.KEEP:
        observe.readable(run.world, "secrets")
        marked = run.world.secret is not None and run.world.secret.marked
        pause()
        if not marked:
            effects.mark_secret(run.world, run.me, {names.KEEP_ANNOTATION: names.KEEP})


def claims(run: Play) -> None:
    """alga_volumes: the claims that are missing, the database's marked as a first run's."""
    facts, decision = decided(run, UNCHANGED_HERE)
    seen = facts.storage
    assert seen is not None
    if decision.step is Step.PREPARE:
        seen, _done = first_claim.prove_empty(run.api, run.options, product.RUN, seen)
    volumes._ensure(run.api, run.options, product.RUN, seen)
    if decision.step is Step.MOVE_DATA_ASIDE:
        volumes._move_data_aside(run.api, run.options, product.RUN, facts)


def release(run: Play) -> None:
    """alga_release: helm where the release differs from what is alive; no replicas as long as there is no gate."""
    deployment = run.world.deployment
    _release(run, deployment.replicas if deployment is not None and deployment.gated else 0)


def released(run: Play) -> None:
    """alga_release once more, with the application."""
    _release(run, 1)


def _release(run: Play, replicas: int) -> None:
    world, me = run.world, run.me
    observe.readable(world, "")
    deployment = world.deployment
    same = (
        world.release == "deployed"
        and world.statefulset
        and deployment is not None
        and (deployment.version, deployment.replicas) == (world.wanted, replicas)
    )
    pause()
    me.looked = world.events
    generated_keys.refuse_lost(run.api, run.appliance, UNCHANGED_HERE)
    pause()
    _fits(world)
    if deployment is None or deployment.version != world.wanted:
        _no_downgrade(world, me)
    if same:
        return
    effects.pend_release(world, me)
    if world.keys is None:
        # Somebody deleted them after they were looked for, or deleted everything that spoke of them: nobody can know.
        effects.make_keys(world, me, known=me.looked == world.events and world.keys_are_recorded)
    effects.create_statefulset(world, me)
    effects.create_deployment(world, me, replicas)
    world.release = "deployed"
    pause()


def _fits(world: World) -> None:
    """_use_cases/release/release_evidence.py: PostgreSQL is not started on data that does not fit.

    :raises Refused: then.
    """
    trouble = observe.trouble(world)
    pause()
    if trouble is not None:
        raise Refused(trouble.message, evidence={"rule": trouble.state.value})


def _no_downgrade(world: World, me: Controller) -> None:
    """The same: the application gets no image that lacks migrations of the database.

    :raises Refused: then.
    """
    try:
        seen = observe.database(world, me)
    except ObservationFailed:
        return
    if set(seen.migrations or ()) - set(world.wanted.migrations):
        raise Refused("A downgrade, so helm was not run.", evidence={"rule": "downgrade"})
    pause()


def build(run: Play) -> None:
    """alga_bootstrap, as it is."""
    result = bootstrap.perform(product.options(bootstrap.USE_CASE.options, run.me), product.RUN)
    run.me.step = result["decision"]


def application(run: Play) -> None:
    """alga_startup_gate."""
    observe.readable(run.world, "")
    if run.world.deployment is None:
        raise ActionFailed("The Deployment does not exist.")
    gated = run.world.deployment.gated
    pause()
    if not gated:
        effects.gate(run.world, run.me)


def verify(run: Play) -> None:
    """The application answers, the database is complete, and the claim is marked with its identity."""
    world, me = run.world, run.me
    while not world.application:
        observe.readable(world, "")
        pause(WAIT)
    seen = observe.database(world, me)
    me.state = memory.answer(seen).state
    if me.state not in (DatabaseState.MIGRATED, DatabaseState.SEEDED):
        raise Refused("Another state than was expected.", evidence={"state": me.state.value})
    pause()
    marked = product.options(completion.Options, me, system_identifier=seen.system_identifier)
    completion._record(run.api, marked, product.RUN)


# In the order of the playbooks, with the names of the modules, which test_order.py compares.
MODULES: tuple[tuple[tuple[str, ...], t.Callable[[Play], None]], ...] = (
    (("alga_preflight",), preflight),
    (("alga_lease",), keep_out),
    (("alga_db_credentials",), credentials),
    (("alga_volumes",), claims),
    (("alga_release",), release),
    (("alga_bootstrap",), build),
    (("alga_startup_gate",), application),
    (("alga_release",), released),
    (("alga_application", "alga_pg_state", "alga_completion"), verify),
)

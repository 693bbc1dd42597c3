# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens in a history: runs are started, go on and are killed; the cluster, people and programs do what they do."""

from __future__ import annotations

import typing as t

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import CONVERGES_ON
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Mode
from ansible_collections.alga.appliance.tests.model.administrator import FRESH, RECOVER, Plan, obey, restore_secret
from ansible_collections.alga.appliance.tests.model.controller import DECIDED, WAIT, Controller
from ansible_collections.alga.appliance.tests.model.things import (
    BUILDING,
    CLAIMS,
    DATABASE_CLAIM,
    TABLES,
    Cluster,
    Database,
    Secret,
    Volume,
    a_claim,
)
from ansible_collections.alga.appliance.tests.model.world import DATABASE, World

EFFECTS_OF_A_RUN = 400
BYTES = 256
ABSENT = Plan(Mode.RECOVER, (*CONVERGES_ON, DatabaseState.ABSENT.value))
CREATED = Plan(Mode.RECOVER, (*CONVERGES_ON, DatabaseState.CREATED.value))
RELEASE = Plan(Mode.RECOVER, release_lock=True)

Check = t.Callable[[], None]
Move = t.Callable[["Stage"], None]


def _look_for_the_disk(world: World) -> None:
    """Whoever says by alga_expect that nothing is here has seen that its disk is mounted; nothing in the cluster tells it."""
    for volume in world.volumes.values():
        if volume.unmounted:
            world.stop_postgresql("the operator mounts the disk")
            volume.mount(own=True)


class Stage:
    """A world with the controllers in it, and what is checked after every effect."""

    def __init__(self, world: World, controllers: int, check: Check) -> None:
        self.world, self.most, self.check = world, controllers, check
        self.plans: dict[str, Plan] = {}
        self.last: Controller | None = None
        self.effects = 0
        self._version = -1

    def alive(self) -> list[Controller]:
        """The runs that have not ended."""
        return [each for each in self.world.controllers if each.outcome is None]

    def start(self, plan: Plan) -> Controller | None:
        """Start a run, unless there are as many as there may be."""
        world = self.world
        world.controllers = self.alive()
        if len(world.controllers) >= self.most:
            return None
        if DatabaseState.ABSENT.value in plan.expect:
            _look_for_the_disk(world)
        name = f"run {world.number()}"
        controller = plan.start(world, name)
        self.plans[name] = plan
        world.controllers.append(controller)
        self.last = controller
        return controller

    def go_on(self, controller: Controller, effects: int) -> None:
        """Let a run do some effects, or fewer where it ends or waits."""
        last = self.effects + effects
        self._through(controller, lambda: self.effects >= last)
        self.looked()

    def finish(self, controller: Controller, until: t.Callable[[], bool] | None = None) -> None:
        """Let a run go on to its end, or until something holds, and the cluster with it wherever it waits."""
        while self._through(controller, until):
            self.world.tick()
            self.looked()
            if until is not None and until():
                return

    def _through(self, controller: Controller, until: t.Callable[[], bool] | None) -> bool:
        """Let a run go on until something holds, or it ends or waits; tells whether it waits. The invariants are asked always."""
        world, last = self.world, self.effects + EFFECTS_OF_A_RUN

        def passes() -> bool:
            self.effects += 1
            if world.version != self._version:
                self.looked()
            if self.effects > last:
                raise AssertionError("a run does not end")
            return until is None or not until()

        controller.passes = passes
        goes_on = controller.go_on()
        controller.passes = None
        self.effects += 1
        self.looked()
        return goes_on and controller.at == WAIT and (until is None or not until())

    def looked(self) -> None:
        """Ask the invariants, where anything changed."""
        if self.world.version != self._version:
            self._version = self.world.version
            self.check()


def start(plan: Plan) -> Move:
    """Start a run."""
    return lambda stage: void(stage.start(plan))


def void(_value: object) -> None:
    """Nothing is made of it."""


def steps(number: int, effects: int) -> Move:
    """Let the n-th of the living runs do some effects."""

    def move(stage: Stage) -> None:
        alive = stage.alive()
        if alive:
            stage.go_on(alive[number % len(alive)], effects)

    return move


def finish(number: int) -> Move:
    """Let the n-th of the living runs go on to its end."""

    def move(stage: Stage) -> None:
        alive = stage.alive()
        if alive:
            stage.finish(alive[number % len(alive)])

    return move


def decide(number: int) -> Move:
    """Let the n-th of the living runs go on until it has decided what to do, and not yet begun."""

    def move(stage: Stage) -> None:
        alive = stage.alive()
        if alive:
            controller = alive[number % len(alive)]
            stage.finish(controller, lambda: controller.at == DECIDED)

    return move


def at_work(number: int) -> Move:
    """Let the n-th of the living runs go on until a Job is at work."""

    def move(stage: Stage) -> None:
        alive = stage.alive()
        if alive:
            stage.finish(alive[number % len(alive)], lambda: stage.world.job is not None and stage.world.job.state == "running")

    return move


def change(number: int) -> Move:
    """Let the n-th of the living runs go on until it has changed one thing."""

    def move(stage: Stage) -> None:
        alive = stage.alive()
        if alive:
            controller = alive[number % len(alive)]
            before = controller.changes
            stage.finish(controller, lambda: controller.changes > before)

    return move


def kill(number: int) -> Move:
    """Kill the n-th of the living runs."""

    def move(stage: Stage) -> None:
        alive = stage.alive()
        if alive:
            alive[number % len(alive)].kill()

    return move


def ticks(times: int) -> Move:
    """Let the cluster go on by itself."""

    def move(stage: Stage) -> None:
        for _time in range(times):
            stage.world.tick()

    return move


def obedience(stage: Stage) -> None:
    """The operator does what the last run said, and starts what it named."""
    last = stage.last
    if last is not None and last.outcome is not None and not stage.alive():
        plan = obey(stage.world, last.outcome, stage.plans[last.name])
        stage.world.touch()
        stage.start(plan)


def of_the_world(words: str, change: t.Callable[[World], object]) -> Move:
    """Something that happens to the world."""

    def move(stage: Stage) -> None:
        stage.world.say(words)
        change(stage.world)
        stage.world.events += 1
        stage.world.touch()

    return move


def _delete_secret(world: World) -> None:
    world.secret = None


def _empty_key(world: World) -> None:
    if world.secret is not None:
        world.secret.complete = False


def _restore(world: World) -> None:
    if world.backups:
        restore_secret(world, RECOVER)


def _other_secret(world: World) -> None:
    world.secret = Secret(-1, marked=False)
    # Whoever put it here has it somewhere.
    world.backups.append(-1)


def _delete_claim(name: str) -> t.Callable[[World], None]:
    def change(world: World) -> None:
        claim = world.claims.get(name)
        if claim is not None:
            claim.terminating = True
            if name != DATABASE_CLAIM:
                del world.claims[name]
            world.let_claims_go()

    return change


def _rebind(world: World) -> None:
    for name in CLAIMS.values():
        released = world.released(name)
        if name not in world.claims and released:
            world.claims[name] = a_claim(released[0].name, name)


def _swap(cluster: t.Callable[[World], Cluster | None]) -> t.Callable[[World], None]:
    """Another volume is put under the name of the database's claim, once there is anything that a person could take for data."""

    def change(world: World) -> None:
        claim = world.claims.get(DATABASE_CLAIM)
        if claim is not None and claim.volume and world.backups:
            world.stop_postgresql("PostgreSQL's pod is deleted")
            name = f"pv-{world.number()}"
            world.volumes[name] = Volume(name, DATABASE_CLAIM, cluster(world), foreign=True)
            # A claim's volume never changes: this is another claim of the same name.
            world.claims[DATABASE_CLAIM] = a_claim(name)

    return change


def _snapshot(world: World) -> None:
    """Take a snapshot of the database's volume during a first run."""
    found = world.volumes[world.mounted].cluster if world.mounted else None
    if found is not None:
        world.snapshot = found, found.copied()


def _put_back(world: World) -> None:
    """Put the volume back to its snapshot, where that costs nobody a row; Kubernetes knows nothing of it."""
    if world.snapshot is None:
        return
    found, before = world.snapshot
    mounted = world.volumes[world.mounted].cluster if world.mounted else None
    if found is mounted and not any(each.published or each.customers for each in found.databases.values()):
        world.stop_postgresql("the database's volume is put back to its snapshot")
        kept = before.copied()
        found.made, found.passwords, found.databases = kept.made, kept.passwords, kept.databases


def _job_ends(world: World) -> None:
    """The cluster goes on until no Job is at work."""
    for _time in range(EFFECTS_OF_A_RUN):
        if world.job is None or world.job.state != "running":
            return
        world.tick()


def _foreign(world: World) -> Cluster:
    cluster = Cluster(f"sysid-{world.number()}", made=True, passwords={"postgres": -1})
    cluster.databases[DATABASE] = Database(migrations=["m1.cjs"], published=True)
    return cluster


def _kill_initdb(world: World) -> None:
    if world.postgresql == "none":
        world.tick()
    if world.postgresql == "initdb":
        world.stop_postgresql("initdb is killed")


def _customers(world: World) -> None:
    found = world.database()
    if world.application and found is not None and len(found.migrations) > 1:
        found.customers += 1
        found.insert(TABLES)


def _upgrade(by: int) -> t.Callable[[World], None]:
    def change(world: World) -> None:
        place = world.versions.index(world.wanted) + by
        world.wanted = world.versions[max(0, min(place, len(world.versions) - 1))]

    return change


def _other_content(world: World) -> None:
    """The tag of the running image names a newer image today, and the pods are started anew."""
    if world.deployment is not None:
        world.deployment.version = world.wanted = world.versions[-1]
        world.application = False


def _create(name: str, tables: int = 0) -> t.Callable[[World], None]:
    def change(world: World) -> None:
        if world.postgresql == "up" and name not in world.cluster().databases and BUILDING not in world.cluster().databases:
            world.cluster().databases[name] = Database(other_tables=tables)

    return change


def _migrate_outside(world: World) -> None:
    found = world.database()
    if found is not None and not found.locked and found.migrations:
        found.locked, found.outside = True, 1


def _end_outside(*, killed: bool) -> t.Callable[[World], None]:
    def change(world: World) -> None:
        found = world.database()
        if found is not None and found.outside:
            found.outside, found.locked = 0, killed

    return change


def _fault(kind: str) -> Move:
    def change(world: World) -> None:
        world.fault = kind

    return of_the_world(f"what cannot be read: {kind or 'nothing'}", change)


def _pooler(world: World) -> None:
    world.pooler = not world.pooler


def _reboot(world: World) -> None:
    world.stop_postgresql("the node is rebooted")
    world.kill_job_pod("the Job's pod is gone with the node")
    world.application = False


def _delete_job(world: World) -> None:
    world.kill_job_pod("somebody deletes the Job")
    world.job = None


def _old_image(world: World) -> None:
    world.image_major = "18" if world.image_major == "17" else "17"


def _uninstall(world: World) -> None:
    world.stop_postgresql("the release is uninstalled")
    world.statefulset, world.deployment, world.release, world.application = False, None, "", False


def _objects_lost(*, secrets: bool) -> t.Callable[[World], None]:
    """What speaks of the database's volume is gone; its directory stays, and the provisioner gives it to the next claim (R1)."""

    def change(world: World) -> None:
        claim = world.claims.get(DATABASE_CLAIM)
        volume = world.volumes.get(claim.volume) if claim is not None else None
        if volume is None or volume.foreign or volume.away is not None or world.unlisted:
            return
        _uninstall(world)
        world.kill_job_pod("the Job is gone with everything")
        world.job = None
        world.claims.clear()
        for each in [each for each in world.volumes.values() if each is volume or (each.cluster is None and each.away is None)]:
            del world.volumes[each.name]
        if volume.cluster is not None:
            world.unlisted[DATABASE_CLAIM] = volume.cluster
        if secrets:
            world.secret = world.keys = None

    return change


def _unmount(world: World) -> None:
    """PostgreSQL is down, and the disk under its volume is not mounted: an empty directory is in its place (R3)."""
    claim = world.claims.get(DATABASE_CLAIM)
    sure = any(DatabaseState.ABSENT.value in each.expect for each in world.controllers)
    if claim is not None and claim.state == names.READY and not sure:
        _uninstall(world)
        world.volumes[claim.volume].mount(own=False)


def _delete_keys(world: World) -> None:
    world.keys = None


def _other_keys(world: World) -> None:
    if world.keys is not None:
        world.keys = world.number()


def _revoke(world: World) -> None:
    found = world.database()
    if found is not None:
        found.granted.clear()


def _read_only(world: World) -> None:
    world.read_only = not world.read_only


def _hang(world: World) -> None:
    world.hanging = world.postgresql == "up" and not world.hanging


# Each with its weight. The first is the simplest, to which hypothesis shrinks.
PLAYS: tuple[tuple[int, Move], ...] = (
    (10, finish(0)),
    (14, start(FRESH)),
    (12, start(RECOVER)),
    (4, start(ABSENT)),
    (3, start(CREATED)),
    (4, start(RELEASE)),
    (8, obedience),
    *((6, steps(0, effects)) for effects in (1, 2, 3, 5, 8, 13, 21, 34)),
    (12, decide(0)),
    (10, at_work(0)),
    (14, change(0)),
    (12, kill(0)),
    (8, ticks(1)),
    (6, ticks(3)),
    (6, ticks(9)),
)
MORE_RUNS: tuple[tuple[int, Move], ...] = (
    *((6, steps(number, effects)) for number in (1, 2) for effects in (1, 2, 3, 5, 8, 13, 21)),
    (20, decide(1)),
    (10, decide(2)),
    (6, finish(1)),
    (6, finish(2)),
    (4, kill(1)),
    (14, start(FRESH)),
    (12, start(RECOVER)),
)
GENTLE: tuple[tuple[int, Move], ...] = (
    (6, of_the_world("customers write", _customers)),
    (7, of_the_world("the Job's pod is killed", lambda world: world.kill_job_pod("it dies"))),
    (2, of_the_world("a newer image is wanted", _upgrade(1))),
    (4, of_the_world("somebody creates the database", _create(DATABASE))),
)
ROUGH: tuple[tuple[int, Move], ...] = (
    (4, of_the_world("PostgreSQL is killed", lambda world: world.stop_postgresql("it dies"))),
    (4, of_the_world("the node is rebooted", _reboot)),
    (3, of_the_world("initdb is killed", _kill_initdb)),
    (3, of_the_world("somebody deletes the Job", _delete_job)),
    (4, of_the_world("the Secret is deleted", _delete_secret)),
    (3, of_the_world("a key of the Secret is emptied", _empty_key)),
    (3, of_the_world("the Secret is restored from its backup", _restore)),
    (2, of_the_world("another appliance's Secret is put here", _other_secret)),
    (4, of_the_world("the database's claim is deleted", _delete_claim(DATABASE_CLAIM))),
    (2, of_the_world("the files' claim is deleted", _delete_claim(CLAIMS["server"]))),
    (3, of_the_world("claims are bound to their volumes again", _rebind)),
    (2, of_the_world("another appliance's volume is put under the name", _swap(_foreign))),
    (2, of_the_world("an empty volume is put under the name", _swap(lambda _world: None))),
    (2, of_the_world("an older image is wanted", _upgrade(-1))),
    (2, of_the_world("the tag names a newer image", _other_content)),
    (2, of_the_world("somebody creates the building database", _create(BUILDING))),
    (2, of_the_world("another application puts its tables here", _create(DATABASE, 3))),
    (3, of_the_world("somebody migrates from outside", _migrate_outside)),
    (2, of_the_world("the migration from outside ends", _end_outside(killed=False))),
    (3, of_the_world("the migration from outside is killed", _end_outside(killed=True))),
    (2, _fault("unreachable")),
    *((2, _fault(kind)) for kind in ("volumes", "secrets", "jobs")),
    (8, _fault("")),
    (1, of_the_world("a pooler comes or goes", _pooler)),
    (1, of_the_world("PostgreSQL's image gets another major version", _old_image)),
    (2, of_the_world("the release is uninstalled", _uninstall)),
    (2, of_the_world("nothing speaks of the volume and the Secrets any more", _objects_lost(secrets=True))),
    (2, of_the_world("nothing speaks of the volume any more", _objects_lost(secrets=False))),
    (3, of_the_world("the disk is not mounted", _unmount)),
    (3, of_the_world("the generated keys are deleted", _delete_keys)),
    (2, of_the_world("the generated keys are other ones", _other_keys)),
    (3, of_the_world("a role loses its privileges", _revoke)),
    (3, of_the_world("the server writes nothing, or writes again", _read_only)),
    (3, of_the_world("the server hangs, or goes on", _hang)),
)
# What somebody does with snapshots of the volume.
BACK: tuple[tuple[int, Move], ...] = (
    (30, of_the_world("a snapshot is taken", _snapshot)),
    (30, of_the_world("the volume is put back to its snapshot", _put_back)),
    (20, of_the_world("the Job ends", _job_ends)),
)


def table(*kinds: tuple[tuple[int, Move], ...]) -> tuple[Move, ...]:
    """A move for each value of a byte, as often as its weight says."""
    weighted = [entry for kind in kinds for entry in kind]
    total = sum(weight for weight, _move in weighted)
    places = [move for weight, move in weighted for _time in range(max(1, weight * BYTES // total))]
    return tuple((places * 2)[:BYTES])


__all__ = ["BACK", "GENTLE", "MORE_RUNS", "PLAYS", "ROUGH", "Stage", "names", "table"]

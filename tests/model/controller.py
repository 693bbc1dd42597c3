# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller: one run of a playbook, which goes on by one effect at a time and may be dropped between any two.

The product's own functions run in it as they are. A greenlet has a stack of its own, so they are stopped wherever they reach the
model's side of an API call or a statement, and nothing of theirs has to be written a second time to be stopped there.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from greenlet import getcurrent, greenlet

from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import CONVERGES_ON
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError, ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Mode, Reason
from ansible_collections.alga.appliance.tests.model import invariants
from ansible_collections.alga.appliance.tests.model.world import World

# Why a run pauses: an effect was done, there is nothing to do but wait, or it was decided what to do.
DONE, WAIT, DECIDED = 0, 1, 2
# After so many looks without any change in the world, a wait is given up.
PROGRESS_TIMEOUT = 6
LOST_KEYS = "lost_keys"


@dataclass
class Outcome:
    """How a run ended: ``ok``, ``refused`` by a decision, ``failed`` or ``killed``, and why."""

    kind: str
    message: str = ""
    rule: str = ""
    state: DatabaseState | None = None


def pause(why: int = DONE) -> None:
    """Let everybody else go on, where anybody else is to; called on a controller's stack."""
    stack = getcurrent()
    me: Controller = stack.controller
    me.at = why
    if why == WAIT or me.passes is None or not me.passes():
        stack.parent.switch()


def acting() -> Controller:
    """The controller on whose stack this is called."""
    me: Controller = getcurrent().controller
    return me


def unread(reason: Reason) -> ObservationFailed:
    """Something could not be read."""
    return ObservationFailed(f"{reason.value}.", reason=reason)


class Controller:
    """One run of one playbook.

    :ivar blind: why the last decision's facts were not complete; empty when they were.
    :ivar inside: the database in which a session of this run is open.
    :ivar at: why it paused last.
    :ivar passes: told of every effect, tells whether the run goes on at once, because nobody else is to come in between.
    :ivar undecided: whether it has observed everything and not decided yet.
    :ivar state: the state of the database as it was seen last.
    :ivar step: the first step that the bootstrap took.
    :ivar events: how often anything else had happened when this run began; -1 once another run has changed anything meanwhile.
    :ivar looked: the same, when this run looked whether helm may go on.
    :ivar took_down: whether this run stopped an application that ran, and it does not run again yet.
    """

    def __init__(
        self,
        world: World,
        play: t.Callable[[World, Controller], None],
        name: str,
        mode: Mode,
        *,
        expect: tuple[str, ...] = CONVERGES_ON,
        release_lock: bool = False,
    ) -> None:
        self.world, self.name, self.mode, self.expect, self.release_lock = world, name, mode, expect, release_lock
        self.changes = self.module_changes = 0
        self.blind = ""
        self.inside = ""
        self.at = DONE
        self.passes: t.Callable[[], bool] | None = None
        self.undecided = False
        self.state: DatabaseState | None = None
        self.step = ""
        self.events = self.looked = world.events
        self.took_down = False
        self.outcome: Outcome | None = None
        self._stack = greenlet(lambda: play(world, self))
        self._stack.controller = self
        self._waited, self._seen = 0, -1
        world.say(f"{name} starts {mode.value}.yml" + (f" {expect}" if expect != CONVERGES_ON else ""))

    def go_on(self) -> bool:
        """Do one effect, or as many as pass; tells whether the run goes on."""
        stack = self._stack
        try:
            stack.switch()
        except ApplianceError as error:
            self._end(self._failed(error))
            return False
        if stack.dead:
            self._end(Outcome("ok"))
            return False
        if self.at == WAIT:
            self._wait()
        return self.outcome is None

    def _failed(self, error: ApplianceError) -> Outcome:
        state, rule = self.state, str(error.evidence.get("rule", ""))
        if LOST_KEYS in error.evidence:
            rule = LOST_KEYS
        if isinstance(error, Refused):
            invariants.refused(self, error.message)
        return Outcome("refused" if rule else "failed", error.message, rule, state)

    def others(self) -> list[Controller]:
        """The other controllers that are alive."""
        return [each for each in self.world.controllers if each is not self and each.outcome is None]

    def _wait(self) -> None:
        if self.world.version != self._seen:
            self._waited, self._seen = 0, self.world.version
        self._waited += 1
        if self._waited > PROGRESS_TIMEOUT:
            self._stack.throw()
            self._end(Outcome("failed", "no progress", state=self.state))

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._forget()
        if self.world.lease is self:
            self.world.lease = None
        self.world.say(f"{self.name} ends: {outcome.kind} {outcome.rule} {outcome.message}".rstrip())

    def kill(self) -> None:
        """SIGKILL: nothing is cleaned up, and its sessions die with it."""
        if self.outcome is None:
            self._stack.throw()
            self._forget()
            self.outcome = Outcome("killed")
            self.world.say(f"{self.name} is killed")

    def _forget(self) -> None:
        self.inside = ""
        if self.world.lock is not None and self.world.lock[0] is self:
            self.world.lock = None

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller: one run of a playbook, which goes on by one effect at a time and may be dropped between any two."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

import invariants
from world import World

from ansible_collections.alga.appliance.plugins.module_utils._core.decision import Decision
from ansible_collections.alga.appliance.plugins.module_utils._core.situation import CONVERGES_ON
from ansible_collections.alga.appliance.plugins.module_utils._core.states import DatabaseState, Mode, Reason

# What a generator of effects yields: an effect was done, there is nothing to do but wait, or it was decided what to do.
DONE, WAIT, DECIDED = 0, 1, 2
Effects = t.Generator[int, None, t.Any]
# So many looks without any change in the world are a patience that ended.
PATIENCE = 6


class Ended(Exception):
    """A run that ended before its end: ``refused`` by a decision, or ``failed``."""

    def __init__(self, kind: str, message: str, *, rule: str = "", state: DatabaseState | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.rule, self.state = kind, message, rule, state


class Unread(Exception):
    """Something could not be read (ObservationFailed)."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass
class Outcome:
    """How a run ended: ``ok``, ``refused``, ``failed`` or ``killed``, and why."""

    kind: str
    message: str = ""
    rule: str = ""
    state: DatabaseState | None = None


class Controller:
    """One run of one playbook.

    :ivar blind: why the last decision's facts were not complete; empty when they were.
    :ivar inside: the database in which a session of this run is open.
    :ivar at: what was yielded last.
    :ivar decided: the facts and the decision of the bootstrap's step.
    :ivar first: the bootstrap's first decision.
    """

    def __init__(
        self,
        world: World,
        play: t.Callable[[World, Controller], Effects],
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
        self.first: Decision | None = None
        self.decided: t.Any = None
        self.outcome: Outcome | None = None
        self._effects = play(world, self)
        self._waited, self._seen = 0, -1
        world.say(f"{name} starts {mode.value}.yml" + (f" {expect}" if expect != CONVERGES_ON else ""))

    def go_on(self) -> bool:
        """Do one effect; tells whether the run goes on."""
        try:
            self.at = next(self._effects)
            if self.at == WAIT:
                self._wait()
        except StopIteration:
            self._end(Outcome("ok"))
        except Ended as ended:
            if ended.kind == "refused":
                invariants.refused(self)
            self._end(Outcome(ended.kind, ended.message, ended.rule, ended.state))
        except Unread as error:
            self._end(Outcome("failed", f"could not be read: {error.reason.value}"))
        return self.outcome is None

    def others(self) -> list[Controller]:
        """The other controllers that are alive."""
        return [each for each in self.world.controllers if each is not self and each.outcome is None]

    @property
    def waits(self) -> bool:
        """Whether it does nothing but wait."""
        return self.at == WAIT

    def _wait(self) -> None:
        if self.world.version != self._seen:
            self._waited, self._seen = 0, self.world.version
        self._waited += 1
        if self._waited > PATIENCE:
            self._effects.close()
            self._end(Outcome("failed", "patience ended"))

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._forget()
        if self.world.lease is self:
            self.world.lease = None
        self.world.say(f"{self.name} ends: {outcome.kind} {outcome.rule} {outcome.message}".rstrip())

    def kill(self) -> None:
        """SIGKILL: nothing is cleaned up, and its sessions die with it."""
        if self.outcome is None:
            self._effects.close()
            self._forget()
            self.outcome = Outcome("killed")
            self.world.say(f"{self.name} is killed")

    def _forget(self) -> None:
        self.inside = ""
        if self.world.lock is not None and self.world.lock[0] is self:
            self.world.lock = None

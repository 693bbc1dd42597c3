# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every use case shares: the run it belongs to, the cluster's options and the way a result ends."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field

from .._adapters.cluster import kubeconfig, kubernetes
from .._adapters.database import postgresql
from .._adapters.lease import lease
from .._adapters.process import Command
from .._adapters.release import helm
from .._core.database.database import failed, in_words
from .._core.errors import ActionFailed, ApplianceError, ObservationFailed
from .._core.states import DatabaseState
from ._options import Changing, Cluster, Params, Spec, argument_spec, read

Result = dict[str, t.Any]
Options = t.TypeVar("Options")
Work = t.Callable[[lease.Ended], None]

UNKNOWN = "unknown"
# A heartbeat that takes longer than this is better begun anew.
HEARTBEAT_SECONDS = (2.0, 5.0)


def _untold(_message: str) -> None:
    """A module on a target has nobody to talk to before it ends."""


def _alone(_work: Work) -> None:
    """A module on a target ends with its process, so nothing goes on beside it."""


@dataclass(frozen=True)
class Run:
    """How Ansible was called, and what it can do for a use case.

    :param tell: shows the operator a sentence at once.
    :param beside: does something beside the play for as long as any process of it lives.
    :param changing: what was begun to be changed without the Kubernetes API: a failure may not deny it.
    """

    check_mode: bool
    diff: bool
    command: Command
    tell: t.Callable[[str], None] = _untold
    beside: t.Callable[[Work], None] = _alone
    changing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class UseCase(t.Generic[Options]):
    """A module's work without Ansible: its options and the function that does it.

    :param options: the class of them, which has the argument spec as well.
    :param states: every value that the result's ``state`` can have.
    """

    name: str
    options: type[Options]
    perform: t.Callable[[Options, Run], Result]
    states: t.Iterable[str] = DatabaseState
    required_one_of: tuple[tuple[str, ...], ...] = ()
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()

    @property
    def rules(self) -> dict[str, t.Any]:
        """What Ansible checks between options, by the names that it has for it."""
        return {
            "required_one_of": self.required_one_of,
            "mutually_exclusive": self.mutually_exclusive,
            "required_if": self.required_if,
            "required_together": self.required_together,
        }

    @property
    def spec(self) -> Spec:
        """The module's argument spec."""
        return argument_spec(self.options)

    def answer(self, params: Params, run: Run) -> Result:
        """Do the work; in check mode without the Lease, because nothing is changed.

        :raises ApplianceError: with everything that the operator is to read.
        """
        try:
            return self.perform(read(self.options, {**params, "lease": ""} if run.check_mode else params), run)
        except ApplianceError as error:
            whole = self._whole(error)
            whole.changed = not run.check_mode and (error.changed or bool(run.changing))
            if whole is error:
                raise
            raise whole from error

    def failure(self, error: ApplianceError) -> Result:
        """A failure as the module's result has it: its state is one of the module's own, or None."""
        return error.as_result(self.states)

    def _whole(self, error: ApplianceError) -> ApplianceError:
        """An error whose message is all that the operator is to read."""
        if isinstance(error, ObservationFailed):
            evidence = {**self._unread(error), **error.evidence}
            return ApplianceError(in_words(error), next_action=failed(error).next_action, evidence=evidence)
        if isinstance(error, ActionFailed):
            return ApplianceError(str(error), next_action=error.next_action, evidence=error.evidence)
        return error

    def _unread(self, error: ObservationFailed) -> dict[str, str]:
        """The state of what could not be read, where the module has one for it."""
        if self.states is DatabaseState:
            return {"state": failed(error).state.value}
        return {"state": UNKNOWN} if UNKNOWN in [*self.states] else {}


def told(change: str, run: Run) -> dict[str, str] | None:
    """A change in one sentence as a result's diff, which nothing but ``--diff`` asks for; empty where nothing changes."""
    return {"before": "", "after": f"{change}\n" if change else ""} if run.diff else None


def require_libraries() -> None:
    """Name every Python library that is missing.

    :raises ApplianceError: when one is.
    """
    needing = (kubernetes, kubeconfig, postgresql, helm)
    missing = {str(module.IMPORT_ERROR.name) for module in needing if module.IMPORT_ERROR is not None}
    if missing:
        raise ApplianceError(
            f"The Python libraries {', '.join(sorted(missing))} could not be imported where this task runs. Install them "
            "for the Python interpreter of this host: pip install kubernetes pg8000 PyYAML."
        )


@contextlib.contextmanager
def cluster(options: Cluster) -> t.Iterator[kubernetes.KubernetesApi]:
    """Open the cluster that the options name, and close it again.

    With option ``lease`` the work in between is done under the Lease: a heartbeat renews it, and every change is preceded by
    the proof that it is still ours.

    :raises Refused: when it is not.
    """
    require_libraries()
    with contextlib.ExitStack() as stack:
        api = stack.enter_context(contextlib.closing(kubernetes.KubernetesApi(options.kubeconfig, options.context)))
        if isinstance(options, Changing) and options.lease:
            beats = api.beside(HEARTBEAT_SECONDS)
            api.before_change = stack.enter_context(lease.kept(api.beside(), beats, options.namespace, options.lease))
        try:
            yield api
        except ApplianceError as error:
            error.changed = error.changed or api.changed
            raise


def heartbeat(options: Cluster) -> contextlib.closing[kubernetes.KubernetesApi]:
    """Open the cluster for a heartbeat, which gives a request up before the Lease would lapse."""
    return contextlib.closing(kubernetes.KubernetesApi(options.kubeconfig, options.context, seconds=HEARTBEAT_SECONDS))

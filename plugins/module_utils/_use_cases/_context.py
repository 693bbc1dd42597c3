# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every use case shares: the run it belongs to, the cluster's options and the way a result ends."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

from .._adapters.cluster import kubeconfig, kubernetes
from .._adapters.database import postgresql
from .._adapters.lease import lease
from .._adapters.process import Command
from .._adapters.release import helm
from .._core import names
from .._core.database.database import failed, in_words
from .._core.errors import ActionFailed, ApplianceError, ObservationFailed
from .._core.results import telling
from .._core.states import DatabaseState

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]
Spec = dict[str, dict[str, t.Any]]
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
    """

    check_mode: bool
    diff: bool
    command: Command
    tell: t.Callable[[str], None] = _untold
    beside: t.Callable[[Work], None] = _alone


@dataclass(frozen=True)
class UseCase:
    """A module's work without Ansible: its options and the function that does it.

    :param states: every value that the result's ``state`` can have.
    """

    name: str
    spec: Spec
    perform: t.Callable[[Params, Run], Result]
    states: t.Iterable[str] = DatabaseState
    required_one_of: tuple[tuple[str, ...], ...] = ()
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()

    def answer(self, params: Params, run: Run) -> Result:
        """Do the work; in check mode without the Lease, because nothing is changed.

        :raises ApplianceError: with everything that the operator is to read.
        """
        try:
            return self.perform({**params, "lease": ""} if run.check_mode else params, run)
        except ActionFailed as error:
            raise ApplianceError(" ".join(filter(None, (error.message, error.next_action))), evidence=error.evidence) from error
        except ObservationFailed as error:
            raise ApplianceError(in_words(error), evidence={**self._unread(error), **error.evidence}) from error

    def failure(self, error: ApplianceError) -> Result:
        """A failure as the module's result has it: its state is one of the module's own, or is not there."""
        state = error.evidence.get("state")
        return {"msg": error.message, "evidence": telling(error.evidence)} | ({"state": state} if state in [*self.states] else {})

    def _unread(self, error: ObservationFailed) -> dict[str, str]:
        """The state of what could not be read, where the module has one for it."""
        if self.states is DatabaseState:
            return {"state": failed(error).state.value}
        return {"state": UNKNOWN} if UNKNOWN in [*self.states] else {}


def told(change: str, run: Run) -> dict[str, str] | None:
    """A change in one sentence as a result's diff, which nothing but ``--diff`` asks for; empty where nothing changes."""
    return {"before": "", "after": f"{change}\n" if change else ""} if run.diff else None


CLUSTER: Spec = {
    "kubeconfig": {"type": "path", "required": True},
    "context": {"type": "str"},
    "namespace": {"type": "str", "default": names.NAMESPACE},
}
# Of every module that changes something.
CHANGING: Spec = {**CLUSTER, "lease": {"type": "str", "default": ""}}
DATABASE: Spec = {
    "service": {"type": "str", "default": names.SERVICE},
    "credentials_secret": {"type": "str", "default": names.CREDENTIALS_SECRET, "no_log": False},
}
SEED_CONTRACT: Spec = {
    "seed_contract": {"type": "dict", "default": {}},
    "environment": {"type": "str", "choices": ["production", "demonstration"], "default": "production"},
}


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
def cluster(params: Params) -> t.Iterator[kubernetes.KubernetesApi]:
    """Open the cluster that the options name, and close it again.

    With option ``lease`` the work in between is done under the Lease: a heartbeat renews it, and every change is preceded by
    the proof that it is still ours.

    :raises Refused: when it is not.
    """
    require_libraries()
    with contextlib.ExitStack() as stack:
        api = stack.enter_context(_opened(params))
        if params.get("lease"):
            checks, beats = stack.enter_context(_opened(params)), stack.enter_context(heartbeat(params))
            api.before_change = stack.enter_context(lease.kept(checks, beats, params["namespace"], params["lease"]))
        yield api


def _opened(
    params: Params, seconds: tuple[float, float] = kubernetes.REQUEST_SECONDS
) -> contextlib.closing[kubernetes.KubernetesApi]:
    return contextlib.closing(kubernetes.KubernetesApi(params["kubeconfig"], params["context"], seconds=seconds))


def heartbeat(params: Params) -> contextlib.closing[kubernetes.KubernetesApi]:
    """Open the cluster for a heartbeat, which gives a request up before the Lease would lapse."""
    return _opened(params, HEARTBEAT_SECONDS)

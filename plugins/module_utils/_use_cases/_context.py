# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every use case shares: the run it belongs to, the cluster's options and the way a result ends."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

from .._adapters import helm, kubernetes, postgresql
from .._core import names
from .._core.errors import ApplianceError

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]
Spec = dict[str, dict[str, t.Any]]


@dataclass(frozen=True)
class Run:
    """How Ansible was called."""

    check_mode: bool
    diff: bool
    command: helm.Command


@dataclass(frozen=True)
class UseCase:
    """A module's work without Ansible: its options and the function that does it."""

    name: str
    spec: Spec
    perform: t.Callable[[Params, Run], Result]
    required_one_of: tuple[tuple[str, ...], ...] = ()
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()


CLUSTER: Spec = {
    "kubeconfig": {"type": "path", "required": True},
    "context": {"type": "str"},
    "namespace": {"type": "str", "default": names.NAMESPACE},
}
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
    missing = {str(module.IMPORT_ERROR.name) for module in (kubernetes, postgresql, helm) if module.IMPORT_ERROR is not None}
    if missing:
        raise ApplianceError(
            f"The Python libraries {', '.join(sorted(missing))} could not be imported where this task runs. Install them "
            "for the Python interpreter of this host: pip install kubernetes pg8000 PyYAML."
        )


@contextlib.contextmanager
def cluster(params: Params) -> t.Iterator[kubernetes.KubernetesApi]:
    """Open the cluster that the options name, and close it again."""
    require_libraries()
    api = kubernetes.KubernetesApi(params["kubeconfig"], params["context"])
    try:
        yield api
    finally:
        api.close()

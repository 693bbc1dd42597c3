# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every Talos use case shares: one machine, and the folder with what opens it."""

from __future__ import annotations

import contextlib
import json
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ..._adapters import certificates, paths
from ..._adapters.clock import wait_until
from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.private_file import passing
from ..._adapters.talos import talos_door
from ..._adapters.talos.talosctl import SILENT, Talosctl, TalosRefused
from ..._core import names
from ..._core.errors import ApplianceError, ObservationFailed, Refused
from ..._core.states import Reason, TalosState
from ..._core.talos import talos, talos_secrets
from ..._core.talos.talos import Machine
from .._context import Run
from .._options import option

IMPORT_ERROR: ImportError | None
try:
    import yaml

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


@dataclass(frozen=True)
class TalosMachine:
    """One machine, and the folder with what opens it."""

    node: str = option(type="str", required=True)
    folder: str = option(type="path", required=True)
    talosctl: str = option(type="str", default="talosctl")


@dataclass(frozen=True)
class TalosCluster(TalosMachine):
    """The cluster that the machine is, by its name and the URL of its API server."""

    cluster: str = option(type="str", required=True)
    endpoint: str = option(type="str", default="")


Options = t.TypeVar("Options", bound=TalosMachine)


@dataclass(frozen=True)
class Site(t.Generic[Options]):
    """One machine as the options name it."""

    options: Options
    run: Run

    def __post_init__(self) -> None:
        missing = [str(error.name) for error in (IMPORT_ERROR, certificates.IMPORT_ERROR) if error is not None]
        if missing:
            raise ApplianceError(
                f"The Python libraries {', '.join(missing)} could not be imported where this task runs. Install them for the "
                "Python interpreter of this host: pip install cryptography PyYAML."
            )

    @property
    def node(self) -> str:
        """The machine's address."""
        return self.options.node

    @property
    def folder(self) -> Path:
        """Where what opens the machine is kept."""
        return paths.given(self.options.folder)

    @property
    def secrets_file(self) -> Path:
        """The secrets bundle."""
        return self.folder / talos_secrets.SECRETS_FILE

    @property
    def talosconfig(self) -> Path:
        """The client's configuration."""
        return self.folder / talos_secrets.TALOSCONFIG_FILE

    @property
    def talosctl(self) -> Talosctl:
        """The program against this machine."""
        return Talosctl(self.options.talosctl, self.run.command, self.node, self.talosconfig, self.run.changing)

    def secrets(self) -> t.Any:
        """The bundle; None where there is none.

        :raises ObservationFailed: when the file cannot be read, or is no YAML.
        """
        return parsed(self.secrets_file.read_text(), str(self.secrets_file)) if self.secrets_file.exists() else None

    def authority(self) -> str:
        """The certificate of the machines' authority, as PEM; empty where there is no bundle."""
        return talos_secrets.authority(self.secrets())

    def observe(self) -> Machine:
        """Look at the machine once."""
        return self.talosctl.observe(self.authority())

    def settled(self, progress_timeout: int, enough: t.Callable[[Machine], bool] = lambda _machine: False) -> Machine:
        """Look at the machine until it is what it stays; in check mode once.

        One that does not answer is waited for where there are secrets: it may have just been given its configuration, and boots.

        :param progress_timeout: seconds without progress after which it is given up.
        :param enough: what does not have to be waited for any longer.
        :raises ActionFailed: when it does not come to an end.
        """

        def done(machine: Machine) -> bool:
            return self._settled(machine) or enough(machine)

        seen = self.observe()
        if self.run.check_mode or done(seen):
            return seen
        self.run.tell(f"{self.said(seen)} Waiting for it, up to {progress_timeout} seconds without progress.")
        return wait_until(
            self.observe,
            done,
            what=f"the machine at {self.node} to have booted",
            progress_timeout=progress_timeout,
            progress=lambda machine: machine,
            describe=self.said,
            next_action=f"Check its console and {names.TALOS_NODE_OPTION}, then run the same playbook again.",
        )

    def _settled(self, machine: Machine) -> bool:
        away = talos.classify(machine) is TalosState.UNREACHABLE and self.secrets_file.exists()
        return not away and not talos.passing(machine)

    def healthy(self, machine: Machine, progress_timeout: int) -> Machine:
        """Look at a machine that runs until it meets every condition; in check mode it is what it was.

        Talos calls a service unhealthy after one probe of half a second, which a busy machine fails now and then.

        :param machine: as it was just seen.
        :param progress_timeout: seconds without progress after which it is given up.
        :raises ActionFailed: when it does not.
        """
        if self.run.check_mode or not machine.unmet:
            return machine
        self.run.tell(f"{self.unhealthy(machine)} Waiting for it, up to {progress_timeout} seconds without progress.")
        return wait_until(
            self.observe,
            lambda seen: talos.classify(seen) is TalosState.BOOTSTRAPPED and not seen.unmet,
            what=f"the machine at {self.node} to be healthy",
            progress_timeout=progress_timeout,
            progress=lambda seen: seen,
            describe=lambda seen: self.unhealthy(seen) if seen.unmet else self.said(seen),
            next_action="Nothing was changed. Fix what is named here, then run the same playbook again.",
        )

    def unhealthy(self, machine: Machine) -> str:
        """The conditions that a machine does not meet, in a sentence."""
        return f"The machine at {self.node} is not healthy: {talos.unmet(machine)}."

    def booted_since(self, boot_id: str) -> bool:
        """Whether the machine runs another boot; false as well where it does not say so now.

        :param boot_id: of the earlier one.
        """
        try:
            return self.talosctl.boot_id() != boot_id
        except TalosRefused as error:
            if error.code not in SILENT:
                raise
            return False

    @contextlib.contextmanager
    def cluster(self) -> t.Iterator[KubernetesApi]:
        """The API server, opened with a kubeconfig that the machine gives and that is not kept.

        :raises TalosRefused: when it gives none.
        """
        with contextlib.ExitStack() as stack:
            (file,) = stack.enter_context(passing([self.talosctl.call("kubeconfig", "-")]))
            yield stack.enter_context(contextlib.closing(KubernetesApi(str(file))))

    def said(self, machine: Machine) -> str:
        """A machine in a sentence."""
        return talos.describe(self.node, str(self.folder), machine)[0]

    def refused(self, machine: Machine, evidence: t.Mapping[str, t.Any] | None = None) -> Refused:
        """The refusal of whatever this state does not allow."""
        state = talos.classify(machine).value
        return Refused(
            " ".join(filter(None, talos.describe(self.node, str(self.folder), machine))) + " Nothing was changed.",
            evidence={"state": state, **(evidence or {})},
        )


def endpoint_of(node: str, given: str = "") -> str:
    """The URL of the cluster's API server: what the operator gave, or that of a machine alone."""
    if given:
        return given
    host, _port = talos_door.address(node)
    return f"https://[{host}]:6443" if ":" in host else f"https://{host}:6443"


def parsed(text: str, where: str) -> t.Any:
    """Read one YAML document; what is wrong with it is told without it.

    :raises ObservationFailed: when it is none.
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise ObservationFailed(
            f"{where} is not valid YAML.",
            reason=Reason.API_ERROR,
            next_action=f"Restore it, or set {names.TALOS_FOLDER_OPTION} to the correct directory.",
        ) from None


def dumped(content: t.Any) -> str:
    """The YAML of what a program is to read; what Ansible hands over are its own kinds of text, which YAML does not know."""
    return str(yaml.safe_dump(json.loads(json.dumps(content)), sort_keys=False))

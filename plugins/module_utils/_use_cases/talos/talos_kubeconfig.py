# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_talos_kubeconfig: the kubeconfig in a file of its own, kept while it opens the cluster."""

from __future__ import annotations

import base64
import binascii
import typing as t
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..._adapters import certificates, paths, private_file
from ..._adapters.clock import wait_until
from ..._adapters.talos import talos_door
from ..._adapters.talos.talosctl import PASSING, TalosRefused
from ..._core.errors import ObservationFailed
from ..._core.results import build
from ..._core.states import TalosState
from ..._core.talos import talos
from .._context import Result, Run, UseCase
from .._options import Waiting, option
from .talos_site import Site, TalosMachine, parsed


@dataclass(frozen=True)
class Options(TalosMachine, Waiting):
    """The file that gets the kubeconfig."""

    kubeconfig: str = option(type="path", required=True)


_NEW, _KEEP = "write", "keep"


def perform(options: Options, run: Run) -> Result:
    """Keep the file while it serves; write it whole where it does not. It is never merged into another one."""
    site, file = Site(options, run), paths.given(options.kubeconfig)
    machine = site.settled(options.progress_timeout)
    state = talos.classify(machine)
    if state is not TalosState.BOOTSTRAPPED:
        if not run.check_mode:
            raise site.refused(machine)
        return _result(run, state, file, f"{file} is written once the machine at {site.node} is bootstrapped.", written=True)
    why = _lacks(file)
    if not why:
        return _result(run, state, file, f"{file} gives access to the cluster and is kept.", written=False)
    if not run.check_mode:
        file.parent.mkdir(parents=True, exist_ok=True)
        private_file.replace(file, _fetched(site))
    return _result(run, state, file, f"{file} {why}; it is written for the cluster of the machine at {site.node}.", written=True)


def _result(run: Run, state: TalosState, file: Path, message: str, *, written: bool) -> Result:
    return build(
        state=state.value,
        decision=_NEW if written else _KEEP,
        message=message,
        evidence={"file": str(file)},
        changed=written,
        diff={"before": "", "after": f"{message}\n" if written else ""} if run.diff else None,
    )


def _fetched(site: Site[Options]) -> str:
    """A new kubeconfig; each one has a client certificate of its own, so none is asked for without need."""

    def attempt() -> tuple[str, str]:
        try:
            return site.talosctl.call("kubeconfig", "-"), ""
        except TalosRefused as error:
            if error.code in PASSING:
                return "", error.message
            raise

    text, _why = wait_until(
        attempt,
        lambda answer: bool(answer[0]),
        what=f"the kubeconfig of the machine at {site.node}",
        progress_timeout=site.options.progress_timeout,
        describe=lambda answer: answer[1],
        next_action="Run the same playbook again; it continues from there.",
    )
    return text


def _lacks(file: Path) -> str:
    """Why a kubeconfig does not serve; empty where it does.

    A cluster that cannot be reached says nothing about the file, which is kept then as long as its certificate serves.
    """
    if not file.exists():
        return "does not exist"
    try:
        content = parsed(file.read_text(), str(file))
        server, authority, certificate = _opens(content)
    except (ObservationFailed, KeyError, StopIteration, TypeError, ValueError, binascii.Error):
        return "is not a kubeconfig with a certificate"
    if not certificates.serves(certificate, authority):
        return "has a certificate that expires soon or was issued by another certificate authority"
    try:
        other = not talos_door.issued_by(server, authority)
    except OSError:
        return ""
    return "belongs to another cluster" if other else ""


def _opens(content: t.Any) -> tuple[str, str, str]:
    """Of a kubeconfig's current context: the server's address, its authority and the client's certificate, both as PEM."""

    def named(kind: str, name: str) -> t.Any:
        return next(item for item in content[f"{kind}s"] if item["name"] == name)[kind]

    context = named("context", content["current-context"])
    cluster = named("cluster", context["cluster"])
    authority, certificate = cluster["certificate-authority-data"], named("user", context["user"])["client-certificate-data"]
    authority, certificate = (base64.b64decode(text, validate=True).decode() for text in (authority, certificate))
    return urlsplit(cluster["server"]).netloc, authority, certificate


USE_CASE = UseCase("alga_talos_kubeconfig", Options, perform, states=TalosState)

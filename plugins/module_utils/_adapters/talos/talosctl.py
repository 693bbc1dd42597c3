# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The talosctl program against one machine: arguments as a list, secrets on standard input, answers as JSON, errors by code."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..._core import names
from ..._core.errors import ActionFailed, ObservationFailed
from ..._core.states import Reason
from ..._core.talos.talos import UP, Door, EtcdData, Machine
from ..._core.talos.talos_said import action, said
from ..._core.talos.talos_version import at_least
from ..private_file import passing
from ..process import Command, Output, Unanswered
from . import talos_door

Json = dict[str, t.Any]
# The codes of a folder that is not there, or that could not be read.
_ABSENT = ("", "NotFound", "Unknown")
# What "list" writes above the names, in some versions, and how it names the directory itself.
_HEADER, _ITSELF = ["NODE", "NAME"], "."
_VERSION = re.compile(r"\bv\d+\.\d+\.\d+\S*")
STDIN = "/dev/stdin"
PLAIN = ("--with-docs=false", "--with-examples=false")
# What a command is told beside its own words, from which version of talosctl on: a node alone has nowhere to drain its pods to,
# and a vendor is nobody's recipient.
_SINCE = {"upgrade": ("v1.13.0", "--drain=false"), "support": ("v1.14.0", "--no-encryption")}
SUPPORTED = ("v1.12.", "v1.13.", "v1.14.")
# After so many seconds a command is ended: talosctl has no deadline of its own, and waits for ever for a machine that lost its
# power. The longer ones do their work meanwhile.
_SECONDS = {"get": 30.0, "list": 30.0, "read": 30.0, "support": 900.0, "upgrade": 1800.0, "upgrade-k8s": 3600.0}
_OTHERWISE = 60.0
ETCD_DATA = "/var/lib/etcd"
_CHANGING = ("apply-config", "bootstrap", "reboot", "reset", "upgrade", "upgrade-k8s")

ALREADY_EXISTS = "AlreadyExists"
DEADLINE_EXCEEDED = "DeadlineExceeded"
FAILED_PRECONDITION = "FailedPrecondition"
INVALID_ARGUMENT = "InvalidArgument"
UNAVAILABLE = "Unavailable"
# The machine may have done what it was asked for, and may be on its way down or up.
SILENT = (DEADLINE_EXCEEDED, UNAVAILABLE)
# Another try may find it done, or able to.
PASSING = (*SILENT, FAILED_PRECONDITION)


class TalosRefused(ActionFailed):
    """The machine did not do what it was asked for.

    :param code: gRPC's, such as ``FailedPrecondition``; empty where the program ended without one. ``DeadlineExceeded`` also
        where the program gave no answer in time.
    :param said: what was said or seen, without who was asked for what.
    """

    def __init__(self, message: str, code: str, said: str) -> None:
        super().__init__(message, next_action=action(code, said), evidence={"code": code})
        self.code = code
        self.said = said


@dataclass(frozen=True)
class Talosctl:
    """talosctl, one machine and the file that opens it.

    :param node: ``HOST`` or ``HOST:PORT``.
    :param talosconfig: file with the client certificate; it need not exist for what is asked in maintenance mode.
    :param changing: gets each command that changes the machine, before it is run.
    """

    program: str
    command: Command
    node: str
    talosconfig: Path
    changing: list[str] = field(default_factory=list)

    def observe(self, authority: str) -> Machine:
        """Look at the machine: its door first, and what it says where it can be asked.

        :param authority: certificate of the authority in our secrets, as PEM; empty where there are none.
        :raises ObservationFailed: when it answered and could not be read.
        """
        door, why = talos_door.look(self.node, authority)
        if door not in (Door.OPEN, Door.OURS):
            return Machine(door, why)
        try:
            return self._asked(door)
        except TalosRefused as error:
            if error.code in SILENT:
                return Machine(door, error.said)
            raise ObservationFailed(error.message, reason=Reason.API_ERROR, next_action=error.next_action) from None

    def _asked(self, door: Door) -> Machine:
        """The machine as it says itself.

        :raises TalosRefused: when it does not.
        """
        status = self.get("machinestatus", insecure=door is Door.OPEN).get("machine", {})
        unmet = {each["name"]: each["reason"] for each in status.get("status", {}).get("unmetConditions") or []}
        stage = status.get("stage", "")
        if door is Door.OPEN:
            return Machine(door, "", stage, unmet)
        services = {name: _health(spec) for name, spec in self.get("services").items()}
        machine = Machine(door, "", stage, unmet, services, self.version())
        if machine.etcd_runs or stage not in UP:
            return machine
        return replace(machine, etcd_data=self._etcd_data())

    def _etcd_data(self) -> EtcdData:
        """Look into etcd's data directory, as the machine itself does when it is asked to bootstrap.

        An empty directory says nothing unless its volume is mounted there, before and after the look.
        """
        if not self._etcd_mounted():
            return EtcdData.UNSEEN
        try:
            listed = {line.split()[-1] for line in self.call("list", ETCD_DATA).splitlines() if line.split() not in ([], _HEADER)}
        except TalosRefused as error:
            if error.code not in _ABSENT:
                raise
            return EtcdData.UNSEEN
        if listed - {_ITSELF}:
            return EtcdData.PRESENT
        return EtcdData.EMPTY if listed and self._etcd_mounted() else EtcdData.UNSEEN

    def _etcd_mounted(self) -> bool:
        return any(spec["target"] == ETCD_DATA for spec in self.get("mountstatus").values())

    def get(self, kind: str, name: str = "", *, insecure: bool = False) -> dict[str, t.Any]:
        """Resources of a kind by their id, each its spec, which is a mapping or, of a configuration, its text.

        :raises TalosRefused: with gRPC's code.
        """
        words = ["get", kind, *([name] if name else []), "--output", "json"]
        output = self.call(*words, insecure=insecure)
        return {item["metadata"]["id"]: item["spec"] for item in _documents(output)}

    def version(self, *, insecure: bool = False) -> str:
        """The version of Talos that the machine runs; empty where it does not know it yet."""
        return str(self.get("version", insecure=insecure).get("version", {}).get("version", ""))

    def own_version(self) -> str:
        """The version of talosctl.

        :raises ObservationFailed: when it cannot be read.
        """
        return client_version(self.command, self.program)

    def call(self, *words: str, insecure: bool = False, stdin: str = "") -> str:
        """Run a command against the machine; returns its standard output.

        :raises TalosRefused: with gRPC's code.
        """
        # Without a certificate it dials the node itself, else the endpoint, for which a node with a port is an invalid target.
        host = talos_door.address(self.node)[0]
        how = ["--insecure", "--nodes", self.node]
        if not insecure:
            how = ["--talosconfig", str(self.talosconfig), "--nodes", host, "--endpoints", self.node]
        asked = f"talosctl {words[0]} on the machine at {self.node}"
        if words[0] in _CHANGING and "--dry-run" not in words:
            self.changing.append(asked)
        try:
            output = self._run(*words, *how, stdin=stdin)
        except Unanswered:
            why = f"gave no answer within {_seconds(words[0]):g} seconds"
            raise TalosRefused(f"{asked} {why}.", DEADLINE_EXCEEDED, f"talosctl {words[0]} {why}") from None
        if output.returncode:
            # What it prints may hold a configuration, so nothing of it is shown beyond the error.
            code, why = said(output.stderr)
            raise TalosRefused(f"{asked} failed with exit code {output.returncode}: {why}.", code, why)
        return output.stdout

    def told(self, command: str) -> list[str]:
        """What this version of talosctl is told with a command, as it otherwise would do what nobody wants.

        :raises ObservationFailed: when its version cannot be read.
        """
        since, flag = _SINCE[command]
        return [flag] if at_least(self.own_version(), since) else []

    def boot_id(self) -> str:
        """What the kernel names this boot by.

        :raises TalosRefused: with gRPC's code.
        """
        return self.call("read", "/proc/sys/kernel/random/boot_id").strip()

    def new_secrets(self) -> str:
        """A new secrets bundle, as YAML; nothing is written."""
        return self._local("gen", "secrets", "--output-file", "-")

    def new_talosconfig(self, cluster: str, endpoint: str, secrets: Path) -> str:
        """A client's configuration with a new certificate, as YAML."""
        words = ("--with-secrets", str(secrets), "--output-types", "talosconfig", "--output", "-")
        return self._local("gen", "config", cluster, endpoint, *words)

    def configuration(
        self, cluster: str, endpoint: str, secrets: Path, options: t.Mapping[str, str], patches: t.Sequence[str]
    ) -> str:
        """The machine configuration of a control plane, as YAML; the same for the same input.

        :param options: further options of ``talosctl gen config``, by name.
        :param patches: patches as YAML, in their order.
        """
        words = ["--with-secrets", str(secrets), "--output-types", "controlplane", "--output", "-", *PLAIN]
        words += [word for name, value in options.items() for word in (f"--{name}", value)]
        with passing(patches) as files:
            words += [word for file in files for word in ("--config-patch", f"@{file}")]
            return self._local("gen", "config", cluster, endpoint, *words)

    def validate(self, configuration: str) -> None:
        """Let talosctl judge a configuration.

        :raises TalosRefused: when it finds something wrong.
        """
        self._local("validate", "--config", STDIN, "--mode", "metal", stdin=configuration)

    def _local(self, *words: str, stdin: str = "") -> str:
        """Run a command that asks no machine."""
        output = run(self.command, self.program, *words, stdin=stdin)
        if output.returncode:
            why = said(output.stderr)[1]
            raise TalosRefused(f"talosctl {words[0]} {words[1]} failed with exit code {output.returncode}: {why}.", "", why)
        return output.stdout

    def _run(self, *words: str, stdin: str = "") -> Output:
        return _started(self.command, self.program, *words, stdin=stdin)


def client_version(command: Command, program: str) -> str:
    """The program's version, such as v1.13.0.

    :raises ObservationFailed: when it cannot be started or says none.
    """
    output = run(command, program, "version", "--client", "--short")
    found = _VERSION.search(output.stdout)
    if output.returncode or not found:
        raise _unusable(program, f"reports no known version: {output.stdout.strip() or said(output.stderr)[1]}")
    return found.group()


def run(command: Command, program: str, *words: str, stdin: str = "") -> Output:
    """Run talosctl for what asks no machine.

    :raises ObservationFailed: when it cannot be started, or does not end.
    """
    try:
        return _started(command, program, *words, stdin=stdin)
    except Unanswered:
        raise _unusable(program, f"did not finish {words[0]} within {_seconds(words[0]):g} seconds") from None


def _started(command: Command, program: str, *words: str, stdin: str) -> Output:
    try:
        return Output(*command([program, *words], stdin, seconds=_seconds(words[0])))
    except OSError as error:
        raise _unusable(program, f"could not be started: {error.strerror}") from None


def _seconds(word: str) -> float:
    return _SECONDS.get(word, _OTHERWISE)


def _unusable(program: str, seen: str) -> ObservationFailed:
    return ObservationFailed(
        f"Could not use {program} as talosctl: it {seen}.",
        reason=Reason.API_ERROR,
        next_action=f"Install talosctl 1.12 or newer, or set {names.TALOSCTL_OPTION} to its path.",
    )


def _health(spec: Json) -> tuple[bool, bool | None]:
    return bool(spec.get("running")), None if spec.get("unknown") else bool(spec.get("healthy"))


def _documents(text: str) -> list[Json]:
    """JSON documents, one after the other."""
    decoder, rest, found = json.JSONDecoder(), text.lstrip(), []
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
    return found

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever owns the machine: the collection's playbooks, the real talosctl and kubectl, and marks wherever data can be."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.alga.appliance.tests.appliance.metal import site
from ansible_collections.alga.appliance.tests.appliance.metal.machine import Machine
from ansible_collections.alga.appliance.tests.appliance.node import programs
from ansible_collections.alga.appliance.tests.appliance.node.commands import wait_for

_PLAY = Path(__file__).with_name("machine.yml")
_COMMAND_SECONDS = 60.0
_PLAY_SECONDS = 1800.0
_POD_SECONDS = 600.0
# Where data can be: on a volume of its own, and in a directory of EPHEMERAL.
VOLUME = "/var/mnt/alga-data"
DIRECTORY = f"/var/mnt/{site.DIRECTORY}"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """All of it."""
        return f"ended with code {self.code}: {self.stdout}{self.stderr}"


class Owner:
    """Somebody with a folder for what opens a machine."""

    def __init__(self, folder: Path, machine: Machine, version: str) -> None:
        self.machine = machine
        self._folder = folder
        self.follow(version)

    def follow(self, version: str) -> None:
        """Have the inventory say which version of Talos runs, and use the client of that version."""
        self._variables = site.variables(self.machine.place, self._folder, version)
        inventory = {"appliances": {"hosts": {"metal": dict(self._variables)}}}
        # JSON is YAML.
        (self._folder / "inventory.yml").write_text(json.dumps(inventory))

    @property
    def confirmation(self) -> str:
        """What a reset wants to be typed."""
        return f"{site.CLUSTER}/{self.machine.address}"

    def bring_up(self, mode: str, **variables: str) -> str:
        """The collection's steps up to a cluster that answers, which must go well; what the play said."""
        answer = self._play(str(_PLAY), {"metal_mode": mode, **variables})
        assert answer.code == 0, answer.text
        return answer.stdout

    def try_to_bring_up(self, mode: str, **variables: str) -> Answer:
        """The same, however it ends."""
        return self._play(str(_PLAY), {"metal_mode": mode, **variables})

    def play(self, name: str, **variables: Any) -> str:
        """One of the collection's playbooks, which must go well; what it said."""
        answer = self._play(f"alga.appliance.{name}", variables)
        assert answer.code == 0, answer.text
        return answer.stdout

    def play_again(self, name: str, **variables: Any) -> str:
        """One of the collection's playbooks; where it did not finish and says that it continues, once more."""
        first = self._play(f"alga.appliance.{name}", variables)
        if first.code == 0:
            return first.stdout
        assert "it continues from there" in first.text, first.text
        return self.play(name, **variables)

    def insecure(self, *words: str) -> Answer:
        """A command of talosctl as before a machine has its configuration."""
        return self._run([self._variables["alga_talosctl"], *words, "--insecure", "--nodes", self.machine.address])

    def talosctl(self, *words: str, seconds: float = _COMMAND_SECONDS) -> Answer:
        """A command of talosctl with a client certificate."""
        config = Path(self._variables["alga_talos_folder"]) / "talosconfig"
        options = ["--talosconfig", str(config), "--nodes", self.machine.address, "--endpoints", self.machine.address]
        return self._run([self._variables["alga_talosctl"], *words, *options], seconds=seconds)

    def kubectl(self, *words: str, stdin: str | None = None) -> Answer:
        """A command of kubectl."""
        program = str(programs.build(("kubernetes",)) / "kubectl")
        return self._run([program, "--kubeconfig", self._variables["alga_kubeconfig"], *words], stdin=stdin)

    def done(self, answer: Answer) -> str:
        """The stdout of a command that must have gone well."""
        assert answer.code == 0, answer.text
        return answer.stdout

    def stage(self) -> str:
        """The stage that the machine itself names; the error's text where it does not answer."""
        answer = self.talosctl("get", "machinestatus", "-o", "json")
        return str(json.loads(answer.stdout)["spec"]["stage"]) if answer.code == 0 else answer.stderr.strip()

    def boot_id(self) -> str:
        """Which boot this is."""
        return self.done(self.talosctl("read", "/proc/sys/kernel/random/boot_id")).strip()

    def version(self) -> str:
        """The version of Talos that runs."""
        answer = self.done(self.talosctl("get", "version", "-o", "json"))
        return str(json.loads(answer)["spec"]["version"])

    def wait_for_another_boot(self, before: str, seconds: float) -> None:
        """Wait until the machine answers after another boot."""

        def seen() -> str | None:
            answer = self.talosctl("read", "/proc/sys/kernel/random/boot_id")
            if answer.code != 0:
                return answer.text
            return "the boot before" if answer.stdout.strip() == before else None

        wait_for("the machine to answer after another boot", seen, seconds=seconds, interval=0.5)

    def wait_for_maintenance(self, seconds: float) -> None:
        """Wait until the machine answers whoever asks, without a certificate."""

        def seen() -> str | None:
            answer = self.insecure("get", "disks")
            return None if answer.code == 0 else answer.stderr.strip()

        wait_for("the machine to be in maintenance mode", seen, seconds=seconds, interval=0.5)

    def wait_for_node(self, seconds: float) -> None:
        """Wait until Kubernetes calls its node ready."""

        def seen() -> str | None:
            answer = self.kubectl("get", "nodes", "-o", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}")
            return None if answer.stdout == "True" else answer.text

        wait_for("the node to be ready", seen, seconds=seconds, interval=0.5)

    def wait_for_etcd_to_say(self, words: str, seconds: float) -> None:
        """Wait until these words are at the end of etcd's log."""

        def seen() -> str | None:
            answer = self.talosctl("logs", "etcd", "--tail", "20")
            return None if words in answer.stdout else answer.text

        wait_for(f"etcd to say {words}", seen, seconds=seconds, interval=0.5)

    def mark(self, text: str) -> None:
        """Leave a mark in etcd, on the data volume and in the directory; the last two as a pod does."""
        config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mark"}, "data": {"mark": text}}
        self.done(self.kubectl("apply", "-n", "kube-system", "-f", "-", stdin=json.dumps(config_map)))
        self.done(self.kubectl("delete", "pod", "-n", "kube-system", "mark", "--ignore-not-found", "--wait"))
        self.done(self.kubectl("apply", "-n", "kube-system", "-f", "-", stdin=json.dumps(_pod(text))))
        phase = ("get", "pod", "-n", "kube-system", "mark", "-o", "jsonpath={.status.phase}")

        def seen() -> str | None:
            answer = self.kubectl(*phase)
            return None if answer.stdout == "Succeeded" else answer.text

        wait_for("the pod to have left its marks", seen, seconds=_POD_SECONDS, interval=0.5)
        assert self.marks() == dict.fromkeys(("etcd", "volume", "directory"), text)

    def files(self) -> dict[str, str]:
        """The marks that are on the volume and in the directory."""
        found = {}
        for name, folder in (("volume", VOLUME), ("directory", DIRECTORY)):
            answer = self.talosctl("read", f"{folder}/mark")
            if answer.code == 0:
                found[name] = answer.stdout.strip()
            else:
                assert "no such file or directory" in answer.stderr, answer.text
        return found

    def marks(self) -> dict[str, str]:
        """The marks that are there, by where they are."""
        answer = self.kubectl("get", "configmap", "-n", "kube-system", "mark", "-o", "jsonpath={.data.mark}")
        assert answer.code == 0 or "NotFound" in answer.stderr, answer.text
        return {**({"etcd": answer.stdout} if answer.code == 0 else {}), **self.files()}

    def _play(self, playbook: str, variables: Mapping[str, Any]) -> Answer:
        argv = ["ansible-playbook", "-i", str(self._folder / "inventory.yml"), playbook, "-e", json.dumps(variables)]
        return self._run(argv, seconds=_PLAY_SECONDS)

    def _run(self, argv: list[str], *, stdin: str | None = None, seconds: float = _COMMAND_SECONDS) -> Answer:
        try:
            ended = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as error:
            # A machine whose power was cut answers nobody, not even with a refusal.
            return Answer(-1, "", f"{' '.join(argv)} did not end within {error.timeout:.0f} s")
        return Answer(ended.returncode, ended.stdout, ended.stderr)


def _pod(text: str) -> Mapping[str, Any]:
    places = {"volume": VOLUME, "directory": DIRECTORY}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "mark"},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": "mark",
                    "image": "docker.io/library/busybox:1.36",
                    "command": ["sh", "-c", f"for place in {' '.join(places)}; do echo {text} >/$place/mark; done; sync"],
                    "volumeMounts": [{"name": name, "mountPath": f"/{name}"} for name in places],
                }
            ],
            "volumes": [{"name": name, "hostPath": {"path": path, "type": "Directory"}} for name, path in places.items()],
        },
    }

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The appliance under test: playbooks run as a user runs them, and looks at the cluster from outside the collection."""

from __future__ import annotations

import base64
import contextlib
import importlib
import json
import os
import re
import subprocess
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.alga.appliance.plugins.module_utils._adapters import process
from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ApplianceError
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import Run, UseCase
from ansible_collections.alga.appliance.tests.appliance.node import processes
from ansible_collections.alga.appliance.tests.scenarios import outside

MODULES = "ansible_collections.alga.appliance.plugins.modules"
ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "tests/appliance/chart/sebastian"
NAMESPACE = "msp"
CLAIM = "alga-core-sebastian-postgres-data"
# What the dev seeds make: tenants, users, roles, permissions, role_permissions.
ROWS = "1|7|9|40|140"
RECAP = re.compile(r"ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


@dataclass(frozen=True)
class Outcome:
    """How a playbook ended."""

    code: int
    output: str
    changed: int
    failed: int

    @property
    def message(self) -> str:
        """The sentence of the task that failed."""
        _before, _failed, result = self.output.partition("FAILED! => ")
        found = re.search(r'"msg": "((?:[^"\\]|\\.)*)"', result)
        return json.loads(f'"{found[1]}"') if found else ""


@dataclass
class Appliance:
    """One appliance on the node that the environment names."""

    folder: Path
    variables: dict[str, t.Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kubeconfig = os.environ["KUBECONFIG"]
        self.variables = {
            "alga_kubeconfig": self.kubeconfig,
            "alga_chart": str(CHART),
            "alga_helm": os.environ["HELM3"],
            "alga_environment": "demonstration",
            "alga_seed_set": "dev",
            "alga_db_storage_size": "1Gi",
            "alga_redis_storage_size": "1Gi",
            "alga_files_storage_size": "1Gi",
            "alga_progress_timeout": 90,
            **self.variables,
        }

    def command(self, name: str, *options: str, **variables: t.Any) -> list[str]:
        """The command line of a playbook; a variable that is None is left out."""
        host = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        given = {key: value for key, value in {**self.variables, **variables}.items() if value is not None}
        inventory = {"appliances": {"hosts": {"appliance": {**host, **given}}}}
        file = self.folder / "inventory.json"
        file.write_text(json.dumps(inventory))
        return ["ansible-playbook", "-i", str(file), f"alga.appliance.{name}", *options]

    def playbook(self, name: str, *options: str, **variables: t.Any) -> Outcome:
        """Run a playbook to its end."""
        ended = subprocess.run(
            self.command(name, *options, **variables), capture_output=True, text=True, check=False, timeout=400
        )
        output = ended.stdout + ended.stderr
        recap = RECAP.search(output)
        assert recap, output
        return Outcome(ended.returncode, output, int(recap[2]), int(recap[4]))

    def start(self, name: str, **variables: t.Any) -> subprocess.Popen[bytes]:
        """Start a playbook without waiting for its end."""
        command = self.command(name, **variables)
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def module(self, name: str, **options: t.Any) -> dict[str, t.Any]:
        """The result of one module, worked out in this process as in the controller's; an option that is None is left out.

        No Ansible is started, which takes more of the processor than most modules do; the playbooks show that they run under one.
        """
        given = {key: value for key, value in {"kubeconfig": self.kubeconfig, **options}.items() if value is not None}
        use_case: UseCase[t.Any] = importlib.import_module(f"{MODULES}.{name}").USE_CASE
        validated = ArgumentSpecValidator(
            use_case.spec,
            **use_case.rules,
        ).validate(given)
        if validated.error_messages:
            return {"failed": True, "msg": " ".join(validated.error_messages)}
        try:
            answer = use_case.answer(validated.validated_parameters, Run(check_mode=False, diff=False, command=process.run))
        except ApplianceError as error:
            answer = {**use_case.failure(error), "failed": True}
        result: dict[str, t.Any] = json.loads(json.dumps({"failed": False, **answer}))
        return result

    def kubectl_command(self, *arguments: str) -> list[str]:
        """The command line of kubectl."""
        return [os.environ["KUBECTL"], "--kubeconfig", self.kubeconfig, "--namespace", NAMESPACE, *arguments]

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Ask or change the cluster from outside the collection."""
        ended = subprocess.run(
            self.kubectl_command(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            timeout=180,
        )
        return ended.stdout

    def helm(self, *arguments: str) -> str:
        """Use helm as an operator would."""
        command = [os.environ["HELM3"], "--kubeconfig", self.kubeconfig, "--namespace", NAMESPACE, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=180).stdout

    def secret(self, name: str = "db-credentials") -> dict[str, str]:
        """The data of a Secret, decoded."""
        data = json.loads(self.kubectl("get", "secret", name, "-o", "json"))["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def sql(self, statement: str, database: str = "server") -> str:
        """Ask PostgreSQL, where a session from its own pod arrives: the image asks for no password there, whatever it is now."""
        forward = self.kubectl_command("port-forward", "--address=127.0.0.1", "pod/db-0", ":5432")
        return outside.ask(forward, statement, database)

    def databases(self) -> list[str]:
        """The names of the databases."""
        return self.sql("SELECT datname FROM pg_database", "postgres").splitlines()

    def objects(self) -> dict[str, str]:
        """Every object that the collection could touch, by name, with what changes whenever somebody changes it."""
        kinds = "secrets,configmaps,persistentvolumeclaims,jobs,deployments,statefulsets,services"
        listed = json.loads(self.kubectl("get", kinds, "-o", "json"))["items"]
        return {f"{item['kind']}/{item['metadata']['name']}": self._version(item) for item in listed}

    @staticmethod
    def _version(item: dict[str, t.Any]) -> str:
        """An object's resourceVersion; a claim's text instead, because Kubernetes notes in its status whether a pod uses it."""
        metadata = item["metadata"]
        if item["kind"] != "PersistentVolumeClaim":
            return str(metadata["resourceVersion"])
        kept = {key: metadata.get(key) for key in ("uid", "annotations", "labels", "deletionTimestamp")}
        return json.dumps([kept, item["spec"]], sort_keys=True)

    def roles(self) -> str:
        """Every role with the transaction that last wrote it and its verifier: any ALTER ROLE changes this."""
        return self.sql("SELECT rolname, xmin, rolpassword FROM pg_authid WHERE rolcanlogin ORDER BY 1", "postgres")

    def rows(self) -> str:
        """The rows that seeds make."""
        return self.sql(
            "SELECT (SELECT count(*) FROM tenants), (SELECT count(*) FROM users), (SELECT count(*) FROM roles),"
            " (SELECT count(*) FROM permissions), (SELECT count(*) FROM role_permissions)"
        )

    def identifier(self) -> str:
        """The identity of PostgreSQL's data."""
        return self.sql("SELECT system_identifier FROM pg_control_system()", "postgres")

    def release(self) -> str:
        """The names of the objects that the release owns, a line each."""
        return "\n".join(re.findall(r"^kind: .*|^  name: .*", self.helm("get", "manifest", "alga-core"), re.MULTILINE))

    def wipe(self) -> None:
        """Leave nothing of the appliance: namespace, volumes and directories."""
        self.kubectl("delete", "deployments,replicasets,statefulsets,jobs", "--all")
        self.kubectl("delete", "pods", "--all", "--grace-period=1")
        self.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=true")
        volumes = json.loads(self.kubectl("get", "persistentvolumes", "-o", "json"))["items"]
        mine = [item for item in volumes if item["spec"].get("claimRef", {}).get("namespace") == NAMESPACE]
        for volume in mine:
            self.kubectl("delete", "persistentvolume", volume["metadata"]["name"], "--wait=true")
        for directory in self.directories():
            subprocess.run(["rm", "-rf", str(directory)], check=True)

    @staticmethod
    def directories() -> list[Path]:
        """The appliance's directories on the node's storage path."""
        return sorted(Path(os.environ["ALGA_NODE_STORAGE"]).glob(f"*_{NAMESPACE}_*"))


def killed(command: list[str], seconds: float) -> int:
    """Run a command and kill it, with whatever it started, after so many seconds; returns its code."""
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return run.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        # Workers live in sessions of their own.
        processes.kill_family(run.pid)
        return run.wait()


@contextlib.contextmanager
def empty_place(folder: Path, variables: dict[str, t.Any] | None = None) -> t.Iterator[Appliance]:
    """An empty place for an appliance, emptied again afterwards."""
    made = Appliance(folder, variables or {})
    made.wipe()
    try:
        yield made
    finally:
        made.wipe()

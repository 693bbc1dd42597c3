# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helm program, versions 3 and 4: arguments as a list, values on standard input, answers as JSON."""

from __future__ import annotations

import datetime
import json
import typing as t
from dataclasses import dataclass

from ..._core.errors import ActionFailed, ObservationFailed
from ..._core.quote import quote, secrets_in, without_credentials
from ..._core.release.ownership import is_hook
from ..._core.release.release import as_kept, identity
from ..._core.states import Reason
from ..process import Command, Output

IMPORT_ERROR: ImportError | None
try:
    import yaml

    # libyaml's, where PyYAML was built with it, needs a tenth of the time of Python's own.
    LOADER: t.Any = type("LOADER", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    # YAML as helm reads it (sigs.k8s.io/yaml), which makes JSON of it: that has no dates, bytes and sets.
    for tag in ("timestamp", "value"):
        LOADER.add_constructor(f"tag:yaml.org,2002:{tag}", LOADER.construct_scalar)
    # Nor does it count in sixties.
    LOADER.add_constructor(
        "tag:yaml.org,2002:int", lambda loader, node: node.value if ":" in node.value else loader.construct_yaml_int(node)
    )
    LOADER.add_constructor(
        "tag:yaml.org,2002:float", lambda loader, node: node.value if ":" in node.value else loader.construct_yaml_float(node)
    )
    for tag in ("binary", "set", "omap", "pairs"):
        LOADER.add_constructor(f"tag:yaml.org,2002:{tag}", LOADER.construct_undefined)
    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error

# What helm says before it begins, such as that others may read the kubeconfig; no failure is among it.
_WARNING = "WARNING: "
# Helm 3 and 4.
SUPPORTED = ("v3.", "v4.")
# Helm: the events of hooks that belong to an install or an upgrade.
_AT_UPGRADE = frozenset(("pre-install", "post-install", "pre-upgrade", "post-upgrade"))


def read_yaml(text: str) -> t.Any:
    """One document, see :data:`LOADER`.

    :raises yaml.YAMLError: when it is none.
    """
    return LOADER(text).get_single_data()


def objects(manifest: str, namespace: str) -> list[dict[str, t.Any]]:
    """Parse a rendered manifest into objects, in an order that does not depend on rendering.

    :param namespace: the release's.
    :raises ActionFailed: when it has something else in it; the message repeats nothing of it.
    """
    try:
        documents = [document for document in yaml.load_all(manifest, Loader=LOADER) if document]
        return sorted((item for document in documents for item in as_kept(document, namespace)), key=identity)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = "valid YAML" if isinstance(error, yaml.YAMLError) else "Kubernetes objects"
        where = f" at line {mark.line + 1}" if mark is not None else ""
        # Not chained: a parser's words repeat what stands there.
        raise ActionFailed(
            f"Helm rendered manifests that are not {what}{where}. Nothing was changed.",
            next_action="Correct the chart or its values, then run the same playbook again.",
        ) from None


def _as_json(value: t.Any) -> str:
    """A date, as an inventory may have one, as it was written."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"a value of type {type(value).__name__} has no form in JSON")


@dataclass(frozen=True)
class Rendering:
    """What helm makes of a chart: the release's objects, and those of hooks, which stand in no manifest of the release (R29).

    :param text: all of it as helm wrote it, with the chart's file before each document.
    """

    objects: list[dict[str, t.Any]]
    hooks: list[dict[str, t.Any]]
    text: str = ""


class Helm:
    """Helm against one cluster and namespace.

    :param program: name or path of helm.
    :param kubeconfig: None for what needs no cluster.
    :param command: runs a command, given as a list, with a text on standard input.
    :param hidden: every form of what helm's words must not tell beside what it is given as values: what the Secrets hold that it
        reads and renders. Asked for only where helm failed.
    """

    def __init__(
        self,
        program: str,
        *,
        command: Command,
        kubeconfig: str | None,
        context: str | None,
        namespace: str,
        hidden: t.Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._program = program
        self._command = command
        self._kubeconfig = kubeconfig
        self._options = [*(["--kubeconfig", kubeconfig] if kubeconfig else []), "--namespace", namespace]
        if kubeconfig and context:
            self._options += ["--kube-context", context]
        self._namespace = namespace
        self._hidden = hidden

    def _run(self, *arguments: str, stdin: str = "") -> Output:
        try:
            return Output(*self._command([self._program, *arguments], stdin))
        except OSError as error:
            raise ObservationFailed(
                f"Could not start helm as {self._program}: {error.strerror}.",
                reason=Reason.API_ERROR,
                next_action="Install helm 3 or 4, or set alga_helm to its path.",
            ) from error

    def unsupported(self) -> str:
        """Say what is wrong with the version of helm; empty for a supported one.

        :raises ObservationFailed: when helm does not say it.
        """
        answer = self._run("version", "--template", "{{.Version}}")
        if answer.returncode:
            raise ObservationFailed(
                f"helm version failed with exit code {answer.returncode}: {self._said(answer)}.",
                reason=Reason.API_ERROR,
                next_action="Fix what helm reports, then run the same playbook again.",
            )
        version = answer.stdout.strip()
        if version.startswith(SUPPORTED):
            return ""
        return f"alga_helm names {self._program}, whose version is {version!r}; 3 or 4 is required."

    def _said(self, answer: Output, values: t.Mapping[str, t.Any] | None = None) -> str:
        """What helm said of a failure; an object that the server does not take is quoted with its values (R15, F10)."""
        try:
            hidden = secrets_in(values or {}) + self._hidden()
        except ObservationFailed as error:
            # Without the Secrets' values nothing of it may be shown, and what keeps them away is most often what helm met.
            return f"its output may contain secrets that could not be removed: {error.message.rstrip('.')}"
        lines = [line for line in answer.stderr.splitlines() if not line.startswith(_WARNING)]
        return quote("\n".join(dict.fromkeys(lines)), hidden)

    def upgrade(self, release: str, chart: str, values: t.Mapping[str, t.Any], *, dry_run: bool) -> Rendering:
        """Install or upgrade without waiting: whoever waits for the application before bootstrap waits for ever (F4).

        :param dry_run: let the server render and check it, and change nothing.
        :returns: what the chart was rendered to.
        :raises ActionFailed: when helm fails.
        """
        arguments = ["upgrade", "--install", release, chart, "--values", "-", "--reset-values", "--output", "json"]
        if dry_run:
            arguments.append("--dry-run=server")
        answer = self._rendered(arguments, values, "No volume and no Secret was removed.")
        try:
            return self._rendering(json.loads(answer))
        except (ValueError, KeyError, TypeError, AttributeError):
            # Not chained: what it printed may be a Secret.
            raise ActionFailed(
                f"helm upgrade of release {release} in namespace {self._namespace} succeeded, but what it printed is not the "
                f"release as JSON ({len(answer)} characters).",
                next_action=f"Check that {self._program} is helm and prints nothing else, then run the same playbook again.",
            ) from None

    def template(self, release: str, chart: str, values: t.Mapping[str, t.Any]) -> Rendering:
        """Render without looking whose the objects are that exist, with the server's answers to lookups; changes nothing (R30).

        :raises ActionFailed: when helm fails.
        """
        arguments = ["template", release, chart, "--values", "-", "--dry-run=server", "--is-upgrade"]
        text = self._rendered(arguments, values, "Nothing was changed.")
        rendered = objects(text, self._namespace)
        return Rendering([item for item in rendered if not is_hook(item)], [item for item in rendered if is_hook(item)], text)

    def manifests(
        self, release: str, chart: str, values: t.Mapping[str, t.Any], *, repository: str = "", version: str = ""
    ) -> str:
        """Render any chart to all its manifests, those of hooks too; with a cluster as an upgrade there. Changes nothing.

        :param repository: URL of the chart's repository; empty for a directory or an OCI reference.
        :raises ActionFailed: when helm fails.
        """
        arguments = ["template", release, chart, "--values", "-", "--skip-tests"]
        arguments += ["--dry-run=server", "--is-upgrade"] if self._kubeconfig else []
        arguments += ["--repo", repository] if repository else []
        arguments += ["--version", version] if version else []
        return self._rendered(arguments, values, "Nothing was changed.")

    def _rendered(self, arguments: t.Sequence[str], values: t.Mapping[str, t.Any], kept: str) -> str:
        """What helm answers to a command that renders the chart.

        :param arguments: the command up to the chart, then ``--values`` and further options.
        :param kept: what a failure has not touched, in a sentence.
        """
        answer = self._run(*arguments, *self._options, stdin=json.dumps(values, default=_as_json))
        if answer.returncode:
            *command, chart = arguments[: arguments.index("--values")]
            raise ActionFailed(
                f"helm {' '.join(command)} with chart {without_credentials(chart)} in namespace {self._namespace} failed "
                f"with exit code {answer.returncode}: {self._said(answer, values)}. {kept} Fix the cause and run the playbook "
                "again."
            )
        return answer.stdout

    def _rendering(self, rendered: t.Mapping[str, t.Any]) -> Rendering:
        # Helm leaves out what is empty, such as the manifest of a chart that renders hooks only.
        manifest = rendered.get("manifest") or ""
        due = [hook for hook in rendered.get("hooks") or [] if _AT_UPGRADE.intersection(hook.get("events") or [])]
        hooks = "\n---\n".join(hook["manifest"] for hook in due)
        text = manifest + "".join(f"\n---\n# Source: {hook.get('path', '')}\n{hook['manifest']}" for hook in due)
        return Rendering(objects(manifest, self._namespace), objects(hooks, self._namespace), text)

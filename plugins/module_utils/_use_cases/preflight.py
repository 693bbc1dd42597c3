# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_preflight: everything the operator said, checked at once and before anything is touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import typing as t
from dataclasses import dataclass

from .._adapters import paths
from .._adapters.cluster import permissions as reviews
from .._adapters.cluster.kubernetes import KubernetesApi, path
from .._adapters.release.chart import read_chart, read_values
from .._adapters.release.helm import Helm
from .._adapters.talos.talosctl import SUPPORTED, client_version
from .._core import names, permissions
from .._core.appliance.settings import FROM_THE_MACHINE, WITH_CLAIMS, WITH_HELM, effective, needing
from .._core.database.database import in_words
from .._core.errors import ActionFailed, ObservationFailed, problems
from .._core.escrow import escrow
from .._core.release.release import merge, replicas
from .._core.release.release import values as chart_values
from .._core.release.rendered_images import images
from .._core.results import build
from .._core.states import Mode
from ._context import Result, Run, UseCase, require_libraries
from ._options import option

# Whether the machine that alga_talos_node names still has to be brought up; before that there may be no kubeconfig.
AHEAD, BEHIND = "ahead", "behind"
# What Ansible calls a run that no --tags limits.
EVERY_TASK = "all"
# What --skip-tags leaves out every task with that has no tag; the check itself has one.
_SKIPS_THE_STEPS = frozenset({EVERY_TASK, "untagged"})
_COLLECTION = "alga.appliance."
_CLASSES, _STORAGE = "storageclasses", "/apis/storage.k8s.io/v1"


@dataclass(frozen=True)
class Options:
    """The operator's variables, and what they are checked for."""

    mode: str = option(type="str", default="")
    roles: list[str] = option(type="list", elements="str", default=[])
    settings: dict[str, t.Any] = option(type="dict", required=True)
    machine: str = option(type="str", choices=[AHEAD, BEHIND], default=AHEAD)
    run_tags: list[str] = option(type="list", elements="str", default=[EVERY_TASK])
    skip_tags: list[str] = option(type="list", elements="str", default=[])


def perform(options: Options, run: Run) -> Result:
    """Check the variables, the files they name, helm and the cluster; report every finding together."""
    mode, roles = options.mode, [name.removeprefix(_COLLECTION) for name in options.roles if name.startswith(_COLLECTION)]
    who = needing(mode, roles)
    settings, unread = _with_values_files(options.settings)
    values, errors = effective(mode, settings, roles)
    errors += [*unread, *_limited(mode, options.run_tags, options.skip_tags)]
    machine = bool(values[names.TALOS_NODE_OPTION]) and bool(who & FROM_THE_MACHINE) and options.machine == AHEAD
    # A recover that finds nothing to do is to cost little. A first run, and a plan, take their time for more.
    ahead = mode == Mode.FRESH.value or run.check_mode
    errors += _files(values)
    errors += [] if machine else _kubeconfig(values)
    if not errors:
        require_libraries()
        lacking = [] if machine else list(_permissions(who, values))
        errors += lacking
        errors += _helm(values, run, asked=ahead) if who & WITH_HELM else []
        # What he may not read is among what he lacks.
        errors += _cluster(values) if who & WITH_CLAIMS and not (machine or lacking) else []
        errors += _talosctl(values, run) if machine else []
    if errors:
        raise problems(errors)
    # Rendering takes seconds, and a recover has pulled its images (R41).
    named = who & WITH_HELM and ahead
    pulled, said = _images(values, mode or Mode.RECOVER.value, run) if named and not machine else ([], "")
    if said:
        run.tell(said.strip())
    result = build(
        state="valid",
        decision="proceed",
        message=f"The variables, the chart, helm and the cluster were checked for {_told(mode, who)}.{said}",
        evidence={"mode": mode, "images": pulled},
    )
    # Somebody's alga_values may hold a secret: what a role reads from here, no callback shows.
    return {**result, "settings": values, "_ansible_no_log": True}


def _limited(mode: str, tags: t.Collection[str], skipped: t.Collection[str]) -> t.Iterator[str]:
    """A play with a mode runs whole: its tasks have no tags, and the rest of it would be passed over without a word."""
    if mode and EVERY_TASK not in tags:
        yield f"--tags limits this run to {', '.join(sorted(tags))}, but its steps depend on each other. Run it without --tags."
    if mode and _SKIPS_THE_STEPS.intersection(skipped):
        yield f"--skip-tags {','.join(sorted(skipped))} leaves out the steps of this run. Run it without --skip-tags."


def _told(mode: str, who: t.Collection[str]) -> str:
    return f"mode {mode}" if mode else f"the roles {', '.join(sorted(who))}"


def _with_values_files(given: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
    """The operator's variables, with the values of alga_values_files under alga_values, so that there is one mapping (R41)."""
    files, own = given.get("alga_values_files") or [], given.get("alga_values") or {}
    named = [name.strip() for name in files.split(",")] if isinstance(files, str) else files
    if not named or not isinstance(own, dict) or not (isinstance(named, list) and all(isinstance(name, str) for name in named)):
        return dict(given), []
    require_libraries()
    values, errors = read_values(named)
    return {**given, "alga_values": merge(values, own)}, errors


def _images(values: t.Mapping[str, t.Any], mode: str, run: Run) -> tuple[list[str], str]:
    """The images that the chart makes the nodes pull, and a sentence about them (R41).

    A chart that cannot be rendered yet is no fault here: its own guard may wait for what this run makes.
    """
    given, namespace = values["alga_values"], values["alga_namespace"]
    wanted = chart_values(
        given,
        namespace=namespace,
        claims=names.claims(values["alga_fullname"]),
        replicas=replicas(given),
        mode=mode,
    )
    try:
        rendering = _program(values, run).template(values["alga_release"], str(paths.given(values["alga_chart"])), wanted)
    except ActionFailed as error:
        return [], f" The images that the chart pulls are not known yet: {error.message}"
    found = images([*rendering.objects, *rendering.hooks])
    return found, (
        f" The nodes pull these images for the chart: {', '.join(found)}. To use other images, set alga_values or "
        "alga_values_files."
    )


def _program(values: t.Mapping[str, t.Any], run: Run) -> Helm:
    return Helm(
        values["alga_helm"],
        command=run.command,
        kubeconfig=str(paths.given(values[names.KUBECONFIG_OPTION])),
        context=values["alga_context"],
        namespace=values["alga_namespace"],
    )


def _kubeconfig(values: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    kubeconfig = values[names.KUBECONFIG_OPTION]
    if isinstance(kubeconfig, str):
        if not paths.is_file(kubeconfig):
            yield f"{names.KUBECONFIG_OPTION} names {kubeconfig}, which is not a file."
        elif not os.access(paths.given(kubeconfig), os.R_OK):
            yield f"{names.KUBECONFIG_OPTION} names {kubeconfig}, which cannot be read."


def _files(values: t.Mapping[str, t.Any]) -> list[str]:
    errors = list(_escrow(values[names.ESCROW_OPTION]))
    if isinstance(values["alga_chart"], str):
        errors += read_chart(values["alga_chart"])
    return errors


def _escrow(option: t.Any) -> t.Iterator[str]:
    """Check what the encrypted copy needs, where the option itself is in order."""
    if not isinstance(option, dict) or escrow.wrong(option):
        return
    for key in ("identity_file", "vault_password_file"):
        if key in option and not paths.is_file(option[key]):
            yield f"{names.ESCROW_OPTION}.{key} names {option[key]}, which is not a file."
    file = paths.given(option["file"]) if "file" in option else None
    if file is not None and not (paths.is_directory(file.parent) and os.access(file.parent, os.W_OK | os.X_OK)):
        yield f"{names.ESCROW_OPTION}.file names {option['file']}, whose directory does not exist or is not writable."
    elif file is not None and paths.is_directory(file):
        yield f"{names.ESCROW_OPTION}.file names {option['file']}, which is a directory."
    program = "age" if "recipients" in option else "ansible-vault"
    if option and shutil.which(program) is None:
        yield f"{names.ESCROW_OPTION} requires the program {program}, which is not on the PATH."


def _helm(values: t.Mapping[str, t.Any], run: Run, *, asked: bool) -> t.Iterator[str]:
    """Check the helm program.

    :param asked: whether it is asked for its version, which is a process of its own; who runs helm in earnest asks in any case.
    """
    if shutil.which(values["alga_helm"]) is None:
        yield (
            f"alga_helm names {values['alga_helm']}, which is not a program on this host. Install helm 3 or 4, or correct "
            "alga_helm."
        )
        return
    try:
        wrong = _program(values, run).unsupported() if asked else ""
    except ObservationFailed as error:
        yield in_words(error)
        return
    if wrong:
        yield wrong


def _cluster(values: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """Check the StorageClass as far as a claim has to be made from it: one that is bound needs none any more (R23)."""
    storage_class, namespace = values["alga_storage_class"], values["alga_namespace"]
    try:
        api = KubernetesApi(values[names.KUBECONFIG_OPTION], values["alga_context"])
        if api.get(path(_CLASSES, name=storage_class, group=_STORAGE)) is not None:
            return
        lacking = _not_bound(api, namespace, values["alga_fullname"])
        known = [found["metadata"]["name"] for found in api.items(path(_CLASSES, group=_STORAGE))] if lacking else []
    except ObservationFailed as error:
        yield in_words(error)
        return
    if lacking:
        yield (
            f"StorageClass {storage_class}, which alga_storage_class names, does not exist, but PersistentVolumeClaim "
            f"{', '.join(f'{namespace}/{claim}' for claim in lacking)} needs a volume of it. This cluster has "
            f"{', '.join(sorted(known)) or 'no StorageClass at all'}."
        )


def _permissions(who: t.Collection[str], values: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """Name everything at once that the user may not (R28)."""
    # Who needs the same Role asks once.
    asking = {permissions.ROLES[each]: each for each in sorted(who) if each in permissions.ROLES}
    if not asking:
        return
    try:
        with contextlib.closing(KubernetesApi(values[names.KUBECONFIG_OPTION], values["alga_context"])) as api:
            for each in asking.values():
                if lacking := reviews.missing(api, each, values["alga_namespace"]):
                    yield permissions.refusal(each, lacking)
    except ObservationFailed:
        return  # nothing is concluded; who needs the cluster next says what is wrong with it, and has a state for it


def _not_bound(api: KubernetesApi, namespace: str, fullname: str) -> list[str]:
    found = {name: api.get(path("persistentvolumeclaims", namespace, name)) for name in names.claims(fullname).values()}
    return [name for name, claim in found.items() if claim is None or not claim["spec"].get("volumeName")]


def _talosctl(values: t.Mapping[str, t.Any], run: Run) -> t.Iterator[str]:
    try:
        version = client_version(run.command, values[names.TALOSCTL_OPTION])
    except ObservationFailed as error:
        yield in_words(error)
        return
    if not version.startswith(SUPPORTED):
        named = f"{names.TALOSCTL_OPTION} names {values[names.TALOSCTL_OPTION]}"
        yield f"{named}, whose version is {version}; 1.12 to 1.14 are supported."


USE_CASE = UseCase("alga_preflight", Options, perform, states=("valid",), required_one_of=(("mode", "roles"),))

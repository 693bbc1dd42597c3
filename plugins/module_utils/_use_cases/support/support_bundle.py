# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_support_bundle: what describes an appliance, in a file without its secrets and without its owner's names."""

from __future__ import annotations

import datetime
import json
import time
import typing as t
from dataclasses import dataclass

from ..._adapters import private_file
from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.database.server import InCluster
from ..._adapters.support import archive
from ..._adapters.support.objects import Objects
from ..._adapters.support.postgresql_parts import Statistics
from ..._core import names
from ..._core.counting import counted
from ..._core.errors import ActionFailed, ApplianceError
from ..._core.results import build
from ..._core.support import bundle, redaction
from ..._core.support.bundle import Part
from ..._core.support.pseudonyms import Pseudonyms
from .. import appliance_info
from .._context import Result, Run, UseCase, cluster
from .support_file import SupportFile, Written


@dataclass(frozen=True)
class Options(Written, appliance_info.Reported):
    """The appliance, and the file."""


class Report(t.NamedTuple):
    """What the appliance's own report says, or why there is none."""

    state: str
    verdict: str
    part: Part


def perform(options: Options, run: Run) -> Result:
    """Collect, take out what nobody else may read, and write the archive and the list of names beside it."""
    file = SupportFile(options, names.SUPPORT_FILE_OPTION, names.SUPPORT_RECIPIENTS_OPTION)
    listed = file.path.with_name(f"{file.path.name}.names.json")
    file.check()
    if listed.exists():
        raise ApplianceError(f"{listed} exists and is not overwritten. Move it, or change {names.SUPPORT_FILE_OPTION}.")
    report = _report(options, run)
    with cluster(options) as api:
        parts, pseudonyms = _collected(api, options, report)
    moment = time.time()
    at = datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    verdict = next(part.text for part in parts if part.file == report.part.file) or report.verdict
    page = bundle.index(verdict, parts, version=names.COLLECTION_VERSION, moment=at)
    contents = {bundle.INDEX: page, **{part.file: part.text for part in parts if not part.missing}}
    if not run.check_mode:
        with private_file.folder() as folder:
            made = folder / "support.tar.gz"
            archive.write(made, contents, moment)
            file.settle(made, run)
        if not private_file.create(listed, json.dumps(pseudonyms.map, indent=1, ensure_ascii=False) + "\n"):
            raise ActionFailed(
                f"The support bundle is written to {file.path}, but {listed} was created by somebody else meanwhile."
            )
    missing = {part.file: part.missing for part in parts if part.missing}
    lacks = f" {counted(len(missing), 'part')} could not be collected; the index names them." if missing else ""
    return build(
        state=report.state,
        decision="write",
        message=f"The support bundle of appliance {options.namespace} is written to {file.path}, {file.whom}: "
        f"{counted(len(contents), 'file')}, without the values of Secrets.{lacks} What the names in it stand for is in {listed}; "
        "keep that file.",
        evidence={"file": str(file.path), "names": str(listed), "files": sorted(contents), "missing": missing},
        changed=True,
        diff={"before": "", "after": f"{file.path}: {file.whom}\n{listed}\n"} if run.diff else None,
    )


def _report(options: Options, run: Run) -> Report:
    file, about = "status.txt", "What status.yml reports"
    try:
        result = appliance_info.report(options, run)
    except ApplianceError as error:
        return Report("unknown", "The report could not be made.", Part(file, about, missing=error.message))
    shown = result["evidence"]["shown"]
    lines = [shown] if isinstance(shown, str) else shown
    text = "\n".join([*lines, "", json.dumps(result["evidence"], indent=1, sort_keys=True, default=str), ""])
    return Report(result["state"], "\n".join(lines), Part(file, about, text))


def _collected(api: KubernetesApi, options: Options, report: Report) -> tuple[list[Part], Pseudonyms]:
    """Every part as it may be shown.

    :raises ObservationFailed: when the Secrets cannot be read: without their values nothing may be shown.
    """
    objects, statistics = Objects(api, options.namespace), Statistics(InCluster(api, options.appliance))
    values = objects.values()
    parts = [report.part, *objects.parts(), *statistics.parts(), *objects.logs()]
    # Read again at the end: what was made meanwhile may be in the last logs.
    values += objects.values()
    given = (
        form
        for part in parts
        if part.file.endswith(".json")
        for item in json.loads(part.text or "[]")
        for form in redaction.literals(item)
    )
    secrets = sorted({*redaction.forms(values), *given}, key=lambda form: (-len(form), form))
    pseudonyms = Pseudonyms({"tenant": statistics.tenants(), "host": objects.hosts()})
    return bundle.cleaned(parts, secrets, pseudonyms), pseudonyms


USE_CASE = UseCase("alga_support_bundle", Options, perform)

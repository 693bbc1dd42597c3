# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_preflight: everything the operator said, checked at once and before anything is touched."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

from .._adapters.chart import read_chart
from .._adapters.helm import Helm
from .._adapters.kubernetes import KubernetesApi, path
from .._core import escrow, names
from .._core.database import in_words
from .._core.errors import ObservationFailed, Refused
from .._core.results import build
from .._core.settings import WITHOUT_HELM, effective
from ._context import Params, Result, Run, Spec, UseCase, require_libraries

SPEC: Spec = {
    "mode": {"type": "str", "required": True},
    "settings": {"type": "dict", "required": True},
}


def perform(params: Params, run: Run) -> Result:
    """Check the variables, the files they name, helm and the cluster; report every finding together."""
    values, errors = effective(params["mode"], params["settings"])
    errors += _files(values)
    if not errors:
        require_libraries()
        errors += _programs(values, params["mode"], run)
    if errors:
        numbered = " ".join(f"({number}) {error}" for number, error in enumerate(errors, 1))
        raise Refused(
            f"{len(errors)} things are wrong with what was asked for; nothing was touched. {numbered}",
            evidence={"errors": errors},
        )
    result = build(
        state="valid",
        decision="proceed",
        message=f"The variables, the chart, helm and the cluster of mode {params['mode']} were checked.",
        evidence={"mode": params["mode"]},
    )
    # Somebody's alga_values may hold a secret: what a role reads from here, no callback shows.
    return {**result, "settings": values, "_ansible_no_log": True}


def _files(values: t.Mapping[str, t.Any]) -> list[str]:
    errors = []
    kubeconfig = values["alga_kubeconfig"]
    if isinstance(kubeconfig, str):
        file = Path(kubeconfig).expanduser()
        if not file.is_file():
            errors.append(f"alga_kubeconfig names {kubeconfig}, which is not a file.")
        elif not os.access(file, os.R_OK):
            errors.append(f"alga_kubeconfig names {kubeconfig}, which cannot be read.")
    errors += _escrow(values[names.ESCROW_OPTION])
    if isinstance(values["alga_chart"], str):
        errors += read_chart(values["alga_chart"])
    return errors


def _escrow(option: t.Any) -> t.Iterator[str]:
    """Check what the encrypted copy needs, where the option itself is in order."""
    if not isinstance(option, dict) or escrow.wrong(option):
        return
    for key in ("identity_file", "vault_password_file"):
        if key in option and not Path(option[key]).expanduser().is_file():
            yield f"{names.ESCROW_OPTION}.{key} names {option[key]}, which is not a file."
    if "file" in option and not os.access(Path(option["file"]).expanduser().parent, os.W_OK):
        yield f"{names.ESCROW_OPTION}.file names {option['file']}, whose folder does not exist or cannot be written to."
    program = "age" if "recipients" in option else "ansible-vault"
    if option and shutil.which(program) is None:
        yield f"{names.ESCROW_OPTION} needs the program {program}, which is not on the PATH."


def _programs(values: t.Mapping[str, t.Any], mode: str, run: Run) -> list[str]:
    """Check helm and the cluster, where the mode uses them."""
    if mode in WITHOUT_HELM:
        return []
    errors = []
    try:
        helm = Helm(
            values["alga_helm"],
            command=run.command,
            kubeconfig=values["alga_kubeconfig"],
            context=values["alga_context"],
            namespace=values["alga_namespace"],
        )
        version = helm.version()
        if not version.startswith(("v3.", "v4.")):
            errors.append(f"alga_helm names {values['alga_helm']}, whose version is {version!r}; 3 or 4 is needed.")
    except ObservationFailed as error:
        errors.append(in_words(error))
    try:
        api = KubernetesApi(values["alga_kubeconfig"], values["alga_context"])
        storage_class = values["alga_storage_class"]
        if api.get(path("storageclasses", name=storage_class, group="/apis/storage.k8s.io/v1")) is None:
            errors.append(f"StorageClass {storage_class}, which alga_storage_class names, does not exist.")
    except ObservationFailed as error:
        errors.append(in_words(error))
    return errors


USE_CASE = UseCase("alga_preflight", SPEC, perform)

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""alga_escrow: keep an encrypted copy of the generated Secrets off the cluster."""

from __future__ import annotations

from dataclasses import dataclass

from ..._adapters.cluster.kubernetes import KubernetesApi
from ..._adapters.cluster.secrets import read_secret
from ..._adapters.database.server import InCluster, identity
from ..._adapters.escrow.escrow import Escrow
from ..._core import names
from ..._core.escrow import escrow
from ..._core.results import build
from .._context import Result, Run, UseCase, cluster
from .._options import Database
from .kept import Copied, file_of, generated, secret_object, secret_path

KEEP, WRITE = "keep", "write"
RECORD, DOCUMENT, FILE = "alga-appliance-escrow", "document", "file"


@dataclass(frozen=True)
class Options(Copied, Database):
    """The file, and the appliance whose Secrets it keeps."""


def perform(options: Options, run: Run) -> Result:
    """Keep what is new."""
    file = file_of(options, run)
    with cluster(options) as api:
        return _keep(api, options, file, run)


def _keep(api: KubernetesApi, options: Options, file: Escrow, run: Run) -> Result:
    appliance = options.appliance
    # Whose data the Secrets open is asked of the server that they open.
    document = escrow.Document(options.namespace, identity(InCluster(api, appliance)), generated(api, appliance)).text()
    record, text = read_secret(api, options.namespace, RECORD) or {}, file.text()
    same = text is not None and (record.get(DOCUMENT), record.get(FILE)) == (
        escrow.digest(document).encode(),
        escrow.digest(text).encode(),
    )
    verified = file.readable
    if not same and not run.check_mode:
        written = file.write(document)
        run.changing.append(str(file.file))
        _write_record(api, options, document, written)
    how = "and verified by decrypting them" if verified else "and not verified, because no key is available here"
    return build(
        state="kept",
        decision=KEEP if same else WRITE,
        message=f"{file.file} already contains the current generated Secrets."
        if same
        else f"{file.file} gets the generated Secrets, encrypted {how}; an earlier file is kept beside it.",
        evidence={"file": str(file.file), "verified": verified},
        changed=not same,
        diff={"before": "", "after": "" if same else f"{file.file}: an encrypted copy\n"} if run.diff else None,
    )


def _write_record(api: KubernetesApi, options: Options, document: str, text: str) -> None:
    """Record what was written; the digest of passwords is as secret as they are, so it lies in a Secret."""
    digests = {DOCUMENT: escrow.digest(document).encode(), FILE: escrow.digest(text).encode()}
    marks = {names.MANAGED_BY_LABEL: names.FIELD_MANAGER}, {names.KEEP_ANNOTATION: names.KEEP}
    body = secret_object(options.appliance, RECORD, escrow.Copy(digests, *marks))
    api.apply(secret_path(options.appliance, RECORD), body)


USE_CASE = UseCase("alga_escrow", Options, perform, states=("kept",))

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The encrypted copy as an option of a module: a mapping like the variable alga_escrow."""

from __future__ import annotations

from ..._adapters import paths
from ..._adapters.escrow.escrow import Escrow
from ..._core.errors import Refused
from ..._core.escrow import escrow
from .._context import Run
from .._options import Escrowed


def escrow_file(options: Escrowed, run: Run, suffix: str) -> Escrow | None:
    """The file that keeps a copy; None where none is wanted.

    :param suffix: what tells this copy from others of the same appliance.
    :raises Refused: when the mapping is wrong, with everything that is.
    """
    given = options.escrow
    if errors := escrow.wrong(given):
        raise Refused(f"{' '.join(errors)} Nothing was changed.", evidence={"errors": errors})
    if not given:
        return None
    file = paths.given(given["file"])
    return Escrow(
        run.command,
        file.with_name(file.name + suffix),
        given.get("recipients", ()),
        *(str(paths.given(given[key])) if key in given else "" for key in ("identity_file", "vault_password_file")),
    )

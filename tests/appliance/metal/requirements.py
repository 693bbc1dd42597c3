# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host must have for a machine with disks. All that is missing is named in one sentence, before anything is touched."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.metal.place import Place
from ansible_collections.alga.appliance.tests.appliance.node import packages, requirements
from ansible_collections.alga.appliance.tests.appliance.node.messages import NodeError

_PROGRAMS: packages.Programs = (
    *(program for program in packages.MACHINE if program[0] != "runc"),
    ("mmdebstrap", "mmdebstrap"),
    ("mkfs.ext4", "e2fsprogs"),
    ("setpriv", "util-linux"),
    ("unshare", "util-linux"),
)
_TAPS = Path("/dev/net/tun")


def check(place: Place) -> None:
    """Judge whether the machine can be made and run here, and install the Debian packages that are missing.

    Raises:
        NodeError: it cannot; names every missing requirement.
    """
    missing = requirements.findings(_PROGRAMS, building=True) + requirements.running_findings(place.folder)
    if not os.access(_TAPS, os.R_OK | os.W_OK):
        missing.append(f"{_TAPS}, by which the kernel makes network taps (module tun)")
    if missing:
        raise NodeError(f"This host cannot run a Talos machine in metal mode: it needs {'; '.join(missing)}.")
    packages.install(_PROGRAMS)

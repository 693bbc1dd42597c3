# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions that a result belongs to."""

from __future__ import annotations

import platform
from importlib.metadata import version

import yaml

from ansible_collections.alga.appliance.tests.appliance.node import versions
from ansible_collections.alga.appliance.tests.faults.journal import ROOT
from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance


def versions_of(appliance: Appliance) -> dict[str, str]:
    """Name and version of everything that takes part."""
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    return {
        "alga.appliance": str(galaxy["version"]),
        "ansible-core": version("ansible-core"),
        "Python": platform.python_version(),
        "Kubernetes": versions.KUBERNETES,
        "PostgreSQL": appliance.sql("SHOW server_version", "postgres").split()[0],
        "helm": versions.HELM3,
        "Linux": platform.release().partition("-")[0],
    }

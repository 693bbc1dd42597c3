# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The use case of every module."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import UseCase

LAYER = Path(__file__).parents[2] / "plugins/module_utils/_use_cases"
PACKAGE = "ansible_collections.alga.appliance.plugins.module_utils._use_cases"
NAMES = (".".join(path.relative_to(LAYER).with_suffix("").parts) for path in sorted(LAYER.rglob("*.py")))
FOUND = (importlib.import_module(f"{PACKAGE}.{name}") for name in NAMES)
USE_CASES: list[UseCase[t.Any]] = [module.USE_CASE for module in FOUND if hasattr(module, "USE_CASE")]

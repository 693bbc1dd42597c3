# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images that a machine runs: those of the other machines of the test appliance, with a kubelet for this kernel over them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import images
from ansible_collections.alga.appliance.tests.appliance.talos_machine.machine import own_image_folders

_FOLDER = Path(__file__).parent / "image_contexts"


def build_all() -> Mapping[str, Path]:
    """Build what is not kept yet; for each full reference the layout that carries it."""
    return {**images.build_all(_FOLDER / "shared"), **images.build_all(_FOLDER / "own")}


def build_own(version: str) -> Mapping[str, Path]:
    """The same for the images that only this version of Talos asks for."""
    return {name: layout for folder in own_image_folders(version) for name, layout in images.build_all(folder).items()}

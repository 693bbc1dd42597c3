# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names under which a registry mirror is asked for images."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.alga.appliance.tests.appliance.node.configuration import registry_path
from ansible_collections.alga.appliance.tests.appliance.node.image_files import read_all

IMAGES = Path(__file__).resolve().parents[2] / "appliance" / "images"


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("docker.io/library/redis:latest", "library/redis:latest"),
        ("docker.io/ankane/pgvector:latest", "ankane/pgvector:latest"),
        ("ghcr.io/nine-minds/alga-psa-ee:2026.11", "nine-minds/alga-psa-ee:2026.11"),
        ("registry.k8s.io/pause:3.10", "pause:3.10"),
    ],
)
def test_a_mirror_is_not_told_the_registry(reference: str, path: str) -> None:
    assert registry_path(reference) == path


def test_no_two_images_meet_in_the_mirror() -> None:
    paths = [registry_path(name) for image in read_all(IMAGES) for name in image.names]
    assert len(paths) == len(set(paths))

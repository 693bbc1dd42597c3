# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that runs the image's commands finds the seeds where newer images have them (R32)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import run_script

NODE = shutil.which("node") or ""


@pytest.mark.skipif(not NODE, reason="needs Node.js, which the application's image has")
@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["01_roles.cjs"], ""),
        (["psa/01_roles.cjs", "algadesk/01_roles.cjs", "lib/shared.js"], "/psa"),
        (["01_roles.cjs", "psa/02_more.cjs"], ""),
        (["algadesk/01_roles.cjs"], ""),
    ],
)
def test_the_seeds_of_the_product_are_found_below_the_folder_of_newer_images_r32(
    tmp_path: Path, files: list[str], found: str
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    program = tmp_path / "programs/run.cjs"
    program.parent.mkdir()
    program.write_text(run_script.SOURCE)
    environment = {"PATH": os.environ["PATH"], "SEEDS_DIR": str(tmp_path)}
    said = subprocess.run([NODE, program, "printenv", "SEEDS_DIR"], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [f"{tmp_path}{found}", "alga.appliance: done"]

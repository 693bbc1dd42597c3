# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program of the startup gate opens for exactly the migrations of the image and no held lock (F22)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters.cluster import gate_script

NODE = shutil.which("node") or ""
# What the program finds in the application's image: its driver of PostgreSQL, and its folder of migrations.
IMAGE = """
require('node:module').createRequire = () => () => ({
  Client: class {
    async connect() {
      if (process.env.REFUSED) throw Object.assign(new Error('no'), { code: process.env.REFUSED });
    }
    async query(text) {
      const rows = text.includes('is_locked') ? [{ held: Number(process.env.HELD) }] : JSON.parse(process.env.APPLIED);
      return { rows: rows.map((row) => (row.held === undefined ? { name: row } : row)) };
    }
    async end() {}
  },
});
require('node:fs').readdirSync = () => ['1.cjs', '2.cjs', 'readme.md'];
"""


@pytest.mark.skipif(not NODE, reason="needs Node.js, which the application's image has")
@pytest.mark.parametrize(
    ("applied", "more", "code", "said"),
    [
        (["1.cjs", "2.cjs"], {}, 0, "the startup gate is open"),
        (["1.cjs"], {}, 1, "1 migrations of this image are not applied; run recover.yml"),
        (["1.cjs", "2.cjs", "3.cjs"], {}, 1, "1 migrations are newer than this image; use a newer image"),
        (["1.cjs", "2.cjs"], {"HELD": "1"}, 1, "a migration holds the lock"),
        (["1.cjs", "2.cjs"], {"REFUSED": "28P01"}, 1, "could not query database 'server' on PostgreSQL at db: 28P01"),
    ],
)
def test_the_gate_opens_for_the_migrations_of_the_image_alone_f22(
    tmp_path: Path, applied: list[str], more: dict[str, str], code: int, said: str
) -> None:
    for name, text in ((gate_script.NAME, gate_script.SOURCE), ("image.cjs", IMAGE)):
        (tmp_path / name).write_text(text)
    given = {"APPLIED": json.dumps(applied), "HELD": "0", "GATE_SECONDS": "0", "DB_HOST": "db", "DB_NAME_SERVER": "server"}
    command: list[str | Path] = [NODE, "--require", tmp_path / "image.cjs", tmp_path / gate_script.NAME]
    environment = {"PATH": os.environ["PATH"], **given, **more}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done
    assert said in done.stdout + done.stderr

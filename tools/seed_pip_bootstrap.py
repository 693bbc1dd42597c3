# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lets ansible-test make its environments from the configured package index alone.

For each environment ansible-test downloads get-pip.py from the Ansible project's own file host, unless its cache
already holds that file. This writes the cache entry which the installed ansible-test will look for: a script that
installs the wanted pip with the pip that Python itself ships.
"""

from __future__ import annotations

import re
from pathlib import Path

import ansible_test

SCRIPT = '''\
"""Stands in for get-pip.py: see tools/seed_pip_bootstrap.py of alga.appliance."""

import subprocess
import sys

arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True, stdout=subprocess.DEVNULL)
sys.exit(subprocess.run([sys.executable, "-m", "pip", "install", *arguments], check=False).returncode)
'''


def wanted_pip() -> str:
    """Return the version of pip which the installed ansible-test puts into its environments.

    Raises:
        SystemExit: when ansible-test says it in a way this script does not know.
    """
    source = Path(next(iter(ansible_test.__path__))) / "_internal" / "python_requirements.py"
    found = re.search(r"default_packages = dict\(\s*pip='([0-9.]+)'", source.read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit(f"{source} does not name pip's version where it did: look at get_venv_packages there.")
    return found[1]


def main() -> None:
    """Write the cache entry."""
    target = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{wanted_pip().replace('.', '_')}.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(SCRIPT, encoding="utf-8")


if __name__ == "__main__":
    main()

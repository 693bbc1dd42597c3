# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bench: what asking an appliance costs, what a recover costs that finds nothing to do, how long a first run takes.

Repetitions take turns, so that a busy minute of this machine meets everything that is compared. Timings are no tests: a goal
that is missed is reported and is no failure; a playbook that fails is. What is on the node is wiped, before and after.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ansible_collections.alga.appliance.tests.bench import asking, first_run, no_op_recover
from ansible_collections.alga.appliance.tests.bench.controller import Controller
from ansible_collections.alga.appliance.tests.scenarios.appliance import empty_place


def main() -> None:
    """Measure one subject after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first_run.run(folder)
        with empty_place(folder) as appliance:
            outcome = appliance.playbook("fresh")
            if outcome.code:
                sys.exit(outcome.output)
            controller = Controller(folder, os.environ["KUBECONFIG"])
            no_op_recover.run(appliance, controller)
            asking.run(controller)


if __name__ == "__main__":
    main()

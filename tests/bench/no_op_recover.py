# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recover costs the controller that finds nothing to do: in empty plays, beside the CPU time of helm.

helm is run through a script that notes each call and what it cost. The one call that is needed renders the chart.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import typing as t
from collections import Counter

from ansible_collections.alga.appliance.tests.bench.controller import NOTHING, REPETITIONS, Controller, cpu_seconds, verdict
from ansible_collections.alga.appliance.tests.scenarios.appliance import Appliance

EMPTY_PLAYS = 3
CALLS = 1
# "times" of a shell: its own user and system time, then those of the children it waited for.
WRAPPER = """#!/bin/sh
"$HELM" "$@"
code=$?
{{ echo "call $1"; times; }} >>{calls}
exit $code
"""
TIME = re.compile(r"(\d+)m([\d.]+)s")


class Helm(t.NamedTuple):
    """What helm was called for, and its CPU time."""

    calls: Counter[str]
    seconds: float


def helm_of(notes: str) -> Helm:
    """Read what the script noted."""
    lines = notes.splitlines()
    calls = Counter(line.removeprefix("call ") for line in lines if line.startswith("call "))
    return Helm(calls, sum(int(minutes) * 60 + float(seconds) for minutes, seconds in TIME.findall(notes)))


def run(appliance: Appliance, controller: Controller) -> None:
    """Measure in turn with an empty play, report."""
    notes, wrapper = controller.folder / "helm-calls", controller.folder / "helm"
    wrapper.write_text(WRAPPER.format(calls=notes).replace("$HELM", os.environ["HELM3"]))
    wrapper.chmod(0o755)
    print(f"\nMeasuring a recover that changes nothing, {REPETITIONS} repetitions in turn with an empty play.", flush=True)

    def recover() -> None:
        outcome = appliance.playbook("recover", alga_helm=str(wrapper))
        if (outcome.code, outcome.changed) != (0, 0):
            sys.exit(f"{outcome.output}\nThe recover failed or changed something, so it cannot be measured.")

    nothing, whole, helm = [], [], []
    for _repetition in range(REPETITIONS):
        notes.write_text("")
        nothing.append(controller.seconds(NOTHING))
        whole.append(cpu_seconds(recover))
        helm.append(helm_of(notes.read_text()))
    empty, its, helms = statistics.median(nothing), statistics.median(whole), statistics.median(each.seconds for each in helm)
    calls = ", ".join(f"{name} {count}" for name, count in sorted(helm[0].calls.items()))
    print(f"CPU seconds: an empty play {empty:.2f}, recover {its:.2f}, of which helm {helms:.2f} in these calls: {calls}.")
    plays = (its - helms) / empty
    print(f"{verdict(plays <= EMPTY_PLAYS)}: without helm {plays:.1f} empty plays, wanted {EMPTY_PLAYS} or less.")
    count = helm[0].calls.total()
    print(f"{verdict(count <= CALLS)}: helm is called {count}x, wanted {CALLS}x or less.")

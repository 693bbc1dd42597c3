# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs the controller to ask one appliance: the modules, other collections, and one ping.

Each way is a playbook beside this file: the modules' own answers, and the drift report alone; for each the same facts gathered
with kubernetes.core and community.postgresql, in as few tasks as those allow; and ``ansible.builtin.ping``. Before anything
is timed the facts are gathered and compared, which also fills the caches of all.

All hosts of the inventory are the same appliance.

- "each further": what one more appliance adds in a play that already has one, (many hosts - one host) / (many - 1).
  Starting Ansible and importing libraries cancel out. This is what a fleet pays for an appliance.
- "alone": a play with this one appliance, minus an empty play: the above and everything that is paid once.

The goal is held against both. Facts that differ end the bench.
"""

from __future__ import annotations

import json
import statistics
import sys
import typing as t

from ansible_collections.alga.appliance.tests.bench.controller import NOTHING, REPETITIONS, Controller, verdict

MODULES, OTHERS, DRIFT, DRIFT_OTHERS, PING = "modules", "others", "drift", "drift_others", "ping"
WAYS = {
    MODULES: "alga_pg_state, alga_db_credentials, alga_seed_gate",
    OTHERS: "the same facts by kubernetes.core and community.postgresql",
    DRIFT: "the drift report: alga_db_credentials in check mode",
    DRIFT_OTHERS: "the same report by kubernetes.core and community.postgresql",
    PING: "one ansible.builtin.ping",
}
HOSTS = 4
# How many times the cost of one way the others should be at least.
GOALS = {MODULES: {OTHERS: 20, PING: 1}, DRIFT: {DRIFT_OTHERS: 40, PING: 2}}

# "server" and "database" are what was asked, and "other_connections" belongs to its moment. The others are asked for less than
# the modules tell, in their favour: what a run is at and what it left unfinished, how the database was created, whether it can
# be written to, what is missing in it and what other databases are an appliance's.
ASIDE = (
    *("server", "database", "other_connections", "filled_by_migrations", "jobs_at_work", "unfinished_run"),
    *("encoding", "locale", "read_only", "findings", "lacking_rows", "other_ledgers"),
)

Facts = dict[str, t.Any]
Answers = t.Mapping[str, t.Any]


def answers_of(controller: Controller) -> Answers:
    """What the modules and the other collections say about the appliance."""
    file = controller.folder / "answers.json"
    controller.play("compare", bench_answers=str(file))
    answers: Answers = json.loads(file.read_text())
    return answers


def modules_facts(answers: Answers, database: str) -> Facts:
    """The facts as the modules tell them.

    :param database: whose answer about the database to take, ``database`` for alga_pg_state or ``gate`` for alga_seed_gate.
    """
    seen, credentials = answers[database], answers["credentials"]
    same = {key: value for key, value in seen.items() if key not in ASIDE}
    return {
        **same,
        "missing_keys": credentials["missing_keys"],
        "found": sorted(credentials["found"]),
        "roles": {row["role"]: row["verifier_match"] for row in credentials["roles"]},
    }


def others_facts(answers: Answers) -> Facts:
    """The same facts, from what the other collections returned."""
    (server,), databases = answers["server"]
    (tables,), migrations, (lock,), (rows,), (ledger,), _demonstration = answers["application"]
    volumes = {item["metadata"]["name"] for item in answers["volumes"] if item["status"]["phase"] == "Bound"}
    claims = [item for item in answers["claims"] if item["spec"]["volumeName"] in volumes]
    keys = ("DB_PASSWORD_HOCUSPOCUS", "DB_PASSWORD_PGBOUNCER", "DB_PASSWORD_SERVER", "DB_PASSWORD_SUPERUSER")
    logins = {"postgres": server["superuser"], **answers["logins"]}
    return {
        "server_version": server["version"],
        "system_identifier": server["system_identifier"],
        "databases": sorted(item["datname"] for item in databases),
        "superuser_matches": server["superuser"],
        "tables": tables["count"],
        "migrations": len(migrations),
        "last_migration": migrations[-1]["name"],
        "migration_lock": lock["locked"],
        "rows": rows,
        "ledger": ledger,
        "missing_keys": [key for key in keys if key not in answers["keys"]],
        "found": sorted(
            f"PersistentVolumeClaim msp/{item['metadata']['name']} (volume {item['spec']['volumeName']})" for item in claims
        ),
        "roles": {role: "match" if opened else "mismatch" for role, opened in logins.items()},
    }


def compare(answers: Answers) -> None:
    """End the bench where the two ways do not tell the same facts."""
    theirs = others_facts(answers[OTHERS])
    for database in ("database", "gate"):
        ours = modules_facts(answers[MODULES], database)
        differing = [
            f"{key}: {ours.get(key)!r} by the modules, {theirs.get(key)!r} by others"
            for key in sorted(ours.keys() | theirs.keys())
            if ours.get(key) != theirs.get(key)
        ]
        if differing:
            sys.exit("The facts differ, so their costs cannot be compared:\n" + "\n".join(differing))
    print(f"Both ways tell the same {len(theirs)} facts: {', '.join(theirs)}.")


def drift_facts(evidence: Answers) -> Facts:
    """The facts as the drift report tells them."""
    rows = {row["role"]: row for row in evidence["roles"]}
    return {
        "opens": {role: row["verifier_match"] == "match" and row["role_state"] == "present" for role, row in rows.items()},
        "verifiers": {role: row["verifier"] for role, row in rows.items()},
        "stale": sorted({pod for row in rows.values() for pod in row["stale_pods"]}),
    }


def drift_facts_of_others(answers: Answers) -> Facts:
    """The same facts, from what the other collections returned."""
    kinds = {"SCRAM-SHA-256": "scram"}
    known = {row["rolname"]: kinds.get(row["verifier"]) for row in answers["roles"] if row["verifier"]}
    return {
        "opens": {"postgres": True, **answers["logins"]},
        "verifiers": {role: kind for role, kind in known.items() if role in ("postgres", *answers["logins"])},
        "stale": sorted(answers["stale"]),
    }


def compare_drift(answers: Answers) -> None:
    """End the bench where the two drift reports do not tell the same."""
    ours, theirs = drift_facts(answers[DRIFT]), drift_facts_of_others(answers[DRIFT_OTHERS])
    if ours != theirs:
        sys.exit(f"The drift reports differ, so their costs cannot be compared:\n{ours} by the module\n{theirs} by others")
    print(f"Both drift reports tell the same: {', '.join(theirs)}.")


def measure(controller: Controller) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """The cost of each further appliance, and of one alone, by way, in seconds of each repetition."""
    further: dict[str, list[float]] = {way: [] for way in WAYS}
    alone: dict[str, list[float]] = {way: [] for way in WAYS}
    for _repetition in range(REPETITIONS):
        nothing = controller.seconds(NOTHING, 1)
        for way in WAYS:
            one, many = controller.seconds(way, 1), controller.seconds(way, HOSTS)
            alone[way].append(one - nothing)
            further[way].append((many - one) / (HOSTS - 1))
    return further, alone


def report(title: str, costs: t.Mapping[str, t.Sequence[float]]) -> None:
    """Print one measurement, how many times as much other ways cost, and whether that is the goal."""
    middle = {way: statistics.median(values) for way, values in costs.items()}
    print(f"\n{title:<62}{'median':>9}{'min':>9}{'max':>9}")
    for way, values in costs.items():
        figures = "".join(f"{value:>7.3f} s" for value in (middle[way], min(values), max(values)))
        print(f"{WAYS[way]:<62}{figures}")
    for own, goals in GOALS.items():
        for way, times in goals.items():
            ratio = middle[way] / middle[own]
            print(f"{verdict(ratio >= times)}: {WAYS[way]} against {own}, wanted {times}x or more, is {ratio:.1f}x")


def run(controller: Controller) -> None:
    """Compare the facts, measure, report."""
    answers = answers_of(controller)
    compare(answers)
    compare_drift(answers)
    print(f"Measuring CPU time on the controller, {REPETITIONS} repetitions in turn, 1 and {HOSTS} hosts.", flush=True)
    further, alone = measure(controller)
    report("Each further appliance", further)
    report("One appliance alone, minus an empty play", alone)

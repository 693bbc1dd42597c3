# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each rule of the decision says to the operator: what was seen, where, and what to do next."""

from __future__ import annotations

import typing as t

from .. import names
from ..database.database import FINISH
from ..states import DatabaseState, Driver
from ..storage.rebinding import BY_HAND
from ..storage.storage import findings, lost, trouble
from .situation import CONVERGES_ON, Facts

EXPECT = names.EXPECT_OPTION
RELEASE_LOCK = names.RELEASE_LOCK_OPTION

Sentence = tuple[str, str]


def say(rule: str, facts: Facts) -> Sentence:
    """The message and the next action of a rule, by its name."""
    return SENTENCES[rule](facts)


def _found(facts: Facts) -> str:
    return "; ".join(findings(facts.storage)) if facts.storage else ""


def _namespace(facts: Facts) -> str:
    return facts.storage.namespace if facts.storage else ""


def _database(facts: Facts) -> tuple[str, str]:
    return (facts.seen.database, facts.seen.building) if facts.seen else (names.DATABASE, names.DATABASE + names.BUILDING_SUFFIX)


def _storage_unknown(facts: Facts) -> Sentence:
    return (
        f"The appliance's volumes could not be read, so the state of its data is unknown. {facts.unread}",
        facts.mend,
    )


def _leaving(facts: Facts) -> Sentence:
    claims = [claim for claim in (facts.storage.claims if facts.storage else ()) if claim.terminating]
    leaving = ", ".join(f"{_namespace(facts)}/{claim.name}" for claim in claims)
    held = ", ".join(dict.fromkeys(holder for claim in claims for holder in claim.held))
    who = (
        f"what holds them ({held}); if a StatefulSet or Deployment owns a pod, delete the owner first"
        if held
        else "what still uses them"
    )
    return (
        f"These PersistentVolumeClaims are being deleted (Terminating): {leaving}{f', held by {held}' if held else ''}. Anything "
        "installed on them would lose its volume a moment later.",
        f"Delete {who}. Wait until the claims are deleted, then run the playbook again.",
    )


def _trouble(facts: Facts) -> Sentence:
    found = trouble(facts.storage) if facts.storage else None
    return (found.message, found.next_action) if found else ("", "")


def _killed(facts: Facts) -> str:
    how = "its initdb was interrupted before there could be any data"
    if facts.storage and facts.storage.host_rules == 0:
        how = "PostgreSQL was stopped after initdb but before its setup (pg_hba.conf allows no other host), so there is no data"
    return f"First run {facts.run} started here, and {how}: {_found(facts)}."


def _initdb_killed(facts: Facts) -> Sentence:
    return (
        f"{_killed(facts)} What it left behind is moved aside on the volume, and PostgreSQL starts with a new data directory.",
        "",
    )


def _initdb_killed_here(facts: Facts) -> Sentence:
    return _killed(facts), "Run fresh.yml again; it continues its own first run."


def _lost(facts: Facts) -> Sentence:
    unbound = lost(facts.storage) if facts.storage else {}
    wipe = "Only if this data is no longer needed, wipe what is named here and run fresh.yml."
    if facts.storage and (found := trouble(facts.storage)):
        return found.message, f"{found.next_action} {wipe}"
    if not unbound:
        return (
            f"The database's claim has no volume in namespace {_namespace(facts)}, but data of the appliance exists: "
            f"{_found(facts)}. A new claim would get a new, empty volume.",
            "If this data carries another full name, correct alga_fullname. Otherwise run rebind_volumes.yml, which recreates "
            "the claims on the directories that carry their names. A directory without such a name may belong to another "
            "appliance: inspect it; if it does, move it out of the storage path. "
            f"{wipe}",
        )
    pairs = "; ".join(f"{claim} to {volumes[0]}" for claim, volumes in unbound.items() if len(volumes) == 1)
    # Which of several volumes holds the customer's data is for a person to find out.
    several = "; ".join(
        f"{claim} to one of {', '.join(found)}, after inspecting each" for claim, found in unbound.items() if len(found) > 1
    )
    way = (
        f"For the data that may be on several volumes ({several}), {BY_HAND}. Then run rebind_volumes.yml for the others."
        if several
        else f"Run rebind_volumes.yml, which recreates each claim on its old volume ({pairs})."
    )
    return (
        f"PersistentVolumeClaims {', '.join(unbound)} do not exist in namespace {_namespace(facts)}, but their data does: "
        f"{_found(facts)}. New claims would get new, empty volumes.",
        f"{way} {wipe}",
    )


def _fresh_over_data(facts: Facts) -> Sentence:
    if facts.seen and facts.seen.elsewhere:
        return f"fresh.yml expects no data. {facts.answer.message}", facts.answer.next_action
    return (
        f"fresh.yml expects no data but found data of this appliance: {_found(facts)}.",
        "There are two options: run recover.yml, which preserves this data and recovers the appliance; or, only if this data "
        "is no longer needed, wipe what is named here and run fresh.yml again.",
    )


def _credentials_unknown(facts: Facts) -> Sentence:
    return (
        f"Secret {facts.secret.name} could not be read, so nothing was generated. {facts.unread}",
        facts.mend,
    )


def _credentials_partial(facts: Facts) -> Sentence:
    name = facts.secret.name
    return (
        f"Secret {name} exists but has no value for {', '.join(facts.secret.missing)}. A single key is never added "
        "automatically, because a role of that name may already have a password.",
        f"Restore the missing keys of Secret {name} from your backup, then run the same playbook again. If their roles do not "
        "exist yet, complete_credentials.yml generates them; if the backup is lost, use rescue_credentials.yml.",
    )


def _credentials_lost(facts: Facts) -> Sentence:
    name, inside = facts.secret.name, facts.storage.contents if facts.storage else None
    empty = " The database's volume was inspected and contains no data directory." if inside and not inside.holds_data else ""
    return (
        f"Secret {name} does not exist, but data of this appliance does: {_found(facts)}.{empty} New passwords would make "
        "that data inaccessible, so none were generated.",
        f"Restore Secret {name} from your backup, then run recover.yml. If another Secret has its values, "
        "adopt_credentials.yml takes them over; if nobody has them, use rescue_credentials.yml. Only if this data is no "
        "longer needed, delete what is named here and run fresh.yml.",
    )


def _nothing_expected(facts: Facts) -> Sentence:
    return (
        f"No claim, volume or directory holds data of this appliance in namespace {_namespace(facts)}; a first run may start.",
        "",
    )


def _nothing_unexpected(facts: Facts) -> Sentence:
    return (
        "recover.yml expects an existing appliance, but found no claim, volume or directory of it in namespace "
        f"{_namespace(facts)}.",
        "If this appliance is new, run fresh.yml. If it had data, check alga_kubeconfig, alga_context and alga_namespace. "
        f"recover.yml starts over only if {EXPECT} is set to {DatabaseState.ABSENT.value} for that one run.",
    )


def _volume_unknown(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} No volume of this appliance is known, so this PostgreSQL is not the appliance's own.",
        "Correct alga_db_service or alga_namespace, or stop the server that answers there.",
    )


def _ladder(facts: Facts) -> Sentence:
    if facts.unfinished and facts.application:
        return _unfinished_and_used(facts)
    return facts.answer.message, facts.answer.next_action


def _unfinished_and_used(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} It carries the mark of first run {facts.run}, which has not finished, but the application "
        "has or requests pods, so its data may not be that run's alone.",
        "Inspect the data. If nobody has worked with it, scale the application's Deployment to 0 replicas, wait until its "
        "pods are deleted, and run fresh.yml again; it completes its own first run.",
    )


def _start(facts: Facts) -> Sentence:
    return (
        f"Data of this appliance is here and is preserved: {_found(facts)}. {facts.answer.message} What its database needs is "
        "decided once PostgreSQL answers.",
        "",
    )


def _job_builds(facts: Facts) -> Sentence:
    return (
        f"Job {facts.job.name} of run {facts.job.run} is working on database '{facts.job.database}'; the playbook waits until it "
        "has finished.",
        "",
    )


def _unfinished(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} It carries the mark of first run {facts.run}, which has not finished; the application never "
        "ran on it. The database is renamed, and a new one is built.",
        "",
    )


def _outcome_unknown(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} But nobody observed the Job of first run {facts.run} succeed, so seeds may be missing; the "
        "application never ran on this database. The database is renamed, and a new one is built.",
        "",
    )


def _chart_job_ended(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} Job {facts.job.name} of first run {facts.run} succeeded; its result is now recorded in the "
        "ledger.",
        "",
    )


def _unfinished_is_no_appliance(facts: Facts) -> Sentence:
    return (
        f"recover.yml expects an existing appliance. {facts.answer.message} That is the work of first run {facts.run}, which "
        "has not finished.",
        FINISH,
    )


def _seeds_are_next(facts: Facts) -> Sentence:
    return f"Run {facts.job.run} has migrated database '{_database(facts)[1]}'; the seed gate decides next.", ""


def _publication_is_next(facts: Facts) -> Sentence:
    return f"Run {facts.job.run} has seeded database '{_database(facts)[1]}'; it is checked and published.", ""


def _first_run_cut_off(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} Database '{_database(facts)[1]}' carries this collection's mark and is unfinished, so it is "
        "dropped and built again.",
        "",
    )


def _no_database(facts: Facts) -> Sentence:
    if facts.driver is Driver.CHART:
        return f"{facts.answer.message} The database is created and marked, and the chart's own Job migrates and seeds it.", ""
    return f"{facts.answer.message} The database is built as '{_database(facts)[1]}' and published with a single rename.", ""


def _no_appliance(facts: Facts) -> Sentence:
    found = f"recover.yml expects an existing appliance. {facts.answer.message}"
    if facts.run:
        return found, f"Run fresh.yml, which continues first run {facts.run}."
    return (
        found,
        "This volume is not marked as a first run's, so fresh.yml refuses it too. Check that it is the correct one. "
        f"recover.yml starts over on this volume only if {EXPECT} is set to {DatabaseState.ABSENT.value} for that one run.",
    )


def _renamed(facts: Facts) -> Sentence:
    return (
        facts.answer.message,
        f"{facts.answer.next_action} If none of this data is needed, run recover.yml with {EXPECT} set to "
        f"{DatabaseState.CREATED.value} for that one run; it builds a new database beside the renamed one.",
    )


def _empty_expected(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} {EXPECT} names {DatabaseState.CREATED.value}, so the empty database is renamed and "
        "the application's database is built.",
        "",
    )


def _empty(facts: Facts) -> Sentence:
    if facts.unfinished and facts.application:
        return _unfinished_and_used(facts)
    if facts.seen and facts.seen.elsewhere:
        return _renamed(facts)
    return (
        facts.answer.message,
        "Find out who created it. recover.yml renames it and builds the application's database in its place only if "
        f"{EXPECT} names {DatabaseState.CREATED.value}.",
    )


def _fresh_over_database(facts: Facts) -> Sentence:
    if facts.unfinished and facts.application:
        return _unfinished_and_used(facts)
    return (
        f"fresh.yml expects no application database but found one: {facts.answer.message}",
        "Run recover.yml, which preserves it; or, only if this data is no longer needed, wipe the volume and run fresh.yml "
        "again.",
    )


def _somebody_migrates(facts: Facts) -> Sentence:
    return f"{facts.answer.message} That migration is not this collection's, so it was left unchanged.", facts.answer.next_action


def _lock_released(facts: Facts) -> Sentence:
    return f"{facts.answer.message} {RELEASE_LOCK} is set, so the lock is released.", ""


def _lock_stale(facts: Facts) -> Sentence:
    return facts.answer.message, facts.answer.next_action


def _behind(facts: Facts) -> Sentence:
    by = " by the chart's own Job" if facts.driver is Driver.CHART else ""
    return f"{facts.answer.message} The migrations of image {facts.image.name} are run in place{by}.", ""


def _unrecorded(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} The Job of run {facts.job.run} finished after the playbook that started it had ended; its "
        "result is now recorded in the ledger."
    ), ""


def _unexpected(facts: Facts) -> Sentence:
    return (
        f"{facts.answer.message} The state is {facts.answer.state.value}, but {EXPECT} names {', '.join(facts.expect)}.",
        f"If this is intended, unset {EXPECT} (its default is {', '.join(CONVERGES_ON)}), or add {facts.answer.state.value} "
        "to it. Otherwise this is the wrong volume: check alga_kubeconfig, alga_context and alga_namespace.",
    )


def _adopt(facts: Facts) -> Sentence:
    return f"{facts.answer.message} It was not created by this collection; its ledger records it from now on.", ""


def _complete(facts: Facts) -> Sentence:
    return f"{facts.answer.message} There is nothing to migrate.", ""


SENTENCES: dict[str, t.Callable[[Facts], Sentence]] = {
    "storage_unknown": _storage_unknown,
    "leaving": _leaving,
    "no_node": _trouble,
    "half_initialised": _trouble,
    "other_version": _trouble,
    "emptied": _trouble,
    "other_data": _trouble,
    "lost": _lost,
    "fresh_over_data": _fresh_over_data,
    "credentials_unknown": _credentials_unknown,
    "credentials_partial": _credentials_partial,
    "credentials_lost": _credentials_lost,
    "initdb_killed": _initdb_killed,
    "initdb_killed_here": _initdb_killed_here,
    "nothing_expected": _nothing_expected,
    "nothing_unexpected": _nothing_unexpected,
    "volume_unknown": _volume_unknown,
    "chart_job_begins": _job_builds,
    "chart_job_seeds": _job_builds,
    "unfinished": _unfinished,
    "ladder_refuses": _ladder,
    "start": _start,
    "job_builds": _job_builds,
    "seeds_are_next": _seeds_are_next,
    "publication_is_next": _publication_is_next,
    "first_run_cut_off": _first_run_cut_off,
    "no_database": _no_database,
    "chart_job_ended": _chart_job_ended,
    "outcome_unknown": _outcome_unknown,
    "unfinished_is_no_appliance": _unfinished_is_no_appliance,
    "renamed": _renamed,
    "no_appliance": _no_appliance,
    "empty_expected": _empty_expected,
    "empty": _empty,
    "fresh_over_database": _fresh_over_database,
    "job_migrates": _job_builds,
    "somebody_migrates": _somebody_migrates,
    "lock_released": _lock_released,
    "lock_stale": _lock_stale,
    "job_on_published": _job_builds,
    "behind": _behind,
    "unrecorded": _unrecorded,
    "unexpected": _unexpected,
    "adopt": _adopt,
    "complete": _complete,
}

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each rule says to the operator, word for word: a sentence is read, not searched for a word."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.bootstrap import JobState, Stage
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.sentences import SENTENCES
from ansible_collections.alga.appliance.plugins.module_utils._core.decision.situation import Secret
from ansible_collections.alga.appliance.plugins.module_utils._core.states import CredentialState, Driver, Mode
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.contents import Contents
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import (
    Claim,
    Directory,
    StorageObservation,
    Volume,
)
from ansible_collections.alga.appliance.tests.unit.decided import (
    BEHIND,
    BUILT,
    CLAIM,
    CUT_OFF,
    DONE,
    ELSEWHERE,
    FILES,
    FIRST_RUN,
    FULL,
    HALF,
    KILLED,
    LOCKED,
    MIGRATED,
    MISSING,
    NOTHING,
    PARTIAL,
    PRESENT,
    SEEDED,
    UNWRITTEN,
    charts,
    decided,
    job,
)

SOMEBODYS: dict[str, t.Any] = {"databases": {"server": ""}, "tables": 0}
UNREAD = Secret("msp/db-credentials", CredentialState.UNKNOWN)
PARTIAL_SECRET = Secret("msp/db-credentials", CredentialState.PARTIAL, ("DB_PASSWORD_SERVER",))
LEAVING = StorageObservation("msp", CLAIM, claims=(Claim(CLAIM, "Bound", "pv-1", terminating=True),))
HELD = (Claim(FILES, "Bound", "pv-2", terminating=True, held=("pod redis-0 of StatefulSet redis",)),)
UNFIT = Volume("pv-1", "Bound", CLAIM, path="/data/pv-1", unmet="node old")
NO_NODE = dataclasses.replace(PRESENT, volumes=(UNFIT,), nodes=("new",))
OTHER = Contents(begun=True, version="15", control=True, databases=4, hosts=1, image="pg:17", image_version="17.6")
SWAPPED = StorageObservation(
    "msp",
    CLAIM,
    claims=(Claim(CLAIM, "Bound", "pv-1", state=names.READY, identity="1"),),
    contents=dataclasses.replace(OTHER, image="", image_version="", identity="2"),
)
RELEASED = StorageObservation("msp", CLAIM, volumes=(Volume("pv-1", "Released", CLAIM),))
SEVERAL = dataclasses.replace(RELEASED, volumes=(*RELEASED.volumes, Volume("pv-2", "Released", CLAIM)))
UNNAMED = StorageObservation(
    "msp", CLAIM, claims=(Claim(CLAIM, "Pending"),), directories=(Directory(path="/data/x", claim=CLAIM),)
)
LOST = StorageObservation("msp", CLAIM, claims=(Claim(CLAIM, "Lost", "pv-1"),))

# A rule, what was seen, what is said about it, and what to do next.
Case = tuple[str, Mode, StorageObservation | None, dict[str, t.Any] | None, dict[str, t.Any], str, str]
SAID: list[Case] = [
    (
        "storage_unknown",
        Mode.FRESH,
        None,
        None,
        {"unread": "GET failed with status 403.", "mend": "Grant the permission."},
        "The appliance's volumes could not be read, so the state of its data is unknown. GET failed with status 403.",
        "Grant the permission.",
    ),
    (
        "leaving",
        Mode.FRESH,
        LEAVING,
        DONE,
        {},
        (
            "These PersistentVolumeClaims are being deleted (Terminating): msp/alga-core-sebastian-postgres-data. Anything "
            "installed on them would lose its volume a moment later."
        ),
        "Delete what still uses them. Wait until the claims are deleted, then run the playbook again.",
    ),
    (
        "leaving",
        Mode.FRESH,
        dataclasses.replace(LEAVING, claims=HELD),
        None,
        {},
        (
            "These PersistentVolumeClaims are being deleted (Terminating): msp/alga-core-sebastian-storage, held by pod "
            "redis-0 of StatefulSet redis. Anything installed on them would lose its volume a moment later."
        ),
        (
            "Delete what holds them (pod redis-0 of StatefulSet redis); if a StatefulSet or Deployment owns a pod, delete the "
            "owner first. Wait until the claims are deleted, then run the playbook again."
        ),
    ),
    (
        "no_node",
        Mode.RECOVER,
        NO_NODE,
        None,
        {},
        (
            "No node of the cluster can mount these volumes in namespace msp, so every pod that uses them would wait "
            "indefinitely: PersistentVolume pv-1 of claim alga-core-sebastian-postgres-data (path /data/pv-1) requires node"
            " old. The nodes are: new."
        ),
        (
            "If that node can be restored, bring it back under its name. If it was renamed, or its disk is in another node,"
            " run rebind_volumes.yml, which recreates each PersistentVolume under its name, on the same directory, for the "
            "node that has that directory."
        ),
    ),
    (
        "half_initialised",
        Mode.FRESH,
        dataclasses.replace(PRESENT, contents=KILLED.contents),
        None,
        {},
        (
            "The volume of PersistentVolumeClaim msp/alga-core-sebastian-postgres-data contains an unfinished data "
            "directory: it has no global/pg_control. PostgreSQL must not be started on it."
        ),
        (
            "If this volume ever held data, restore it from a backup. If it never did, inspect the data directory, move it "
            "aside by hand, then run fresh.yml."
        ),
    ),
    (
        "other_version",
        Mode.RECOVER,
        dataclasses.replace(PRESENT, contents=OTHER),
        None,
        {},
        (
            "The volume of PersistentVolumeClaim msp/alga-core-sebastian-postgres-data contains data of PostgreSQL 15, but "
            "image pg:17 has PostgreSQL 17. That image must not be started on this data."
        ),
        (
            "Set db.image in alga_values to an image with PostgreSQL 15 and run the same playbook again. To bring the data "
            "to PostgreSQL 17, use pg_upgrade or a dump, never another image alone."
        ),
    ),
    (
        "emptied",
        Mode.RECOVER,
        dataclasses.replace(PRESENT, contents=Contents()),
        None,
        {},
        (
            "The volume of PersistentVolumeClaim msp/alga-core-sebastian-postgres-data is recorded as a complete "
            "appliance's but contains no data directory. PostgreSQL must not be started on it: its image would create a "
            "new, empty cluster there."
        ),
        (
            "Find out where the data is: an unmounted disk, another disk, an unfinished restore. Bring it back, then run "
            "recover.yml. Only if it is lost and a dump is to be restored into a new cluster, first remove annotation "
            "alga.appliance/state from the claim."
        ),
    ),
    (
        "other_data",
        Mode.RECOVER,
        SWAPPED,
        None,
        {},
        (
            "The volume of PersistentVolumeClaim msp/alga-core-sebastian-postgres-data is recorded for the data with system"
            " identifier 1 but contains other data, with system identifier 2. PostgreSQL must not be started on it."
        ),
        (
            "Restore the correct volume. If this data was restored on purpose into a new cluster, inspect it, remove "
            "annotation alga.appliance/system-identifier from the claim and the Secret, then run recover.yml."
        ),
    ),
    (
        "lost",
        Mode.RECOVER,
        RELEASED,
        None,
        {},
        (
            "PersistentVolumeClaims alga-core-sebastian-postgres-data do not exist in namespace msp, but their data does: "
            "PersistentVolume pv-1 (Released, claimed by msp/alga-core-sebastian-postgres-data). New claims would get new, "
            "empty volumes."
        ),
        (
            "Run rebind_volumes.yml, which recreates each claim on its old volume (alga-core-sebastian-postgres-data to "
            "pv-1). Only if this data is no longer needed, wipe what is named here and run fresh.yml."
        ),
    ),
    (
        "lost",
        Mode.RECOVER,
        SEVERAL,
        None,
        {},
        (
            "PersistentVolumeClaims alga-core-sebastian-postgres-data do not exist in namespace msp, but their data does: "
            "PersistentVolume pv-1 (Released, claimed by msp/alga-core-sebastian-postgres-data); PersistentVolume pv-2 "
            "(Released, claimed by msp/alga-core-sebastian-postgres-data). New claims would get new, empty volumes."
        ),
        (
            "For the data that may be on several volumes (alga-core-sebastian-postgres-data to one of pv-1, pv-2, after "
            "inspecting each), create the PersistentVolumeClaim by hand, with the name of the correct PersistentVolume in "
            "its spec.volumeName, and remove spec.claimRef.uid from that PersistentVolume. Then run rebind_volumes.yml for "
            "the others. Only if this data is no longer needed, wipe what is named here and run fresh.yml."
        ),
    ),
    (
        "lost",
        Mode.RECOVER,
        UNNAMED,
        None,
        {},
        (
            "The database's claim has no volume in namespace msp, but data of the appliance exists: directory /data/x on "
            "the node. A new claim would get a new, empty volume."
        ),
        (
            "If this data carries another full name, correct alga_fullname. Otherwise run rebind_volumes.yml, which recreates "
            "the claims on the directories that carry their names. A directory without such a name may belong to another "
            "appliance: inspect it; if it does, move it out of the storage path. "
            "Only if this data is no longer needed, wipe what is named here and run fresh.yml."
        ),
    ),
    (
        "lost",
        Mode.RECOVER,
        LOST,
        None,
        {},
        (
            "These PersistentVolumeClaims in namespace msp are Lost, because the PersistentVolumes that they are bound to "
            "no longer exist: alga-core-sebastian-postgres-data (volume pv-1). Found: PersistentVolumeClaim "
            "msp/alga-core-sebastian-postgres-data (volume pv-1, which no longer exists)."
        ),
        (
            "Run rebind_volumes.yml, which recreates each PersistentVolume under its name, on the directory that carries "
            "the claim's name. If the data is not on a node's storage path, create the PersistentVolume by hand, from a "
            "backup of it: with its old name, and with the claim's name, namespace and uid in its spec.claimRef. Only if "
            "this data is no longer needed, wipe what is named here and run fresh.yml."
        ),
    ),
    (
        "fresh_over_data",
        Mode.FRESH,
        PRESENT,
        None,
        {},
        (
            "fresh.yml expects no data but found data of this appliance: PersistentVolumeClaim "
            "msp/alga-core-sebastian-postgres-data (volume pv-1)."
        ),
        (
            "There are two options: run recover.yml, which preserves this data and recovers the appliance; or, only if this"
            " data is no longer needed, wipe what is named here and run fresh.yml again."
        ),
    ),
    (
        "fresh_over_data",
        Mode.FRESH,
        PRESENT,
        ELSEWHERE,
        {},
        (
            "fresh.yml expects no data. PostgreSQL answers on db.msp and has no database 'server'; it has 'server_old', which "
            "may belong to an earlier appliance. Database 'server_old' carries this collection's ledger of a complete "
            "appliance: it was renamed or restored under that name."
        ),
        (
            "As the superuser, connected to database 'postgres' and while nobody is connected to 'server_old', run ALTER "
            "DATABASE server_old RENAME TO server; then run recover.yml."
        ),
    ),
    (
        "credentials_unknown",
        Mode.FRESH,
        NOTHING,
        None,
        {"secret": UNREAD, "unread": "GET failed with status 403.", "mend": "Grant the permission."},
        "Secret msp/db-credentials could not be read, so nothing was generated. GET failed with status 403.",
        "Grant the permission.",
    ),
    (
        "credentials_partial",
        Mode.FRESH,
        NOTHING,
        None,
        {"secret": PARTIAL_SECRET},
        (
            "Secret msp/db-credentials exists but has no value for DB_PASSWORD_SERVER. A single key is never added "
            "automatically, because a role of that name may already have a password."
        ),
        (
            "Restore the missing keys of Secret msp/db-credentials from your backup, then run the same playbook again. If "
            "their roles do not exist yet, complete_credentials.yml generates them; if the backup is lost, use "
            "rescue_credentials.yml."
        ),
    ),
    (
        "credentials_lost",
        Mode.RECOVER,
        PRESENT,
        None,
        {"secret": MISSING},
        (
            "Secret msp/db-credentials does not exist, but data of this appliance does: PersistentVolumeClaim "
            "msp/alga-core-sebastian-postgres-data (volume pv-1). New passwords would make that data inaccessible, so none "
            "were generated."
        ),
        (
            "Restore Secret msp/db-credentials from your backup, then run recover.yml. If another Secret has its values, "
            "adopt_credentials.yml takes them over; if nobody has them, use rescue_credentials.yml. Only if this data is no"
            " longer needed, delete what is named here and run fresh.yml."
        ),
    ),
    (
        "credentials_lost",
        Mode.RECOVER,
        dataclasses.replace(FIRST_RUN, contents=Contents()),
        None,
        {"secret": MISSING},
        (
            "Secret msp/db-credentials does not exist, but data of this appliance does: PersistentVolumeClaim "
            "msp/alga-core-sebastian-postgres-data (volume pv-1). The database's volume was inspected and contains no data "
            "directory. New passwords would make that data inaccessible, so none were generated."
        ),
        (
            "Restore Secret msp/db-credentials from your backup, then run recover.yml. If another Secret has its values, "
            "adopt_credentials.yml takes them over; if nobody has them, use rescue_credentials.yml. Only if this data is no"
            " longer needed, delete what is named here and run fresh.yml."
        ),
    ),
    (
        "initdb_killed",
        Mode.FRESH,
        KILLED,
        None,
        {},
        (
            "First run r1 started here, and its initdb was interrupted before there could be any data: "
            "PersistentVolumeClaim msp/alga-core-sebastian-postgres-data (volume pv-1). What it left behind is moved aside "
            "on the volume, and PostgreSQL starts with a new data directory."
        ),
        "",
    ),
    (
        "initdb_killed",
        Mode.FRESH,
        CUT_OFF,
        BUILT,
        {},
        (
            "First run r1 started here, and PostgreSQL was stopped after initdb but before its setup (pg_hba.conf allows no"
            " other host), so there is no data: PersistentVolumeClaim msp/alga-core-sebastian-postgres-data (volume pv-1). "
            "What it left behind is moved aside on the volume, and PostgreSQL starts with a new data directory."
        ),
        "",
    ),
    (
        "initdb_killed_here",
        Mode.RECOVER,
        KILLED,
        None,
        {},
        (
            "First run r1 started here, and its initdb was interrupted before there could be any data: "
            "PersistentVolumeClaim msp/alga-core-sebastian-postgres-data (volume pv-1)."
        ),
        "Run fresh.yml again; it continues its own first run.",
    ),
    (
        "nothing_expected",
        Mode.FRESH,
        NOTHING,
        None,
        {},
        "No claim, volume or directory holds data of this appliance in namespace msp; a first run may start.",
        "",
    ),
    (
        "nothing_unexpected",
        Mode.RECOVER,
        NOTHING,
        None,
        {},
        "recover.yml expects an existing appliance, but found no claim, volume or directory of it in namespace msp.",
        (
            "If this appliance is new, run fresh.yml. If it had data, check alga_kubeconfig, alga_context and "
            "alga_namespace. recover.yml starts over only if alga_expect is set to absent for that one run."
        ),
    ),
    (
        "volume_unknown",
        Mode.FRESH,
        NOTHING,
        DONE,
        {},
        (
            "Database 'server' on db.msp is migrated (1 migration) and seeded. No volume of this appliance is known, so this "
            "PostgreSQL is not the appliance's own."
        ),
        "Correct alga_db_service or alga_namespace, or stop the server that answers there.",
    ),
    (
        "chart_job_begins",
        Mode.FRESH,
        FIRST_RUN,
        {},
        {"job": charts(JobState.RUNNING)},
        (
            "Job alga-core-sebastian-bootstrap-r2 of run r1 is working on database 'server'; the playbook waits until it has "
            "finished."
        ),
        "",
    ),
    (
        "chart_job_seeds",
        Mode.FRESH,
        FIRST_RUN,
        PARTIAL,
        {"job": charts(JobState.RUNNING)},
        (
            "Job alga-core-sebastian-bootstrap-r2 of run r1 is working on database 'server'; the playbook waits until it has "
            "finished."
        ),
        "",
    ),
    (
        "unfinished",
        Mode.FRESH,
        FIRST_RUN,
        HALF,
        {},
        (
            "Database 'server' on db.msp lacks 1 migration, starting with b. It carries the mark of first run r1, which has "
            "not finished; the application never ran on it. The database is renamed, and a new one is built."
        ),
        "",
    ),
    (
        "outcome_unknown",
        Mode.FRESH,
        FIRST_RUN,
        FULL,
        {},
        (
            "Database 'server' on db.msp is migrated (2 migrations) and seeded. But nobody observed the Job of first run r1 "
            "succeed, so seeds may be missing; the application never ran on this database. The database is renamed, and "
            "a new one is built."
        ),
        "",
    ),
    (
        "ladder_refuses",
        Mode.FRESH,
        FIRST_RUN,
        PARTIAL,
        {"application": True},
        (
            "Database 'server' on db.msp is migrated (2 migrations) and has rows in users, but not enough in tenants, roles, "
            "permissions, role_permissions: seeding was interrupted. It carries the mark of first run r1, which has not "
            "finished, but the application has or requests pods, so its data may not be that run's alone."
        ),
        (
            "Inspect the data. If nobody has worked with it, scale the application's Deployment to 0 replicas, wait until "
            "its pods are deleted, and run fresh.yml again; it completes its own first run."
        ),
    ),
    (
        "ladder_refuses",
        Mode.RECOVER,
        PRESENT,
        {**DONE, "expected": ()},
        {},
        "Database 'server' on db.msp has 1 migration that the image does not know: a.",
        "Set server.image in alga_values to an image at least as new as the data; a downgrade is refused.",
    ),
    (
        "ladder_refuses",
        Mode.RECOVER,
        PRESENT,
        {**DONE, "read_only": UNWRITTEN},
        {},
        "PostgreSQL answers on db.msp, but the application cannot write to it. The setting is on.",
        "Reset it.",
    ),
    (
        "start",
        Mode.RECOVER,
        PRESENT,
        None,
        {},
        (
            "Data of this appliance is here and is preserved: PersistentVolumeClaim msp/alga-core-sebastian-postgres-data "
            "(volume pv-1). None of its 0 pods is running. What its database needs is decided once PostgreSQL answers."
        ),
        "",
    ),
    (
        "job_builds",
        Mode.FRESH,
        FIRST_RUN,
        BUILT,
        {"job": job(JobState.RUNNING, "server_building")},
        (
            "Job alga-appliance-bootstrap of run r1 is working on database 'server_building'; the playbook waits until it has "
            "finished."
        ),
        "",
    ),
    (
        "seeds_are_next",
        Mode.FRESH,
        FIRST_RUN,
        MIGRATED,
        {"job": job(JobState.SUCCEEDED, "server_building")},
        "Run r1 has migrated database 'server_building'; the seed gate decides next.",
        "",
    ),
    (
        "publication_is_next",
        Mode.FRESH,
        FIRST_RUN,
        SEEDED,
        {"job": job(JobState.SUCCEEDED, "server_building", Stage.SEED)},
        "Run r1 has seeded database 'server_building'; it is checked and published.",
        "",
    ),
    (
        "first_run_cut_off",
        Mode.FRESH,
        FIRST_RUN,
        BUILT,
        {},
        (
            "Database 'server' does not exist on db.msp; 'server_building' was created by first run r1. Database "
            "'server_building' carries this collection's mark and is unfinished, so it is dropped and built again."
        ),
        "",
    ),
    (
        "no_database",
        Mode.FRESH,
        FIRST_RUN,
        {},
        {},
        (
            "PostgreSQL answers on db.msp and has no database 'server'. The database is built as 'server_building' and "
            "published with a single rename."
        ),
        "",
    ),
    (
        "no_database",
        Mode.FRESH,
        FIRST_RUN,
        {},
        {"driver": Driver.CHART},
        (
            "PostgreSQL answers on db.msp and has no database 'server'. The database is created and marked, and the chart's "
            "own Job migrates and seeds it."
        ),
        "",
    ),
    (
        "chart_job_ended",
        Mode.FRESH,
        FIRST_RUN,
        FULL,
        {"job": charts(JobState.SUCCEEDED)},
        (
            "Database 'server' on db.msp is migrated (2 migrations) and seeded. Job alga-core-sebastian-bootstrap-r2 of first"
            " run r1 succeeded; its result is now recorded in the ledger."
        ),
        "",
    ),
    (
        "unfinished_is_no_appliance",
        Mode.RECOVER,
        FIRST_RUN,
        FULL,
        {},
        (
            "recover.yml expects an existing appliance. Database 'server' on db.msp is migrated (2 migrations) and seeded. "
            "That is the work of first run r1, which has not finished."
        ),
        "Run fresh.yml again; it completes its own first run.",
    ),
    (
        "renamed",
        Mode.RECOVER,
        PRESENT,
        ELSEWHERE,
        {},
        (
            "PostgreSQL answers on db.msp and has no database 'server'; it has 'server_old', which may belong to an earlier "
            "appliance. Database 'server_old' carries this collection's ledger of a complete appliance: it was renamed or "
            "restored under that name."
        ),
        (
            "As the superuser, connected to database 'postgres' and while nobody is connected to 'server_old', run ALTER "
            "DATABASE server_old RENAME TO server; then run recover.yml. If none of this data is needed, "
            "run recover.yml with alga_expect set to created for that one run; it builds a new database beside the renamed one."
        ),
    ),
    (
        "no_appliance",
        Mode.RECOVER,
        PRESENT,
        {},
        {},
        "recover.yml expects an existing appliance. PostgreSQL answers on db.msp and has no database 'server'.",
        (
            "This volume is not marked as a first run's, so fresh.yml refuses it too. Check that it is the correct one. "
            "recover.yml starts over on this volume only if alga_expect is set to absent for that one run."
        ),
    ),
    (
        "no_appliance",
        Mode.RECOVER,
        FIRST_RUN,
        {},
        {},
        "recover.yml expects an existing appliance. PostgreSQL answers on db.msp and has no database 'server'.",
        "Run fresh.yml, which continues first run r1.",
    ),
    (
        "empty_expected",
        Mode.RECOVER,
        PRESENT,
        SOMEBODYS,
        {"expect": ("created",)},
        (
            "Database 'server' on db.msp exists and contains no tables: somebody created it without migrating it. alga_expect"
            " names created, so the empty database is renamed and the application's database is built."
        ),
        "",
    ),
    (
        "empty",
        Mode.RECOVER,
        PRESENT,
        SOMEBODYS,
        {},
        "Database 'server' on db.msp exists and contains no tables: somebody created it without migrating it.",
        (
            "Find out who created it. recover.yml renames it and builds the application's database in its place only if "
            "alga_expect names created."
        ),
    ),
    (
        "fresh_over_database",
        Mode.FRESH,
        FIRST_RUN,
        {**DONE, "recorded": ()},
        {},
        (
            "fresh.yml expects no application database but found one: Database 'server' on db.msp is migrated (1 migration) "
            "and seeded."
        ),
        (
            "Run recover.yml, which preserves it; or, only if this data is no longer needed, wipe the volume and run "
            "fresh.yml again."
        ),
    ),
    (
        "job_migrates",
        Mode.RECOVER,
        PRESENT,
        {**LOCKED, "backends": 1},
        {"job": job(JobState.RUNNING, "server")},
        "Job alga-appliance-bootstrap of run r1 is working on database 'server'; the playbook waits until it has finished.",
        "",
    ),
    (
        "somebody_migrates",
        Mode.RECOVER,
        PRESENT,
        {**LOCKED, "backends": 1},
        {},
        (
            "The migration lock of knex in database 'server' on db.msp is held, and connections other than the application's "
            "are open: 1. That migration is not this collection's, so it was left unchanged."
        ),
        "Wait until the running migration has finished, then try again.",
    ),
    (
        "lock_released",
        Mode.RECOVER,
        PRESENT,
        LOCKED,
        {"release_lock": True},
        (
            "The migration lock of knex in database 'server' on db.msp is held, but no Job is running and nobody except the "
            "application is connected: migrating was interrupted after 1 migration, or the database was restored from a "
            "backup made during a migration. alga_release_migration_lock is set, so the lock is released."
        ),
        "",
    ),
    (
        "lock_stale",
        Mode.RECOVER,
        PRESENT,
        LOCKED,
        {},
        (
            "The migration lock of knex in database 'server' on db.msp is held, but no Job is running and nobody except the "
            "application is connected: migrating was interrupted after 1 migration, or the database was restored from a "
            "backup made during a migration."
        ),
        (
            "Make sure that no migration is running from outside this cluster, then run recover.yml with "
            "alga_release_migration_lock set to true; it checks again, releases the lock and migrates."
        ),
    ),
    (
        "job_on_published",
        Mode.RECOVER,
        PRESENT,
        BEHIND,
        {"job": job(JobState.RUNNING, "server", run="r2")},
        "Job alga-appliance-bootstrap of run r2 is working on database 'server'; the playbook waits until it has finished.",
        "",
    ),
    (
        "behind",
        Mode.RECOVER,
        PRESENT,
        BEHIND,
        {},
        "Database 'server' on db.msp lacks 1 migration, starting with b. The migrations of image app:2 are run in place.",
        "",
    ),
    (
        "behind",
        Mode.RECOVER,
        PRESENT,
        BEHIND,
        {"driver": Driver.CHART},
        (
            "Database 'server' on db.msp lacks 1 migration, starting with b. The migrations of image app:2 are run in place "
            "by the chart's own Job."
        ),
        "",
    ),
    (
        "unrecorded",
        Mode.RECOVER,
        PRESENT,
        DONE,
        {"job": job(JobState.SUCCEEDED, "server", run="r2")},
        (
            "Database 'server' on db.msp is migrated (1 migration) and seeded. The Job of run r2 finished after the "
            "playbook that started it had ended; its result is now recorded in the ledger."
        ),
        "",
    ),
    (
        "unexpected",
        Mode.RECOVER,
        PRESENT,
        DONE,
        {"expect": ("migrated",)},
        (
            "Database 'server' on db.msp is migrated (1 migration) and seeded. The state is seeded, but alga_expect names "
            "migrated."
        ),
        (
            "If this is intended, unset alga_expect (its default is migrated, seeded), or add seeded to it. Otherwise this "
            "is the wrong volume: check alga_kubeconfig, alga_context and alga_namespace."
        ),
    ),
    (
        "adopt",
        Mode.RECOVER,
        PRESENT,
        {**DONE, "ledger": {}, "recorded": ()},
        {},
        (
            "Database 'server' on db.msp is migrated (1 migration) and seeded. It was not created by this collection; its "
            "ledger records it from now on."
        ),
        "",
    ),
    (
        "complete",
        Mode.RECOVER,
        PRESENT,
        DONE,
        {},
        "Database 'server' on db.msp is migrated (1 migration) and seeded. There is nothing to migrate.",
        "",
    ),
]


@pytest.mark.parametrize("case", SAID)
def test_what_is_said(case: Case) -> None:
    rule, mode, storage, database, further, message, next_action = case
    decision = decided(mode, storage, database, **further)
    assert (decision.rule, decision.message, decision.next_action) == (rule, message, next_action)


def test_every_rule_is_read() -> None:
    assert {rule for rule, *_said in SAID} == set(SENTENCES)

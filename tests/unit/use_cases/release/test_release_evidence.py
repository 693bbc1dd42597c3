# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What helm must not do whatever a chart says: start PostgreSQL on unfit data, bring an older application (F16, F35, F45)."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.alga.appliance.plugins.module_utils._core.errors import ObservationFailed, Refused
from ansible_collections.alga.appliance.plugins.module_utils._core.release.record import Release
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.credentials import db_credentials
from ansible_collections.alga.appliance.plugins.module_utils._use_cases.release import release_evidence
from ansible_collections.alga.appliance.tests.unit import complete_appliance as complete
from ansible_collections.alga.appliance.tests.unit.conftest import Ports
from ansible_collections.alga.appliance.tests.unit.scripted import UNKNOWN, posts

APPLIANCE = complete.read_options(db_credentials.USE_CASE).appliance
NEWER = "ghcr.io/alga:2"


def stateful_set(image: str = "postgres:17") -> t.Any:
    template = complete.pod("db", image, mounted=complete.CLAIM)
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {"template": template}}


def unfit(ports: Ports, lines: tuple[str, ...], *, pods: t.Sequence[t.Any] = (), found: Release | None = None) -> None:
    asked, writes = complete.look(*lines) if lines else ({}, [])
    there = {complete.STATEFUL_SETS: [], complete.DATABASE_CLAIM: complete.ready_claim(), **asked, complete.PODS: list(pods)}
    api = ports.api({}, there=there, writes=writes)
    release_evidence.refuse_unfit_data(api, APPLIANCE, found, [stateful_set()])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ("begun", "version\t15", "control", "databases\t4", "hosts\t1", "image\tpostgres (PostgreSQL) 17.6"),
            "contains data of PostgreSQL 15, but image postgres:17 has PostgreSQL 17. That image must not be started on this "
            "data. helm was not run. Set db.image in alga_values to an image with PostgreSQL 15 and run the same playbook again. "
            "To bring the data to PostgreSQL 17, use pg_upgrade or a dump, never another image alone.",
        ),
        (
            ("begun", "version\t17", "databases\t1", "image\t"),
            "contains an unfinished data directory: it has no global/pg_control. PostgreSQL must not be started on it. helm was "
            "not run. If this volume ever held data, restore it from a backup. If it never did, inspect the data directory, move "
            "it aside by hand, then run fresh.yml.",
        ),
        (
            ("databases\t0", "image\t"),
            "is recorded as a complete appliance's but contains no data directory. PostgreSQL must not be started on it: its "
            "image would create a new, empty cluster there. helm was not run. Find out where the data is: an unmounted disk, "
            "another disk, an unfinished restore. Bring it back, then run recover.yml. Only if it is lost and a dump is to be "
            "restored into a new cluster, first remove annotation alga.appliance/state from the claim.",
        ),
    ],
    ids=["another version", "an initdb that was killed", "an empty volume of a recorded appliance"],
)
def test_data_that_postgresql_must_not_be_started_on_stops_helm(ports: Ports, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(Refused) as raised:
        unfit(ports, lines)
    assert raised.value.message == f"The volume of PersistentVolumeClaim msp/{complete.CLAIM} {said}"


def test_fit_data_lets_helm_run(ports: Ports) -> None:
    unfit(ports, (*complete.FULL_VOLUME[:-1], "image\tpostgres (PostgreSQL) 17.6"))


def test_a_postgresql_that_helm_does_not_restart_is_not_looked_behind(ports: Ports) -> None:
    last = Release("deployed", yaml.safe_dump(stateful_set()))
    there = {complete.PODS: [complete.DATABASE_POD], f"{complete.STATEFUL_SETS}/db": stateful_set()}
    there |= {complete.DATABASE_CLAIM: complete.ready_claim()}
    release_evidence.refuse_unfit_data(ports.api({}, there=there), APPLIANCE, last, [stateful_set()])


def test_a_volume_that_could_not_be_looked_into_stops_helm(ports: Ports) -> None:
    there = {complete.STATEFUL_SETS: [], complete.DATABASE_CLAIM: complete.ready_claim(), complete.PODS: [], complete.LIMITS: []}
    for answer in UNKNOWN.values():
        api = ports.api({}, there=there, writes=[posts(complete.PODS, answer)])
        with pytest.raises(ObservationFailed):
            release_evidence.refuse_unfit_data(api, APPLIANCE, None, [stateful_set()])


def downgrade(ports: Ports, carried: tuple[str, ...], *, looks: bool = True, image: str = NEWER, **there: t.Any) -> None:
    ports.postgresql(
        {"postgres": {}, "server": complete.inside()}, everywhere=complete.everywhere({"postgres": "", "server": ""})
    )
    asked, writes = complete.look(*carried) if looks else ({}, [])
    rendered = complete.deployment()
    rendered["spec"]["template"]["spec"]["containers"][0]["image"] = image
    api = ports.api({}, there={**complete.objects(), **asked, **there}, writes=writes, forwards=True)
    release_evidence.refuse_downgrade(api, APPLIANCE, [rendered], remember=False)


def test_an_image_that_lacks_migrations_of_the_database_is_refused_f16(ports: Ports) -> None:
    with pytest.raises(Refused, match=r"002_second\.cjs.*downgrade.*helm was not run.*server\.image in alga_values"):
        downgrade(ports, complete.MIGRATIONS[:1])


def test_an_image_that_has_them_all_is_let_in(ports: Ports) -> None:
    downgrade(ports, (*complete.MIGRATIONS, "003_third.cjs"))


def test_the_image_that_runs_is_not_asked(ports: Ports) -> None:
    downgrade(ports, (), looks=False, image=complete.IMAGE)


def test_an_image_without_migrations_is_no_answer_f23(ports: Ports) -> None:
    with pytest.raises(ObservationFailed, match=r"migrations of image"):
        downgrade(ports, ())


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_a_deployment_that_could_not_be_read_is_not_missing_f27(ports: Ports, answer: t.Any) -> None:
    with pytest.raises(ObservationFailed):
        downgrade(ports, (), looks=False, **{complete.DEPLOYMENT: answer})


def test_a_rendering_without_the_application_has_nothing_to_compare(ports: Ports) -> None:
    release_evidence.refuse_downgrade(ports.api(), APPLIANCE, [stateful_set()], remember=False)

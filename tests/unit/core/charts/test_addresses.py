# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables name a Service, and which make a container the superuser behind the pooler."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.addresses import (
    Service,
    hosts,
    is_address,
    pooled_superuser,
    services,
)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("db", Service("msp", "db")),
        ("db:5432", Service("msp", "db")),
        ("DB.MSP.svc.cluster.local.", Service("msp", "db")),
        ("redis.msp", Service("msp", "redis")),
        ("db-0.db.other.svc:5432", Service("other", "db")),
        ("http://alga-core.msp.svc.cluster.local:3000/api?x=svc", Service("msp", "alga-core")),
        ("redis://user:p%40ss@redis:6379/0", Service("msp", "redis")),
        ("postgres://u:p@ss@pgbouncer:6432/server", Service("msp", "pgbouncer")),
        ("kubernetes.other:443", None),
        ("jdbc:postgresql://db:5432/server", Service("msp", "db")),
        ("db:5432/server", Service("msp", "db")),
        ("http://alga-core:3000/@scope?mail=a@b", Service("msp", "alga-core")),
        ("postgres://u:aa@bb/cc@db/x", Service("msp", "db")),
        ("postgres://app:hunter2/x@db:5432/server", Service("msp", "db")),
        ("postgres://u:aa@bb?cc@db/x", Service("msp", "db")),
        ("postgres://u:aa@bb/cc@", None),
        *((value, None) for value in ("true", "False", "none", "NULL", "off", "auto", "/app", "a b", "db:port", "user:pass@db:")),
        *(
            (value, None)
            for value in ("file:./dev.db", "file:///dev.db", "sqlite::memory:", "sqlite://dev/x", "jdbc:h2:mem:test")
        ),
        *(
            (value, None)
            for value in ("jdbc:sqlite:db", "unix:///run/x", "kubernetes.default", "https://kubernetes.default.svc:443")
        ),
        *((value, None) for value in ("", "localhost:3000", "127.0.0.1", "10.0.0.1:80", "[::1]:80", "example.com", "$(DB_HOST)")),
        *((value, None) for value in ("https://app.example.com/auth", "redis.other", "1.2.3", "🚀", "db_1", ".svc", "a..svc")),
    ],
)
def test_a_service_is_what_a_pod_would_resolve_w15(value: str, named: Service | None) -> None:
    assert services(value, "msp") == ([named] if named else [])


def test_every_host_of_a_list_is_read_w15() -> None:
    assert services("kafka-0.kafka:9092", "msp") == []
    assert services("a:9092,b.msp,c.example.com:9092", "msp") == [Service("msp", "a"), Service("msp", "b")]
    assert services("mongodb://u:p@m1:27017,m2:27017/x", "msp") == [Service("msp", "m1"), Service("msp", "m2")]
    assert hosts("HTTP://User@Db:5432/x@y") == ["db"]


def test_addresses_are_known_by_their_names() -> None:
    yes = ("APPLICATION_URL", "DB_HOST", "DB_HOST_ADMIN", "HOST", "TEMPORAL_ADDRESS", "POSTGRES_SEEDS", "REDIS_URI", "PGHOST")
    more = ("REDIS_ADDR", "OTEL_EXPORTER_OTLP_ENDPOINT", "DB_HOSTNAME", "KAFKA_BROKERS", "ES_HOSTS")
    no = ("DB_PORT", "HOST_TYPE", "HOST_NAME", "HOSTNAME", "SETUP_RUN_SEEDS", "URLS", "DB_NAME", "")
    assert [name for name in (*yes, *more, *no) if is_address(name)] == [*yes, *more]


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"DB_HOST": "pgbouncer", "DB_USER": "postgres"}, ["DB_USER"]),
        ({"DB_HOST": "pgbouncer.msp.svc:6432", "DB_USER": "app_user", "DB_USER_ADMIN": "postgres"}, ["DB_USER_ADMIN"]),
        ({"DB_HOST": "pgbouncer", "DB_USER_ADMIN": "postgres", "DB_HOST_ADMIN": "db"}, []),
        ({"PGHOST": "pgbouncer", "PGUSER": "postgres"}, ["PGUSER"]),
        ({"DATABASE_URL": "postgresql://postgres:x@pgbouncer:6432/server"}, ["DATABASE_URL"]),
        ({"DATABASE_URL": "postgresql://app_user:x@pgbouncer:6432/server"}, []),
        ({"POSTGRES_HOST": "db", "POSTGRES_USER": "postgres"}, []),
        ({"DB_HOST": "pgbouncer.msp.svc", "WAIT_DB_USER": "postgres"}, ["WAIT_DB_USER"]),
        ({"DB_HOST": "pgbouncer", "WAIT_DB_USER": "postgres", "WAIT_DB_HOST": "db"}, []),
        ({"POSTGRES_SEEDS": "pgbouncer", "POSTGRES_USER": "postgres"}, ["POSTGRES_USER"]),
        ({"POSTGRES_SEEDS": "db", "POSTGRES_USER": "postgres"}, []),
        ({"DATABASE_URL": "postgres://app@pgbouncer/server", "ADMIN_USER": "postgres"}, []),
        ({"USER": "postgres"}, []),
    ],
)
def test_the_superuser_behind_the_pooler_is_found_w15(variables: dict[str, str], found: list[str]) -> None:
    assert list(pooled_superuser(variables)) == found

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of the collection's Jobs: by what they find the database, and what an operator may add."""

from __future__ import annotations

import re
import typing as t

from .. import names
from ..errors import Refused
from ..tenant import tenant

# What a Job's environment variables may be called (Kubernetes: EnvVar, C_IDENTIFIER and more).
_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


def direct_database(service: str, database: str) -> dict[str, str]:
    """The environment by which the application's programs work on one database, over PostgreSQL itself and never a pooler."""
    return {
        "APP_ENV": "production",
        "DB_TYPE": "postgres",
        "DB_HOST": service,
        "DB_HOST_ADMIN": service,
        "DB_PORT": str(names.PORT),
        "DB_PORT_ADMIN": str(names.PORT),
        "DB_USER_ADMIN": names.SUPERUSER,
        "DB_USER_SERVER": names.APPLICATION_ROLE,
        "DB_NAME_SERVER": database,
        "SECRET_READ_CHAIN": "env,filesystem",
    }


# Environment variables that hold the passwords of the database's roles, and the key of the Secret that each has it from.
PASSWORDS = {"DB_PASSWORD_ADMIN": names.SUPERUSER_KEY, **{key: key for key in names.CREDENTIAL_KEYS}}
# Under another of these a Job would work on another database, as another role or for another tenant than was decided.
OWN = frozenset(
    (
        *direct_database("", ""),
        *PASSWORDS,
        *(tenant.NAME, tenant.EMAIL, tenant.PASSWORD, tenant.ID),
        *(names.PEPPER_KEY, names.PEPPER_KEY.lower()),
        *("NODE_ENV", "RUN_NEEDS", "RUN_DONE"),
    )
)
# Other names by which programs and drivers find the database and its roles: of libpq and node-postgres, of an ORM, of the
# application's other roles and databases, and of dotenv.
_STEERING = re.compile(
    r"PG(HOST|HOSTADDR|PORT|DATABASE|USER|PASSWORD|PASSFILE|SERVICE|SERVICEFILE|SYSCONFDIR|OPTIONS|TARGETSESSIONATTRS)"
    r"|(.+_)?DATABASE_URL|DB_(NAME|USER|PASSWORD|HOST|PORT|URL)(_.+)?|DOTENV_.+|LD_PRELOAD"
    r"|POSTGRES(QL)?_(DB|DATABASE|HOST|PORT|PASSWORD|PWD|SEEDS|URI|URL|USER)"
)
# Options of Node.js that run another program's code, or take an environment from a file, before the application's; others, such
# as one for its memory, are the operator's.
_NODE_OPTIONS, _LOADING = (
    "NODE_OPTIONS",
    re.compile(r"""(^|[\s"'])(-r|--(require|import|loader|experimental-loader|env-file(-if-exists)?))($|[\s"'=])"""),
)


def _is_own(name: t.Any, value: t.Any) -> bool:
    """Whether a variable is one that decides where a Job works, in any spelling: some programs look for them in lower case."""
    upper = name.strip().upper() if isinstance(name, str) else ""
    loads = upper == _NODE_OPTIONS and bool(_LOADING.search(str(value)))
    return loads or upper in OWN or bool(_STEERING.fullmatch(upper))


def wrong(given: t.Mapping[t.Any, t.Any], option: str) -> list[str]:
    """Say everything that keeps an operator's variables out of a Job's environment; values are not repeated.

    :param option: where they were given, for the sentences.
    """
    errors = [
        f"{option} sets {name}, "
        + ("which the collection sets itself: with another value, " if name.strip().upper() in OWN else "with which ")
        + "a Job could work on another database, as another role or for another tenant. Remove it."
        for name in sorted(str(name) for name, value in given.items() if _is_own(name, value))
    ]
    errors += [
        f"{option} has {name!r}, which is not a valid name of an environment variable."
        for name, value in given.items()
        if not _is_name(name) and not _is_own(name, value)
    ]
    return errors + [
        f"{option} sets {name} to something other than text. Put it in quotes."
        for name, value in given.items()
        if _is_name(name) and (isinstance(value, bool) or not isinstance(value, (str, int)))
    ]


def refuse(given: t.Mapping[t.Any, t.Any]) -> None:
    """Refuse an operator's variables that must not come into a Job's environment.

    :raises Refused: with everything that is wrong.
    """
    if errors := wrong(given, "job_environment"):
        raise Refused(" ".join(errors))


def _is_name(name: t.Any) -> bool:
    return isinstance(name, str) and bool(_NAME.fullmatch(name))

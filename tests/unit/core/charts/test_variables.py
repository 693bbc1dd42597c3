# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container is judged by the variables that it gets: the last entry of a name, before what is read whole."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.rows import Row
from ansible_collections.alga.appliance.tests.unit.core.charts.manifests import deployment, found, lines

SECRET = "---\nkind: Secret\nmetadata: {name: s}\nstringData:\n  CRYPTO_KEY: change-me\n  KEY: change-me\n"
CONFIG = "---\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  CRYPTO_KEY: change-me\n  KEY: change-me\n  ON: '\"true\"'\n"
WHOLE = "        envFrom:\n        - {secretRef: {name: s}}\n"
PREFIXED = WHOLE.replace("{secretRef", "{prefix: CRYPTO_, secretRef")


def env(*entries: str) -> str:
    return "        env:\n" + "".join(f"        - {{name: {entry}}}\n" for entry in entries)


PLACEHOLDER = "CRYPTO_KEY, value: change-me"
REAL = "CRYPTO_KEY, value: 5ca1ab1e"
FROM_CORE = "CRYPTO_KEY, valueFrom: {secretKeyRef: {name: core, key: CRYPTR_KEY}}"
FROM_SECRET = "CRYPTO_KEY, valueFrom: {secretKeyRef: {name: s, key: KEY}}"
FROM_CONFIG = "CRYPTO_KEY, valueFrom: {configMapKeyRef: {name: c, key: KEY}}"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (env(PLACEHOLDER), True),
        (env(PLACEHOLDER, REAL), False),
        (env(PLACEHOLDER, FROM_CORE), False),
        (env(PLACEHOLDER, "CRYPTO_KEY"), False),
        (env(REAL, PLACEHOLDER), True),
        (env(FROM_CORE, FROM_SECRET), True),
        (env(FROM_SECRET, FROM_CORE), False),
        (env(FROM_SECRET, REAL), False),
        (env(FROM_CONFIG), True),
        (env(FROM_CONFIG, FROM_CORE), False),
        (WHOLE, True),
        (WHOLE + env(FROM_CORE), False),
        (WHOLE + env("OTHER, value: x"), True),
        (PREFIXED, True),
        (PREFIXED + env(FROM_CORE, "CRYPTO_CRYPTO_KEY, value: x"), False),
        (WHOLE.replace("secretRef: {name: s}", "configMapRef: {name: c}"), True),
        (WHOLE.replace("secretRef: {name: s}", "configMapRef: {name: c}") + env(REAL), False),
        (PREFIXED.replace("secretRef: {name: s}", "configMapRef: {name: c}") + env("CRYPTO_CRYPTO_KEY, value: x"), True),
    ],
)
def test_only_the_value_that_wins_is_judged_w15(given: str, wrong: bool) -> None:
    assert bool(found(Row.PLACEHOLDER_KEY, SECRET + CONFIG + deployment(given))) is wrong


def test_advice_to_override_a_variable_can_be_followed_w15() -> None:
    worker = deployment(env("TLS, value: '\"true\"'", "SALT_BYTES, value: '10'", "TLS, value: 'true'", "SALT_BYTES, value: '12'"))
    core = deployment(env("SALT_BYTES, value: '12'"))
    assert found(Row.QUOTED_BOOLEAN, worker) == [] and found(Row.UNEQUAL_HASHING, core, worker) == []


def test_a_value_from_a_config_map_is_found_where_it_stands_w15() -> None:
    config = WHOLE.replace("secretRef: {name: s}", "configMapRef: {name: c}")
    assert lines(found(Row.QUOTED_BOOLEAN, CONFIG + deployment(config))) == [7]
    elsewhere = CONFIG.replace("{name: c}", "{name: c, namespace: other}")
    assert found(Row.QUOTED_BOOLEAN, elsewhere + deployment(config)) == []

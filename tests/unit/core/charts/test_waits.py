# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which loops of a shell script never give up."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.waits import endless_waits

ENDLESS = {
    "until": "until nc -z db 5432; do sleep 1; done",
    "lines": 'echo start\nuntil psql -c "select 1"\ndo\n  echo "Waiting for it to be done"\n  sleep 2\ndone\n',
    "while": "while ! nc -z db 5432 ; do echo for; sleep 1 ; done",
    "true with a way out": "while true; do if test -f /x; then exit 0; fi; sleep 5; done",
    "each attempt limited": "until timeout 5 psql -c x; do sleep 1; done",
    "a count that may never come": 'until [ "$(psql -Atc "select count(*)")" -gt 0 ]; do sleep 1; done',
    "arithmetic that nobody compares": "until ok; do waited=$((waited + 1)); sleep 1; done",
    "inside a for": "for each in a b; do until ok $each; do sleep 1; done; done",
    "a word that begins nothing": "until ok; do echo 'waiting\nfor db'; sleep 1; done",
    "in quotes": "sh -c 'until ok; do sleep 1; done'",
    "unicode": "until ok; do echo 🚀; sleep 1; done",
}
BOUNDED = {
    "counter": 'n=0; until ok; do n=$((n+1)); [ "$n" -lt 30 ] || exit 1; sleep 1; done',
    "counter with braces": "until ok; do if [ ${n} -ge 30 ]; then exit 1; fi; sleep 1; done",
    "arithmetic": "while (( n < 30 )); do sleep 1; done",
    "clock": "while [ $SECONDS -lt 60 ]; do sleep 1; done",
    "for": "for i in $(seq 30); do ok && exit 0; sleep 1; done; exit 1",
    "timeout": "timeout 300 sh -c 'until ok; do sleep 1; done'",
    "timeout with options": 'timeout -k 5 300 /bin/bash -ec "until ok; do sleep 1; done"',
    "input": "while read -r line; do echo $line; sleep 1; done < list",
    "no sleep": "while ok; do next; done",
    "words": 'echo "wait until it is done, do sleep"',
    "unfinished": "until ok; do sleep 1;",
    "empty": "",
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
def test_a_loop_without_a_limit_is_found_w24(script: str) -> None:
    (start,) = endless_waits(script)
    assert script[start:].startswith(("until", "while"))


@pytest.mark.parametrize("script", BOUNDED.values(), ids=BOUNDED)
def test_what_ends_is_not_w24(script: str) -> None:
    assert list(endless_waits(script)) == []


def test_a_long_script_takes_no_time() -> None:
    assert list(endless_waits("until x; do " * 20_000)) == []
    assert len(list(endless_waits("until x; do sleep 1; done\n" * 5_000))) == 5_000

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
    "data in a variable": 'while true; do c=$(psql -tAc "select count(*)"); [ "$c" -gt 0 ] && break; sleep 2; done',
    "data in backticks": "while true; do c=`cat count`; if [ $c -gt 0 ]; then break; fi; sleep 2; done",
    "data in a sum": "until x; do c=$(cat count); [ $((c + 1)) -gt 3 ] && break; sleep 2; done",
    "an answer": 'until [ "$ready" = 1 ]; do . ./state; sleep 1; done',
    "a state": "while [ $? -ne 0 ]; do x; sleep 1; done",
    "without a pause": "until nc -w 2 -z db 5432; do echo waiting; done",
    "not yet, without a pause": "while ! curl -m 2 http://db; do echo waiting; done",
    "microseconds": "while ! x; do usleep 1000; done",
    "a limit that has ended": "timeout 5 sh -c 'x'\nuntil x; do sleep 1; done",
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
    "timeout with a shell's options": "timeout --foreground 5m bash -o pipefail -c 'until x; do sleep 1; done'",
    "timeout with a command before": "timeout 60 sh -c 'set -e; until x; do sleep 1; done'",
    "a difference of times": """while true; do
  out="$(psql -c x 2>&1)" && break
  now="$(date +%s)"
  if [ $((now - started_at)) -ge "${timeout_seconds}" ]; then
    exit 1
  fi
  sleep "${retry_seconds}"
done""",
    "the time itself": 'while :; do x && break; [ "$(date +%s)" -lt "$deadline" ] || die late; sleep 2; done',
    "the time in backticks": "until x; do test `date +%s` -ge $deadline && exit 1; sleep 2; done",
    "an exact count": 'until x; do n=$((n+1)); [ "$n" -eq 60 ] && exit 1; sleep 1; done',
    "an exact count as a text": 'until x; do n=$((n+1)); [ "$n" = 60 ] && exit 1; sleep 1; done',
    "until a count": "while [ $i -ne 30 ]; do x && break; i=$((i+1)); sleep 1; done",
    "a count in the test": "until x; do if [ $((n++)) -gt 60 ]; then exit 1; fi; sleep 1; done",
    "a count to zero": "until x || [ $((retries-=1)) -eq 0 ]; do sleep 1; done",
    "expr": "until x; do n=`expr $n + 1`; test $n -eq 60 && exit 1; sleep 1; done",
    "let": "until x; do let n+=1; [[ $n == 60 ]] && exit 1; sleep 1; done",
    "a count in arithmetic": "until x; do (( i++ == 60 )) && exit 1; sleep 1; done",
    "the other way round": "until x; do [ 60 -gt $n ] || exit 1; sleep 1; done",
    "a default": 'until x; do [ "${n:-0}" -ge 9 ] && exit 1; sleep 1; done',
    "one test of two": 'until [ "$ready" = 1 -o "$n" -gt 9 ]; do n=$((n+1)); sleep 1; done',
    "seconds": "until x; do (( SECONDS > 60 )) && exit 1; sleep 1; done",
    "pages": "while curl -f $next; do next=$(cat next); done",
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
    assert len(list(endless_waits(f"until x; do {'[ a ' * 50_000} sleep 1; done"))) == 1
    assert len(list(endless_waits(f"until x; do {'((a=(' * 50_000} sleep 1; done"))) == 1

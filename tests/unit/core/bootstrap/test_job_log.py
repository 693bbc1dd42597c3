# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kept log has no secret in any form and fits into a ConfigMap."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.bootstrap.job_log import (
    MOST_BYTES,
    bounded,
    end,
    forms,
    kept,
    redact,
)

PASSWORD = 'p@ss "word"/\\ 1'


def test_no_form_of_a_password_is_kept_f7_f10() -> None:
    said = (PASSWORD, json.dumps(PASSWORD), f"postgres://u:{quote(PASSWORD, safe='')}@db", "".join(PASSWORD.split()))
    text = redact("\n".join(said), forms([PASSWORD.encode()]))
    assert text == '(hidden)\n"(hidden)"\npostgres://u:(hidden)@db\n(hidden)'


def test_of_two_secrets_the_longer_is_hidden_whole_f10() -> None:
    assert redact("abcdefgh", forms([b"abcd", b"abcdefgh"])) == "(hidden)"


def test_every_line_of_a_long_secret_is_hidden_and_no_ordinary_word_f10() -> None:
    secrets = forms([b"first line\nsecond line\n", b"on", b"\xff\xfe", b""])
    assert redact("on second line", secrets) == "on (hidden)"


def test_beginning_and_end_are_kept_f30() -> None:
    lines = [f"line {number}" for number in range(100_000)]
    text = bounded("\n".join(lines), 10_000)
    assert text.startswith("line 0\nline 1\n") and text.endswith("\nline 99999")
    assert "bytes of this log were left out here" in text


@given(st.text(), st.integers(100, 400))
def test_what_is_kept_never_takes_more_room_f30(text: str, most: int) -> None:
    assert len(bounded(text, most).encode()) <= most


def test_the_logs_of_all_attempts_fit_together_f30() -> None:
    logs = kept({f"pod-{number}": "x y\n" * 400_000 for number in range(7)}, ())
    assert len(logs) == 7
    assert sum(len(text.encode()) for text in logs.values()) <= MOST_BYTES


def test_the_end_is_one_line() -> None:
    assert end("a\n\n b \n") == "a | b"
    assert end("") == "there is none"


KNEX_FAILED = """
Using environment: migration
migration file "20250712_add_column.cjs" failed
migration failed with error: alter table "clients" add column "url" text - column "url" of relation "clients" already exists
alter table "clients" add column "url" text - column "url" of relation "clients" already exists
error: alter table "clients" add column "url" text - column "url" of relation "clients" already exists
    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:285:98)
    at Parser.handlePacket (/app/node_modules/pg-protocol/dist/parser.js:122:29)
    at Socket.<anonymous> (/app/node_modules/pg-protocol/dist/index.js:11:42)
    at async Promise.all (index 0)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at /app/server/knexfile.cjs:10:3
{
  length: 123,
  severity: 'ERROR',
  code: '42701',
  detail: undefined,
  hint: 'Rename one of them.',
  position: undefined,
  file: 'tablecmds.c',
  line: '7231',
  routine: 'check_for_column_name_collision'
}
npx ended with 1
"""


def test_a_migration_that_failed_in_sql_is_told_by_its_file_and_its_error_r15() -> None:
    told = end(KNEX_FAILED)
    assert "20250712_add_column.cjs" in told and 'column "url" of relation "clients" already exists' in told
    assert "code: '42701'" in told and "Rename one of them." in told
    assert told.count("already exists") <= 2
    assert not [word for word in ("parser.js", "Promise.all", "task_queues", "knexfile", "tablecmds") if word in told]


def test_what_is_no_stack_stays() -> None:
    assert end("at last\nline: one\nlook at 10:30") == "at last | look at 10:30"
    assert end("{}\n\n") == "there is none"

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is shown of talosctl's errors, in the forms that its versions have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.talos.talos_said import NOTHING, said

# As 1.13 and 1.14 print them.
STATUS = "rpc error: code = FailedPrecondition desc = bootstrap is not available yet"
LISTED = f"1 error occurred:\n\t* 192.0.2.10: {STATUS}\n\n\n"
INVALID = "rpc error: code = InvalidArgument desc = 2 errors occurred:\n\t* install disk is missing\n\t* no such field\n\n"


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        (f"error executing bootstrap: {STATUS}\n", "FailedPrecondition", "bootstrap is not available yet (FailedPrecondition)"),
        (LISTED, "FailedPrecondition", "bootstrap is not available yet (FailedPrecondition)"),
        (
            f"WARNING: 192.0.2.10: older server\n{LISTED}{LISTED}",
            "FailedPrecondition",
            "bootstrap is not available yet (FailedPrecondition)",
        ),
        (
            f"1 error occurred:\n\t* 192.0.2.10: {INVALID}",
            "InvalidArgument",
            "install disk is missing; no such field (InvalidArgument)",
        ),
        (
            'rpc error: code = Unavailable desc = connection error: desc = "transport: write: broken pipe"',
            "Unavailable",
            'connection error: desc = "transport: write: broken pipe" (Unavailable)',
        ),
        ("2 errors occurred:\n\t* install disk is missing\n\t* no such field\n\n", "", "install disk is missing; no such field"),
        (
            "generating PKI and tokens\nfailed to generate config bundle: JSON6902 patches are not supported\n",
            "",
            "failed to generate config bundle: JSON6902 patches are not supported",
        ),
        (
            "error parsing config JSON patch: unknown keys found:\n"
            "machine:\n    tokken: canary\n    disks:\n        - devise: canary\ncluster:\n    a: canary\n\n",
            "",
            "error parsing config JSON patch: unknown keys found: machine.tokken, machine.disks.devise, cluster.a",
        ),
        (
            "1 error occurred:\n\t* v1alpha1.Config: 2 errors occurred:\n\t* no disk\n\t* no type\n\n\n\n",
            "",
            "v1alpha1.Config; no disk; no type",
        ),
        (
            "error pulling upgrade image: error from node 192.0.2.10: rpc error: code = NotFound desc = error pulling image: "
            '1 error(s) occurred:\n\tfailed to pull image "h/installer:v1.13.1": not found\n',
            "NotFound",
            'error pulling image; failed to pull image "h/installer:v1.13.1": not found (NotFound)',
        ),
        ("\n", "", NOTHING),
    ],
)
def test_an_error_is_quoted_and_what_surrounds_it_is_not(text: str, code: str, shown: str) -> None:
    assert said(text) == (code, shown)


def test_one_trouble_has_the_same_words_with_every_connection() -> None:
    text = "rpc error: code = Unavailable desc = error reading from server: read tcp 127.0.0.1:{}->192.0.2.10:50000: read: reset"
    shown = {said(text.format(port)) for port in (40001, 40002)}
    assert shown == {("Unavailable", "error reading from server: read tcp 192.0.2.10:50000: read: reset (Unavailable)")}


@given(st.text(max_size=40), st.text(alphabet="abc:- {}\n\t", max_size=40))
def test_what_follows_an_error_stays_hidden(before: str, after: str) -> None:
    for form in (STATUS, LISTED):
        code, shown = said(f"{form}\nmachine: canary\n{after}\n")
        assert code == "FailedPrecondition" and "canary" not in shown
        assert "canary" not in said(f"{form.rstrip()}\n    token: canary\n{after}")[1]
        assert "canary" not in said(f"unknown keys:\nmachine:\n  token: canary\n{after}\n")[1]
    assert "\n" not in said(before)[1] and said(before)[1]

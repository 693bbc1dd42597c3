# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lost claims: each gets the one volume that has its data, and where there is a doubt nobody gets any (F36, U1)."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.alga.appliance.plugins.module_utils._core.storage.rebinding import Binding, plan
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import (
    Claim,
    Directory,
    StorageObservation,
    Volume,
)

DB, REDIS, FILES = CLAIMS = ("db", "redis", "files")
LOST = StorageObservation(
    "msp",
    DB,
    volumes=(Volume("pv-1", "Released", DB, "/data/pv-1_msp_db"),),
    directories=(
        Directory(path="/data/pv-1_msp_db", claim=DB, node="n", begun=True),
        Directory(path="/data/pv-2_msp_files", claim=FILES, node="n"),
    ),
)
ELSEWHERE = Volume("pv-1", "Bound", DB, "/data/pv-1_msp_db", unmet="kubernetes.io/hostname In old")
STRANDED = (Claim(DB, "Bound", "pv-1"), Claim(FILES, "Bound", "pv-2"))
HERE = Directory(path="/data/pv-1_msp_db", claim=DB, node="n", begun=True)


@pytest.mark.parametrize(
    ("change", "bound", "why"),
    [
        ({}, [Binding(DB, "pv-1"), Binding(FILES, "pv-2", "/data/pv-2_msp_files", "n")], ""),
        ({"directories": None}, [Binding(DB, "pv-1")], ""),
        (
            {"volumes": ()},
            [Binding(DB, "pv-1", "/data/pv-1_msp_db", "n"), Binding(FILES, "pv-2", "/data/pv-2_msp_files", "n")],
            "",
        ),
        ({"claims": (Claim(DB, "Bound", "pv-1"), Claim(FILES, "Pending", "pv-2"))}, [], ""),
        ({"claims": (Claim(DB, "Bound", "pv-1", terminating=True),)}, [], "db: being deleted"),
        ({"claims": (Claim(FILES, "Pending"),)}, [], "files exists, has no volume"),
        ({"claims": (Claim(REDIS, "Pending"),)}, [Binding(DB, "pv-1"), Binding(FILES, "pv-2", "/data/pv-2_msp_files", "n")], ""),
        (
            {"volumes": (Volume("pv-1", "Released", DB), Volume("pv-9", "Failed", DB))},
            [],
            "any of pv-1, pv-9, /data/pv-1_msp_db",
        ),
        ({"volumes": (), "directories": (Directory(path="/data/x", claim="other", begun=True),)}, [], "directory /data/x"),
        ({"volumes": (), "directories": ()}, [], "the location of the database is unknown"),
        # A pattern of names has no volume's name in it.
        (
            {"volumes": (), "directories": (Directory(path="/data/msp/db", claim=DB, node="n", begun=True),)},
            [Binding(DB, "msp-db", "/data/msp/db", "n")],
            "",
        ),
        # R8: the claim is bound to a volume that is gone.
        (
            {"claims": (Claim(DB, "Lost", "pv-1"), Claim(FILES, "Bound", "pv-2")), "volumes": ()},
            [Binding(DB, "pv-1", "/data/pv-1_msp_db", "n", exists=True)],
            "",
        ),
        (
            {
                "claims": (Claim(DB, "Lost", "pv-1"), Claim(FILES, "Bound", "pv-2")),
                "volumes": (),
                "directories": (Directory(path="/data/msp/db", claim=DB, node="n", begun=True),),
            },
            [Binding(DB, "pv-1", "/data/msp/db", "n", exists=True)],
            "",
        ),
        (
            {"claims": (Claim(DB, "Lost", "pv-1"),), "volumes": (), "directories": ()},
            [],
            "which no longer exists, and no directory of it",
        ),
        # R9: the claim is bound to a volume that no node can mount.
        (
            {"claims": STRANDED, "volumes": (ELSEWHERE,)},
            [Binding(DB, "pv-1", "/data/pv-1_msp_db", "n", exists=True, replaces=True)],
            "",
        ),
        ({"claims": STRANDED, "volumes": (ELSEWHERE,), "directories": ()}, [], "found on no node's storage path"),
        (
            {"claims": STRANDED, "volumes": (ELSEWHERE,), "directories": (HERE, dataclasses.replace(HERE, node="m"))},
            [],
            "found on each of n, m",
        ),
        (
            {"claims": STRANDED, "volumes": (ELSEWHERE,), "directories": (dataclasses.replace(HERE, begun=False),)},
            [],
            "found on no node's storage path",
        ),
    ],
)
def test_a_claim_gets_what_carries_its_name_r8_r9(change: dict[str, t.Any], bound: list[Binding], why: str) -> None:
    found, refusal = plan(dataclasses.replace(LOST, **change), CLAIMS)
    assert found == bound and why in refusal and bool(why) is bool(refusal)


VOLUMES = st.builds(Volume, st.sampled_from("abcd"), st.sampled_from(["Released", "Available"]), st.sampled_from(CLAIMS))
FOUND = st.builds(Claim, st.sampled_from(CLAIMS), st.just("Bound"), st.sampled_from(["", "a"]), st.booleans())
PLACES = st.builds(Directory, path=st.sampled_from(["/d/e_msp_x", "/d/f_msp_x"]), claim=st.sampled_from(CLAIMS))


@given(
    st.lists(FOUND, unique_by=lambda claim: claim.name),
    st.lists(VOLUMES, unique_by=lambda volume: volume.name),
    st.none() | st.lists(PLACES, unique_by=lambda place: place.path),
)
def test_no_claim_that_exists_is_touched_and_none_has_two_places(
    claims: list[Claim], volumes: list[Volume], places: list[Directory] | None
) -> None:
    seen = StorageObservation("msp", DB, tuple(claims), tuple(volumes), None if places is None else tuple(places))
    bindings, refusal = plan(seen, CLAIMS)
    assert not (bindings and refusal)
    assert len({binding.claim for binding in bindings}) == len(bindings) == len({binding.volume for binding in bindings})
    assert {binding.claim for binding in bindings}.isdisjoint(claim.name for claim in claims)
    if not refusal:
        has = {claim.name for claim in claims if claim.volume} | {binding.claim for binding in bindings}
        assert DB in has

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sizes of volumes: what is smaller than the variables say is named, with the way to grow it."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core import names
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.sizes import Held, number_of_bytes, sentences, smaller

CLAIM = names.claims(names.FULLNAME)[names.DATABASE_SECTION]


@pytest.mark.parametrize(
    ("quantity", "number"),
    [("1Gi", 2**30), ("1G", 10**9), ("1.5Gi", 3 * 2**29), ("20e9", 20 * 10**9), ("4096", 4096), ("1Ki", 1024), ("1k", 1000)],
)
def test_quantities_are_read_as_kubernetes_writes_them(quantity: str, number: int) -> None:
    assert number_of_bytes(quantity) == number


@pytest.mark.parametrize(
    ("has", "wants", "is_smaller"),
    [("20Gi", "50Gi", True), ("50Gi", "50Gi", False), ("50Gi", "53687091200", False), ("50G", "50Gi", True), ("?", "1Gi", False)],
)
def test_a_claim_is_smaller_by_its_bytes_r24(has: str, wants: str, is_smaller: bool) -> None:
    assert smaller(Held(CLAIM, has, "local-path"), wants) is is_smaller


@pytest.mark.parametrize(
    ("expandable", "words"),
    [
        (True, "set its spec.resources.requests.storage to 50Gi"),
        (False, "does not allow expansion, so a larger volume must be created and filled from a backup"),
        (None, "could not be read"),
    ],
)
def test_the_sentence_says_how_a_volume_is_grown_r24(expandable: bool | None, words: str) -> None:
    held = {CLAIM: Held(CLAIM, "20Gi", "local-path", expandable)}
    (said,) = sentences("msp", names.FULLNAME, held, {"db": "50Gi", "redis": "1Gi"})
    assert said.startswith(f"PersistentVolumeClaim msp/{CLAIM} keeps its 20Gi although alga_db_storage_size is 50Gi; ")
    assert words in said and "local-path" in said
    assert not sentences("msp", names.FULLNAME, held, {"db": "20Gi"}), "what is as big as it should be is not mentioned"

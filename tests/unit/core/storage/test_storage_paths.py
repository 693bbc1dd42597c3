# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a provisioner's paths are, and whose a directory below them is (R1, R2)."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage import Directory
from ansible_collections.alga.appliance.plugins.module_utils._core.storage.storage_paths import claim_of, is_config, own, places

OTHER = "DEFAULT_PATH_FOR_NON_LISTED_NODES"
DB, FILES = "alga-core-sebastian-postgres-data", "alga-core-sebastian-storage"
CLAIMS = (DB, FILES)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"nodePathMap": [{"node": OTHER, "paths": ["/a"]}]}, [("n1", "/a"), ("n2", "/a")]),
        (
            {"nodePathMap": [{"node": OTHER, "paths": ["/a"]}, {"node": "n2", "paths": ["/b", "/c"]}]},
            [("n1", "/a"), ("n2", "/b"), ("n2", "/c")],
        ),
        ({"nodePathMap": [{"node": OTHER, "paths": ["/a"]}, {"node": "n2", "paths": []}]}, [("n1", "/a")]),
        ({"nodePathMap": [{"node": "n2", "paths": ["/b"]}]}, [("n2", "/b")]),
        ({"sharedFileSystemPath": "/nfs"}, [("n1", "/nfs")]),
        ({"nodePathMap": None, "sharedFileSystemPath": "/nfs"}, [("n1", "/nfs")]),
        (
            {
                "storageClassConfigs": {
                    "fast": {"nodePathMap": [{"node": "n1", "paths": ["/fast"]}]},
                    "s": {"sharedFileSystemPath": "/s"},
                }
            },
            [("n1", "/fast"), ("n1", "/s")],
        ),
    ],
)
def test_every_path_of_every_node_is_known_r2(config: dict[str, t.Any], found: list[tuple[str, str]]) -> None:
    text = json.dumps(config)
    assert is_config(text)
    assert places(text, ["n1", "n2"]) == found


@pytest.mark.parametrize("config", [{"nodePathMap": [{"node": "n1"}]}, {"nodePathMap": 7}, {"storageClassConfigs": ["a"]}])
def test_a_configuration_that_cannot_be_read_is_none(config: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        places(json.dumps(config), ["n1"])


@pytest.mark.parametrize("text", ["", "#!/bin/sh", "nodePathMap: []", '["nodePathMap"]', '{"other": "nodePathMap"}'])
def test_another_text_is_no_configuration(text: str) -> None:
    assert not is_config(text)


@pytest.mark.parametrize(
    ("relative", "claim"),
    [
        (f"pvc-1_msp_{DB}", DB),
        ("pvc-1_msp_db-data-db-0", "db-data-db-0"),
        (f"msp/{DB}", DB),
        (f"msp-{DB}", DB),
        (f"msp_{DB}", DB),
        (f"tenants/msp/{DB}/pvc-1", DB),
        (f"{DB}/msp", DB),
        # Without the namespace, or with another one, nobody knows.
        (DB, ""),
        (f"msp-2/{DB}", ""),
        (f"pvc-1_msp-2_{DB}", ""),
        ("somewhere/else", ""),
        (".", ""),
    ],
)
def test_a_directory_is_a_claim_s_where_its_path_says_so_r1(relative: str, claim: str) -> None:
    assert claim_of(relative, "msp", CLAIMS) == claim


def seen(path: str, *, begun: bool = False, version: str = "") -> Directory:
    return Directory(path=path, claim="", node="n1", begun=begun, version=version)


def paths(*found: Directory, others: tuple[str, ...] = ()) -> dict[str, str]:
    return {each.path: each.claim for each in own(found, "/data", "msp", CLAIMS, others)}


def test_data_is_known_by_what_it_is_and_not_by_its_name_r1() -> None:
    assert paths(seen("x/y/pgdata", begun=True)) == {"/data/x/y/pgdata": ""}
    assert paths(seen(".", begun=True)) == {"/data": ""}
    assert paths(seen(f"msp/{FILES}")) == {f"/data/msp/{FILES}": FILES}


def test_what_a_volume_of_somebody_else_speaks_of_is_somebody_else_s() -> None:
    other = seen("other/db", begun=True)
    assert paths(other, others=("/data/other/db",)) == paths(other, others=("/data/other",)) == {}
    assert paths(other, others=("/data/other/d",)) == {"/data/other/db": ""}
    assert paths(seen(f"pvc-1_other_{DB}", begun=True)) == paths(seen(f"pvc-1_msp-2_{DB}", begun=True)) == {}


def test_what_was_moved_aside_on_its_own_volume_is_no_other_data_f35() -> None:
    volume = seen(f"pvc-1_msp_{DB}", begun=True, version="17")
    aside = seen(f"pvc-1_msp_{DB}/data.half-initialised-r1-1", begun=True)
    assert paths(volume, volume, aside) == {f"/data/pvc-1_msp_{DB}": DB}
    assert paths(seen(f"pvc-1_msp_{DB}"), aside) == {
        f"/data/pvc-1_msp_{DB}": DB,
        f"/data/pvc-1_msp_{DB}/data.half-initialised-r1-1": DB,
    }

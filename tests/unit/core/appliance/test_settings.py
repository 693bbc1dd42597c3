# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operator's variables: all errors at once, empty means unset."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.settings import ROLES, SETTINGS, effective, needing

GOOD = {"alga_kubeconfig": "/k", "alga_chart": "/c"}


def test_ten_wrong_variables_are_ten_sentences() -> None:
    wrong = {
        "alga_kubeconfig": "",
        "alga_chart": 3,
        "alga_namespace": "Not A Name",
        "alga_release": "x" * 70,
        "alga_environment": "test",
        "alga_seed_set": "other",
        "alga_values": "text",
        "alga_db_storage_size": "50",
        "alga_progress_timeout": "soon",
        "alga_expect": ["behind"],
        "alga_release_migration_lock": "perhaps",
        "alga_seed_contract": {"tables": {"users": 0}},
        "alga_chrt": "typo",
        "alga_rotate_roles": "nobody",
    }
    _values, errors = effective("repair", wrong)
    assert len(errors) == 15, errors
    for name in wrong:
        assert any(error.startswith(name) for error in errors), name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("alga_seedset", "; did you mean alga_seed_set?"),
        ("alga_db_storage_sise", "; did you mean alga_db_storage_size or alga_redis_storage_size?"),
        # The prefix makes no name resemble another.
        ("alga_foo", "."),
    ],
)
def test_an_unknown_variable_is_named_with_those_that_resemble_it(name: str, told: str) -> None:
    assert effective("recover", {**GOOD, name: "x"})[1] == [f"{name} is not a variable of this collection{told}"]


def test_an_empty_survey_answer_counts_as_unset() -> None:
    empty = {setting.name: "" for setting in SETTINGS if setting.name not in GOOD}
    values, errors = effective("fresh", {**GOOD, **empty})
    assert not errors
    assert values["alga_environment"] == "production" and values["alga_seed_set"] == "onboarding"


def test_texts_of_the_command_line_and_of_awx_are_read_as_what_they_stand_for() -> None:
    values, errors = effective("recover", {**GOOD, "alga_expect": "seeded, absent", "alga_release_migration_lock": "yes"})
    assert not errors
    assert values["alga_expect"] == ["seeded", "absent"]
    assert values["alga_release_migration_lock"] is True


def test_demonstration_seeds_do_not_enter_production_f23() -> None:
    _values, errors = effective("fresh", {**GOOD, "alga_seed_set": "dev"})
    assert len(errors) == 1 and "alga_environment" in errors[0]
    _values, errors = effective("fresh", {**GOOD, "alga_seed_set": "dev", "alga_environment": "demonstration"})
    assert not errors


def test_status_needs_no_chart() -> None:
    assert effective("status", {"alga_kubeconfig": "/k"})[1] == []


def test_the_roles_of_a_play_are_all_of_the_collection() -> None:
    assert sorted(ROLES) == sorted(path.name for path in (Path(__file__).parents[4] / "roles").iterdir())


@pytest.mark.parametrize(
    ("roles", "lacking"),
    [
        (["verify"], ["alga_kubeconfig"]),
        (["core"], ["alga_kubeconfig", "alga_chart"]),
        (["lease", "bootstrap"], ["alga_kubeconfig", "alga_chart"]),
        (["escrow"], ["alga_kubeconfig", "alga_escrow"]),
        (["talos"], ["alga_kubeconfig", "alga_talos_node"]),
        (["somebody's"], []),
    ],
)
def test_without_a_mode_the_roles_of_a_play_say_what_is_needed(roles: list[str], lacking: list[str]) -> None:
    assert [error.partition(" ")[0] for error in effective("", {}, roles)[1]] == lacking


def test_a_mode_decides_whatever_roles_there_are() -> None:
    assert needing("status", ["core"]) == {"status"}
    assert needing("", ["core", "somebody's"]) == {"core"}
    assert needing("repair") == {"fresh"}, "what is not known needs everything"


@pytest.mark.parametrize("size", ["50Gi", "50G", "1.5Gi", "0.5Ti", "1024Mi", "53687091200", "100k"])
def test_every_form_of_a_size_is_a_quantity(size: str) -> None:
    assert [error for error in effective("recover", {"alga_db_storage_size": size})[1] if "storage_size" in error] == []


@pytest.mark.parametrize(
    ("version", "wrong"),
    [("0.0.37", 0), ("v0.0.38-rc1", 0), ("v0.0.100", 0), ("", 0)]
    + [(version, 1) for version in ("latest", "0.37", "0.0.37@sha256:0", "vv0.0.37", "0.0.37\n", " 0.0.37", "0.0.37-")],
)
def test_a_version_is_three_numbers(version: str, wrong: int) -> None:
    errors = [error for error in effective("recover", {"alga_talos_provisioner_version": version})[1] if "provisioner" in error]
    assert len(errors) == wrong
    assert not wrong or errors == [f"alga_talos_provisioner_version is {version!r}; it must be a version such as 0.0.37."]


@pytest.mark.parametrize("size", ["0", "50", "0Gi", "0.0Gi", "-1Gi", "50 Gi", "50gi", "50GB", "Gi", "1e3Gi", ".", "five", "5m"])
def test_what_is_no_size_is_not_a_quantity(size: str) -> None:
    errors = effective("recover", {"alga_db_storage_size": size})[1]
    assert any(error.startswith("alga_db_storage_size") for error in errors)


@pytest.mark.parametrize(("endpoint", "said"), [({}, True), ({"alga_talos_endpoint": "https://appliance:6443"}, False)])
def test_a_machine_with_an_address_of_one_link_needs_another_for_the_api_server(endpoint: dict[str, str], said: bool) -> None:
    errors = effective("recover", {"alga_talos_node": "fe80::1%eth0", **endpoint})[1]
    assert (
        any(error.startswith("alga_talos_endpoint is not set, and alga_talos_node is a link-local") for error in errors) is said
    )


def wrong(name: str, value: t.Any) -> list[str]:
    """What is said about one variable."""
    return [error for error in effective("fresh", {name: value})[1] if error.startswith(name)]


@pytest.mark.parametrize("version", ["0.0.30", "v0.0.30", "0.0.36", "0.0.9", "v0.0.36-rc1"])
def test_a_provisioner_with_known_vulnerabilities_is_refused(version: str) -> None:
    (said,) = wrong("alga_talos_provisioner_version", version)
    assert said == (
        f"alga_talos_provisioner_version is {version!r}, which has known vulnerabilities (CVE-2025-62878, CVE-2026-44543); "
        "it must be 0.0.37 or later."
    )


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        *(("alga_progress_timeout", value, True) for value in (1, "600", 10**9 - 1)),
        *(
            ("alga_progress_timeout", value, False)
            for value in ("\N{ARABIC-INDIC DIGIT SIX}", "9" * 5000, 10**400, "6 ", True, 1.0)
        ),
        ("alga_storage_class", "rook.ceph-block", True),
        ("alga_storage_class", "a..b", False),
        ("alga_storage_class", ".".join(["a" * 63] * 4), False),
        ("alga_adopt_secret", "db.credentials", True),
        ("alga_adopt_secret", "db_credentials", False),
        ("alga_release", "a" * 53, True),
        ("alga_release", "a" * 54, False),
        ("alga_release", "a\n", False),
        *(("alga_talos_kubernetes_version", version, True) for version in ("1.34.1", "v1.34.1", "1.35.0-rc.1")),
        *(("alga_talos_kubernetes_version", version, False) for version in ("latest", "1.34", "1.34.1\n", 1.34)),
    ],
)
def test_what_a_variable_may_be_and_what_not(name: str, value: t.Any, right: bool) -> None:
    assert (wrong(name, value) == []) is right


@pytest.mark.parametrize(
    ("image", "right"),
    [
        *(
            (image, True)
            for image in ("busybox", "busybox:1.36", "a/b/c__d:V1_x.y-z", "localhost:5000/x", "Registry.Example:5000/x:1")
        ),
        *((f"{image}@sha256:{'a' * 64}", True) for image in ("x", "docker.io/library/x:1", "[::1]:5000/x")),
        *(
            (image, False)
            for image in ("Busybox:1", "x/Busybox", "x:", "x:1 y", "x:1\n", "http://x/y", "x@sha256:a", "/x", "x//y", 5)
        ),
    ],
)
def test_what_is_an_image_reference_and_what_not(image: t.Any, right: bool) -> None:
    assert (wrong("alga_helper_image", image) == []) is right
    assert (wrong("alga_talos_installer_image", image) == []) is right


def test_a_name_that_is_no_text_is_no_variable() -> None:
    assert "5 is not a variable of this collection" in effective("fresh", t.cast("t.Any", {5: 1, "alga_x": 2}))[1][0]

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What "check" leaves behind on an empty node: nothing."""

from __future__ import annotations

from ansible_collections.alga.appliance.tests.scenarios.appliance import NAMESPACE, Appliance


def test_there_is_no_namespace(appliance: Appliance) -> None:
    namespaces = appliance.kubectl("get", "namespaces", "-o", "name").splitlines()
    assert f"namespace/{NAMESPACE}" not in namespaces


def test_there_is_no_volume_and_no_directory(appliance: Appliance) -> None:
    assert appliance.kubectl("get", "persistentvolumes", "-o", "name") == ""
    assert appliance.directories() == []


def test_there_is_no_release(appliance: Appliance) -> None:
    assert appliance.helm("list", "--all", "--short") == ""

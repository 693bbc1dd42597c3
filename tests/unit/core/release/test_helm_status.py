# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every status of a Helm release has a way, and one that nobody has seen is refused (R7)."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.release.helm_status import HelmStatus, Way, way


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ("unknown", Way.REFUSE),
        ("deployed", Way.COMPARE),
        ("uninstalled", Way.RUN),
        ("superseded", Way.RUN),
        ("failed", Way.RUN),
        ("uninstalling", Way.FORGET),
        ("pending-install", Way.FORGET),
        ("pending-upgrade", Way.FORGET),
        ("pending-rollback", Way.FORGET),
        ("", Way.REFUSE),
        ("quiescing", Way.REFUSE),
    ],
)
def test_what_is_done_about_a_status_r7(status: str, done: Way) -> None:
    assert way(status) is done


def test_no_status_is_without_a_way_r7() -> None:
    assert [status for status in HelmStatus if way(status) is Way.REFUSE] == [HelmStatus.UNKNOWN]

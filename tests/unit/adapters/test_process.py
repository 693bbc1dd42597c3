# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of others get the cluster that the options name, whatever the environment names, and may print any bytes."""

from __future__ import annotations

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._adapters import process

ASTRAY = ("HELM_KUBECONTEXT", "HELM_KUBETOKEN", "HELM_NAMESPACE", "HELM_DRIVER", "KUBECONFIG", "TALOSCONFIG")


@pytest.mark.parametrize("name", ASTRAY)
def test_no_variable_leads_a_program_astray_r19(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("HELM_CACHE_HOME", "kept")
    _code, output, _said = process.run(["env"], "")
    assert "canary" not in output and "HELM_CACHE_HOME=kept" in output


def test_bytes_that_are_no_text_end_nothing() -> None:
    assert process.run(["sh", "-c", "cat; printf 'M\\374' >&2; exit 3"], "\U0001f680") == (3, "\U0001f680", "M\ufffd")


def test_a_program_that_gives_no_answer_is_ended() -> None:
    with pytest.raises(process.Unanswered):
        process.run(["sleep", "60"], "", seconds=0.1)

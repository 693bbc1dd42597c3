# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container runs."""

from __future__ import annotations

from ansible_collections.alga.appliance.plugins.module_utils._core.charts.scripts import scripts
from ansible_collections.alga.appliance.tests.unit.core.charts.manifests import charts, deployment

CONFIG = "---\nkind: ConfigMap\nmetadata: {name: s}\ndata: {a.sh: first, b.sh: second}\n"


def test_the_words_of_a_command_and_the_files_that_it_names_are_run_w24() -> None:
    mounted = "        command: [sh]\n        args: [/b/b.sh]\n        volumeMounts: [{name: v, mountPath: /b}]\n"
    given = charts(CONFIG + deployment(mounted + "      volumes: [{name: v, configMap: {name: s}}]\n"))
    (container,) = given.containers
    found = list(scripts(container, given.config_maps))
    assert [each.text for each in found] == ["sh", "/b/b.sh", "second"]
    assert str(found[-1].item) == "ConfigMap msp/s" and found[-1].path == ("data", "b.sh")

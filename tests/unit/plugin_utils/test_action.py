# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a failure of an action plugin is printed by Ansible's own default callback."""

from __future__ import annotations

import json

from ansible.plugins.callback import CallbackBase

from ansible_collections.alga.appliance.plugins.plugin_utils._action import shown

FAILED = {"failed": True, "changed": False, "msg": "It was refused.", "evidence": {"state": "absent", "claims": [{"name": "a"}]}}


def test_the_sentence_is_on_a_line_of_its_own_behind_the_evidence() -> None:
    printed = CallbackBase()._dump_results(shown(FAILED))
    assert json.loads(printed) == FAILED, "nothing is kept from whoever reads the result"
    assert printed.splitlines()[-2:] == ['    "msg": "It was refused."', "}"]


def test_what_went_well_is_printed_as_ever() -> None:
    assert shown({"changed": True}) == {"changed": True}

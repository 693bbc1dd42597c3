# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several modules document reads the same in each. Ansible has fragments for options and attributes, and none for RETURN."""

from __future__ import annotations

import typing as t
from collections import Counter, defaultdict

import pytest
import yaml

from ansible_collections.alga.appliance.tests.unit.documentation.module_pages import FRAGMENTS, MODULES, constant

Documented = dict[str, dict[str, t.Any]]

# The keys of every result, on every path. A module adds to the description of its evidence, and has its own states and decisions.
STATE = "Null if the module fails before it is known."
DECISION = "If the module fails, V(refuse) if it refused to act, and V(fail) otherwise."
EVIDENCE = "The facts behind the result, without secrets."
ALIKE: Documented = {
    "msg": {
        "description": "Human-readable summary of what was attempted, what was found, and what to do next.",
        "returned": "always",
        "type": "str",
    },
    "next_action": {
        "description": [
            "The recommended next action. Empty if nothing needs to be done.",
            "If the module fails, it is part of RV(msg), and empty if it cannot be separated from the rest of it.",
        ],
        "returned": "always",
        "type": "str",
    },
    "drift": {
        "description": "Whether the actual state differs from the expected state. Null if the module fails.",
        "returned": "always",
        "type": "bool",
    },
}
# Names that mean something else in each module that has them.
OWN_FACTS = {"evidence.database", "evidence.roles", "evidence.rows", "evidence.storage"}
OWN_OPTIONS = {"confirm", "roles"}
# The rest of an option's modules agree; these mean something else by it.
APART = {
    "expect": {"alga_pg_state"},
    "mode": {"alga_preflight"},
    "sizes": {"alga_appliance_info"},
}


def sentences(documented: dict[str, t.Any]) -> list[str]:
    """A description, an item each."""
    said = documented["description"]
    return [said] if isinstance(said, str) else said


def facts(keys: Documented, above: str = "") -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Every returned key with those it contains, by path."""
    for name, documented in keys.items():
        yield above + name, documented
        yield from facts(documented.get("contains", {}), f"{above}{name}.")


RETURNED: dict[str, Documented] = {file.stem: yaml.safe_load(constant(file, "RETURN")) for file in MODULES}
DOCUMENTATION: dict[str, dict[str, t.Any]] = {
    file.stem: yaml.safe_load(constant(file, "DOCUMENTATION")) for file in [*MODULES, *FRAGMENTS]
}


@pytest.mark.parametrize("module", RETURNED)
def test_what_every_module_returns_reads_the_same(module: str) -> None:
    returned = RETURNED[module]
    assert {key: returned[key] for key in ALIKE} == ALIKE
    assert sentences(returned["evidence"])[0] == EVIDENCE and returned["evidence"]["returned"] == "always"
    for key, last in (("state", STATE), ("decision", DECISION)):
        assert sentences(returned[key])[1:][-1:] == [last]
        assert (returned[key]["returned"], returned[key]["type"]) == ("always", "str") and returned[key]["sample"]


def test_a_fact_that_several_modules_return_reads_the_same() -> None:
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for returned in RETURNED.values():
        for name, documented in facts(returned):
            kept = {key: value for key, value in documented.items() if key != "contains"}
            said[name][str(kept)] += 1
    several = {name for name, texts in said.items() if len(texts) > 1}
    assert several - {"state", "decision", "evidence"} == OWN_FACTS
    assert max(texts.total() for texts in said.values() if len(texts) == 1) == len(MODULES), "otherwise nothing was compared"


def test_an_option_of_several_modules_begins_with_the_same_sentence() -> None:
    """A module may add what it makes of it."""
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for module, documentation in DOCUMENTATION.items():
        for name, documented in documentation.get("options", {}).items():
            if module not in APART.get(name, ()):
                said[name][sentences(documented)[0]].append(module)
    several = {name: dict(texts) for name, texts in said.items() if len(texts) > 1 and name not in OWN_OPTIONS}
    assert several == {}
    assert {name for name, texts in said.items() if len(texts) > 1} == OWN_OPTIONS, "no name stays here that agrees"
    assert len(said["kubeconfig"]["Path of the kubeconfig for the cluster."]) == 5, "otherwise nothing was compared"


def test_what_is_apart_is_there() -> None:
    for name, modules in APART.items():
        for module in modules:
            assert name in DOCUMENTATION[module]["options"]


def test_no_note_and_no_text_of_an_attribute_is_written_twice() -> None:
    texts: Counter[str] = Counter()
    for documentation in DOCUMENTATION.values():
        texts.update(documentation.get("notes", []))
        for attribute in documentation.get("attributes", {}).values():
            texts.update([*attribute.get("details", []), *([attribute["description"]] if "description" in attribute else [])])
    assert {text for text, times in texts.items() if times > 1} == set()


@pytest.mark.parametrize("module", RETURNED)
def test_every_module_has_the_attributes_of_all_and_one_kind(module: str) -> None:
    used = {name.removeprefix("alga.appliance.") for name in DOCUMENTATION[module]["extends_documentation_fragment"]}
    assert "_module" in used and len({"_reading", "_writing", "_acting"} & used) == 1

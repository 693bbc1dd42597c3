# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A class of options says once what Ansible checks and what a use case reads; the two agree in every module."""

from __future__ import annotations

import types
import typing as t
from dataclasses import dataclass, fields
from enum import Enum

import pytest

from ansible_collections.alga.appliance.plugins.module_utils._core.appliance.appliance import Appliance
from ansible_collections.alga.appliance.plugins.module_utils._core.states import Mode
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._context import UseCase
from ansible_collections.alga.appliance.plugins.module_utils._use_cases._options import (
    Claims,
    Database,
    argument_spec,
    option,
    read,
)
from ansible_collections.alga.appliance.tests.unit.documentation.module_pages import MODULES
from ansible_collections.alga.appliance.tests.unit.every_use_case import USE_CASES

KINDS = {"str": str, "path": str, "int": int, "bool": bool, "dict": dict, "list": list}


def said(annotation: t.Any) -> tuple[t.Any, t.Any, bool]:
    """What an annotation says: its type, that of a list's elements, and whether it may be None."""
    given = t.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    (kind,) = (each for each in given if each is not types.NoneType)
    elements = t.get_args(kind)[0] if t.get_origin(kind) is list else None
    return t.get_origin(kind) or kind, elements, types.NoneType in given


def faults(case: UseCase[t.Any]) -> t.Iterator[str]:
    """Where the annotation of an option and its entry in the argument spec do not agree."""
    annotations = t.get_type_hints(case.options)
    # Which of them is there is a rule of its own.
    asked = {name for names in case.required_one_of for name in names} | {name for rule in case.required_if for name in rule[2]}
    for each in fields(case.options):
        kind, elements, may_be_none = said(annotations[each.name])
        spec = each.metadata
        choices = spec.get("choices") if isinstance(spec.get("choices"), type) else None
        wanted = choices if choices and spec["type"] != "list" else KINDS[spec["type"]]
        if kind is not wanted:
            yield f"{each.name} is {spec['type']} and annotated {kind}"
        if spec["type"] == "list" and t.get_origin(elements) is not dict and elements is not (choices or KINDS[spec["elements"]]):
            yield f"{each.name} has elements {spec['elements']} and is annotated with {elements}"
        given = bool(spec.get("required") or "default" in spec)
        if given is may_be_none and each.name not in asked:
            yield f"{each.name} {'never is' if given else 'may be'} None"


def test_every_module_has_its_use_case() -> None:
    assert sorted(case.name for case in USE_CASES) == [module.stem for module in MODULES]


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_annotations_and_the_argument_spec_agree(case: UseCase[t.Any]) -> None:
    assert list(faults(case)) == []


class Colour(Enum):
    """Two values."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Wrong:
    """Options whose annotations say something else."""

    number: str = option(type="int", default=1)
    colour: str = option(type="str", choices=Colour, default=Colour.RED)
    several: list[int] = option(type="list", elements="str", required=True)
    absent: str = option(type="str")
    present: str | None = option(type="str", required=True)


def test_what_does_not_agree_is_found() -> None:
    case = UseCase("alga_x", Wrong, lambda _options, _run: {})
    assert [fault.split()[0] for fault in faults(case)] == ["number", "colour", "several", "absent", "present"]


@dataclass(frozen=True)
class Painted:
    """Options with an enum, alone and in a list, and a secret."""

    colour: Colour = option(type="str", choices=Colour, default=Colour.RED)
    colours: list[Colour] | None = option(type="list", elements="str", choices=Colour)
    password: str | None = option(type="str", no_log=True)


def test_an_enum_is_its_values_for_ansible_and_itself_for_the_use_case() -> None:
    assert argument_spec(Painted)["colour"] == {"type": "str", "choices": ["red", "blue"], "default": "red"}
    assert argument_spec(Painted)["colours"] == {"type": "list", "elements": "str", "choices": ["red", "blue"]}
    assert read(Painted, {}) == Painted(colour=Colour.RED, colours=None, password=None)
    given = read(Painted, {"colour": "blue", "colours": ["red"], "password": "canary"})
    assert given == Painted(colour=Colour.BLUE, colours=[Colour.RED], password="canary")
    assert "canary" not in repr(given)


def test_the_appliance_has_the_names_that_there_are_options_for() -> None:
    given = {"namespace": "psa", "fullname": "core", "service": "postgres", "credentials_secret": "keys"}
    assert read(Claims, given).appliance == Appliance("psa", "core")
    assert read(Database, given).appliance == Appliance("psa", service="postgres", credentials_secret="keys")
    release = next(case for case in USE_CASES if case.name == "alga_release")
    options = read(release.options, given)
    assert options.appliance == Appliance("psa", "core", "postgres", "keys") and options.mode is Mode.RECOVER

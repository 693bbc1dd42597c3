# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's options as a frozen class: its fields are what the use case reads and what Ansible checks, written once.

A use case's class is made of the groups below, which modules share, and of fields of its own. Each field says in Ansible's own
terms what Ansible checks (Ansible: argument spec), and its annotation what the use case gets; a test holds that the two agree.
"""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass, field, fields, replace
from enum import Enum

from .._core import names
from .._core.appliance.appliance import Appliance
from .._core.decision.situation import CONVERGES_ON, EXPECTABLE
from .._core.states import Driver, Mode
from .._core.storage.local_path import HELPER_IMAGE, STORAGE_CLASS

Params = t.Mapping[str, t.Any]
Spec = dict[str, dict[str, t.Any]]
T = t.TypeVar("T")
# Required fields of one group come after those of another that have defaults.
_KEYWORD: t.Callable[..., t.Any] = functools.partial(field, kw_only=True)


def option(**spec: t.Any) -> t.Any:
    """One option of a module.

    :param spec: its entry in the argument spec; an enum in ``choices`` is also what the value is read as.
    """
    return _KEYWORD(metadata=spec, repr=not spec.get("no_log"))


def argument_spec(options: type) -> Spec:
    """The argument spec of a class of options."""
    return {each.name: _entry(each.metadata) for each in fields(options)}


def _entry(spec: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    choices = _enum(spec)
    if choices is None:
        return dict(spec)
    default = {"default": spec["default"].value} if "default" in spec else {}
    return {**spec, "choices": [each.value for each in choices], **default}


def _enum(spec: t.Mapping[str, t.Any]) -> type[Enum] | None:
    """The enum that the choices are."""
    choices = spec.get("choices")
    return choices if isinstance(choices, type) else None


def read(options: type[T], params: Params) -> T:
    """A class of options from what Ansible validated; one that is not there has its default, as Ansible gives it."""
    values: dict[str, t.Any] = {}
    for each in fields(options):  # type: ignore[arg-type]
        value = params.get(each.name, each.metadata.get("default"))
        choices = _enum(each.metadata)
        if choices is not None and value is not None:
            value = [choices(one) for one in value] if isinstance(value, list) else choices(value)
        values[each.name] = value
    return options(**values)


@dataclass(frozen=True)
class Cluster:
    """The cluster, and the appliance's namespace in it."""

    kubeconfig: str = option(type="path", required=True)
    context: str | None = option(type="str")
    namespace: str = option(type="str", default=names.NAMESPACE)

    @property
    def appliance(self) -> Appliance:
        """The appliance, by those of its names that the module has options for; the others are the usual ones."""
        return Appliance(self.namespace)


@dataclass(frozen=True)
class Changing(Cluster):
    """Of every module that changes something, and of the wait for what was changed.

    :param lease: who holds the appliance's Lease; empty where a play without one does, and in check mode.
    """

    lease: str = option(type="str", default="")


@dataclass(frozen=True)
class CredentialsSecret(Cluster):
    """The Secret that opens PostgreSQL."""

    credentials_secret: str = option(type="str", default=names.CREDENTIALS_SECRET, no_log=False)

    @property
    def appliance(self) -> Appliance:
        """The appliance, with its Secret."""
        return replace(super().appliance, credentials_secret=self.credentials_secret)


@dataclass(frozen=True)
class Database(CredentialsSecret):
    """PostgreSQL, and the Secret that opens it."""

    service: str = option(type="str", default=names.SERVICE)

    @property
    def appliance(self) -> Appliance:
        """The appliance, with its Service."""
        return replace(super().appliance, service=self.service)


@dataclass(frozen=True)
class Named(Cluster):
    """The full name, from which those of the appliance's objects and claims follow."""

    fullname: str = option(type="str", default=names.FULLNAME)

    @property
    def appliance(self) -> Appliance:
        """The appliance, with its full name."""
        return replace(super().appliance, fullname=self.fullname)


@dataclass(frozen=True)
class Claims(Named):
    """The appliance's volumes, and the image of the pods that look into them."""

    helper_image: str = option(type="str", default=HELPER_IMAGE)


@dataclass(frozen=True)
class Sizes:
    """What claims are made with."""

    storage_class: str = option(type="str", default=STORAGE_CLASS)
    sizes: dict[str, t.Any] = option(type="dict", default={})


@dataclass(frozen=True)
class Seeds:
    """What tells that seeds have run."""

    seed_contract: dict[str, t.Any] = option(type="dict", default={})
    environment: str = option(type="str", choices=["production", "demonstration"], default="production")


@dataclass(frozen=True)
class Judged(Database, Seeds):
    """A database, and what its contents are judged by."""


@dataclass(frozen=True)
class Observed(Judged, Claims):
    """Everything that is looked at before a decision."""

    expect: list[str] = option(type="list", elements="str", choices=list(EXPECTABLE), default=list(CONVERGES_ON))
    release_migration_lock: bool = option(type="bool", default=False)


@dataclass(frozen=True)
class Deciding(Changing, Observed):
    """Of every module that decides, as one step of fresh.yml or recover.yml."""

    mode: Mode = option(type="str", choices=Mode, default=Mode.RECOVER)


@dataclass(frozen=True)
class Released(Changing, Database, Named):
    """The core chart's release."""

    release: str = option(type="str", default=names.RELEASE)
    # Given where helm runs.
    chart: str = option(type="path")
    helm: str = option(type="str", default="helm")
    values: dict[str, t.Any] = option(type="dict", default={})
    driver: Driver = option(type="str", choices=Driver, default=Driver.COLLECTION)


@dataclass(frozen=True)
class Confirmed:
    """A typed confirmation."""

    confirm: str = option(type="str", default="")


@dataclass(frozen=True)
class Waiting:
    """How long what makes no progress is waited for, in seconds."""

    progress_timeout: int = option(type="int", default=600)


@dataclass(frozen=True)
class Escrowed:
    """An encrypted copy off the cluster, as the variable alga_escrow has it."""

    escrow: dict[str, t.Any] = option(type="dict", default={})

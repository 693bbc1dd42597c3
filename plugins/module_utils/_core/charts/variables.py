# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What containers read as environment variables, and what their pods read of Secrets."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .manifest import Item, Path, Place, get, mapping, sequence, text
from .pods import Container, containers, pod

# In place of a key: the Secret is read whole.
WHOLE = ""


@dataclass(frozen=True)
class Variable:
    """An environment variable with a value that is no secret.

    :param item: the object that has the value, which may be a ConfigMap.
    :param path: of the value, in that object.
    """

    name: str
    value: str
    item: Item
    path: Path

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return self.item.place(*self.path)


@dataclass(frozen=True)
class Reference:
    """What a pod reads of a Secret.

    :param key: :data:`WHOLE` where it reads all keys.
    :param known_as: the variable that the key becomes, or what stands before the name of each key; empty for files.
    :param hidden: variables that are set in another way, so that the Secret's keys do not become them.
    """

    item: Item
    secret: str
    key: str
    known_as: str = ""
    hidden: t.Collection[str] = ()

    def reads(self, key: str) -> bool:
        """Whether the pod reads a key."""
        return self.key == key if self.key != WHOLE else self.variable(key) not in self.hidden

    def variable(self, key: str) -> str:
        """The name by which the pod knows a key."""
        return f"{self.known_as}{key}" if self.key == WHOLE else self.known_as


def entries(container: Container) -> dict[str, int]:
    """Where in ``env`` each variable stands: the last entry of a name counts, and before ``envFrom`` (Kubernetes: EnvVar)."""
    found = {text(get(entry, "name")): index for index, entry in enumerate(sequence(container.get("env")))}
    return {name: index for name, index in found.items() if name}


def variables(container: Container, config_maps: t.Mapping[tuple[str, str], Item]) -> list[Variable]:
    """The variables whose value stands in the manifest itself or in a ConfigMap.

    :param config_maps: the rendered ones by namespace and name.
    """
    found = {variable.name: variable for variable in _whole(container, config_maps)}
    for name, index in entries(container).items():
        found.pop(name, None)
        item, path = container.item, (*container.path, "env", index, "value")
        reference = container.get("env", index, "valueFrom", "configMapKeyRef")
        config = config_maps.get((item.namespace, text(get(reference, "name"))))
        if config is not None:
            item, path = config, ("data", text(get(reference, "key")))
        if item.get(*path) is not None:
            found[name] = Variable(name, text(item.get(*path)), item, path)
    return list(found.values())


def _whole(container: Container, config_maps: t.Mapping[tuple[str, str], Item]) -> t.Iterator[Variable]:
    for source in sequence(container.get("envFrom")):
        config = config_maps.get((container.item.namespace, text(get(source, "configMapRef", "name"))))
        if config is not None:
            for key, value in mapping(config.get("data")).items():
                yield Variable(f"{text(get(source, 'prefix'))}{text(key)}", text(value), config, ("data", key))


def references(item: Item) -> t.Iterator[Reference]:
    """What an object's pods read of Secrets."""
    for container in containers(item):
        named = entries(container)
        for name, index in named.items():
            found = container.get("env", index, "valueFrom", "secretKeyRef")
            if text(get(found, "name")):
                yield Reference(item, text(get(found, "name")), text(get(found, "key")), name)
        for source in sequence(container.get("envFrom")):
            secret = text(get(source, "secretRef", "name"))
            if secret:
                yield Reference(item, secret, WHOLE, text(get(source, "prefix")), frozenset(named))
    spec = pod(item)
    for volume in sequence(item.get(*spec, "volumes")) if spec is not None else ():
        yield from _of_volume(item, get(volume, "secret"), "secretName")
        for source in sequence(get(volume, "projected", "sources")):
            yield from _of_volume(item, get(source, "secret"), "name")


def _of_volume(item: Item, secret: t.Any, named: str) -> t.Iterator[Reference]:
    name = text(get(secret, named))
    for key in [text(get(entry, "key")) for entry in sequence(get(secret, "items"))] or [WHOLE]:
        if name:
            yield Reference(item, name, key)

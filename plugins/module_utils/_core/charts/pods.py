# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pods of rendered objects: their containers, variables, the Secrets they read and the scripts they run."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .manifest import Item, Path, Place, get, sequence, text

# Where a kind has its pod template (Kubernetes: PodTemplateSpec).
TEMPLATES: dict[str, Path] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"), ("spec", "template")),
}
# The kinds whose containers have to end.
ENDING = ("Job", "CronJob")
# In place of a key: the Secret is read whole.
WHOLE = ""


@dataclass(frozen=True)
class Variable:
    """An environment variable that a manifest gives a value.

    :param path: of the value, in the object.
    """

    name: str
    value: str
    path: Path


@dataclass(frozen=True)
class Reference:
    """A key of a Secret that a pod reads.

    :param key: :data:`WHOLE` where it reads all of them.
    :param known_as: the variable that it becomes; empty for a file.
    """

    item: Item
    secret: str
    key: str
    known_as: str = ""


@dataclass(frozen=True)
class Container:
    """A container of an object's pods.

    :param initial: whether the others wait for its end.
    """

    item: Item
    path: Path
    initial: bool

    def get(self, *path: str | int) -> t.Any:
        """What the container has at a path."""
        return self.item.get(*self.path, *path)

    def place(self, *path: str | int) -> Place:
        """Where that stands."""
        return self.item.place(*self.path, *path)

    @property
    def name(self) -> str:
        """Its name."""
        return text(self.get("name"))

    @property
    def must_end(self) -> bool:
        """Whether something waits for its end; an init container that is restarted is a sidecar."""
        return self.item.kind in ENDING or (self.initial and text(self.get("restartPolicy")) != "Always")

    @property
    def variables(self) -> list[Variable]:
        """The variables to which the manifest itself gives a value."""
        entries = enumerate(sequence(self.get("env")))
        return [
            Variable(text(get(entry, "name")), text(get(entry, "value")), (*self.path, "env", index, "value"))
            for index, entry in entries
            if text(get(entry, "name")) and get(entry, "value") is not None
        ]

    def __str__(self) -> str:
        """The container as a sentence names it."""
        return f"container {self.name} of {self.item}"

    @property
    def first(self) -> str:
        """The container at the beginning of a sentence."""
        return f"Container {self.name} of {self.item}"


def pod(item: Item) -> Path | None:
    """Where an object has the specification of its pods; None if it has none."""
    return (*TEMPLATES[item.kind], "spec") if item.kind in TEMPLATES else None


def containers(item: Item) -> t.Iterator[Container]:
    """The containers of an object's pods."""
    spec = pod(item)
    for kind in ("initContainers", "containers") if spec is not None else ():
        path = (*(spec or ()), kind)
        for index in range(len(sequence(item.get(*path)))):
            yield Container(item, (*path, index), kind == "initContainers")


def claims(item: Item) -> t.Iterator[str]:
    """The names of the claims that the containers of an object's pods mount."""
    kinds = ("volumeMounts", "volumeDevices")
    mounted = {text(get(each, "name")) for part in containers(item) for kind in kinds for each in sequence(part.get(kind))}
    spec = pod(item)
    for volume in sequence(item.get(*spec, "volumes")) if spec is not None else ():
        if text(get(volume, "name")) in mounted:
            yield text(get(volume, "persistentVolumeClaim", "claimName"))


def references(item: Item) -> t.Iterator[Reference]:
    """What an object's pods read of Secrets."""
    for container in containers(item):
        for entry in sequence(container.get("env")):
            found = get(entry, "valueFrom", "secretKeyRef")
            if text(get(found, "name")):
                yield Reference(item, text(get(found, "name")), text(get(found, "key")), text(get(entry, "name")))
        for entry in sequence(container.get("envFrom")):
            if text(get(entry, "secretRef", "name")):
                yield Reference(item, text(get(entry, "secretRef", "name")), WHOLE)
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


@dataclass(frozen=True)
class Script:
    """A text that a container may run as a script, and where it stands."""

    text: str
    item: Item
    path: Path


def scripts(container: Container, config_maps: t.Mapping[tuple[str, str], Item]) -> t.Iterator[Script]:
    """What a container runs: its command, and the files of rendered ConfigMaps that the command names.

    :param config_maps: by namespace and name.
    """
    words = [(kind, index) for kind in ("command", "args") for index in range(len(sequence(container.get(kind))))]
    for word in words:
        yield Script(text(container.get(*word)), container.item, (*container.path, *word))
    spoken = " ".join(text(container.get(*word)) for word in words)
    for mount in sequence(container.get("volumeMounts")):
        source = _config_map(container, text(get(mount, "name")), config_maps)
        data = source.get("data") if source else None
        for key in data if source and isinstance(data, dict) else ():
            if f"{text(get(mount, 'mountPath')).rstrip('/')}/{text(key)}" in spoken and source:
                yield Script(text(get(data, key)), source, ("data", key))


def _config_map(container: Container, volume: str, known: t.Mapping[tuple[str, str], Item]) -> Item | None:
    spec = pod(container.item) or ()
    for entry in sequence(container.item.get(*spec, "volumes")):
        if text(get(entry, "name")) == volume:
            return known.get((container.item.namespace, text(get(entry, "configMap", "name"))))
    return None

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pods of rendered objects: their containers, and the claims that those mount."""

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

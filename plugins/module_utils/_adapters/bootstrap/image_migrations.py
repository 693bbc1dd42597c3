# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read from an application image which migrations it carries, and remember it by the image's id."""

from __future__ import annotations

import typing as t

from ..._core.bootstrap.bootstrap import Image
from ..._core.database.migrations import Expected
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from ..cluster import look, manifests
from ..cluster.kubernetes import Json, KubernetesApi, path
from .jobs import MIGRATIONS

# Like knex's loadExtensions in the application's knexfile.
EXTENSIONS = (".cjs", ".js")
MEMORY = "alga-appliance-migrations"
# Keys of the ConfigMap, newest first. Four images of a thousand migrations take a quarter of what one object may hold.
ORDER_ANNOTATION = "alga.appliance/newest-first"
REMEMBERED = 4
# One name a line, because the kubelet splits lines that are longer than 16 KiB.
_LIST = f"""
if [ ! -d {MIGRATIONS} ]; then
    echo 'there is no folder {MIGRATIONS}'
    exit 1
fi
ls -A {MIGRATIONS} >/dev/null
for each in {MIGRATIONS}/*; do
    if [ -f "$each" ]; then printf '%s\\n' "${{each##*/}}"; fi
done
echo {look.END}
"""


def expected(api: KubernetesApi, namespace: str, image: Image, *, remember: bool) -> Expected:
    """Read the migrations of an image.

    An image's id names its content for good, so what was read once under an id is true for ever. A name such as ``latest``
    says nothing about tomorrow; the pod that looks tells which id it stood for.

    :param image: its id as a pod's status has it, empty where no pod has pulled it yet; the pull policy with which the
        application gets it, and the pod that runs it.
    :param remember: whether the answer may be written to the cluster; not in check mode and not by what only reads.
    :raises ObservationFailed: when the image cannot be pulled, or holds no migrations (F23).
    """
    memory = api.get(path("configmaps", namespace, MEMORY))
    if image.id and (known := _recall(memory, image.id)):
        return Expected(image.id, known)
    # The id is a reference that can be pulled, where the image came from a registry; its content never changes.
    reference, pull = (image.id, "IfNotPresent") if "@" in image.id else (image.name, image.pull)
    fix = (
        "Check that the image exists and can be pulled, and that it is the application's; correct the image in alga_values, then "
        "run the playbook again."
    )
    seen = look.run(
        api,
        look.Look(
            what=f"the migrations in {MIGRATIONS}",
            namespace=namespace,
            image=reference,
            pull=pull,
            script=_LIST,
            fix=fix,
            like=image.pod,
        ),
    )
    found = tuple(sorted(name for name in seen.lines if name.endswith(EXTENSIONS)))
    if not found:
        raise ObservationFailed(
            f"Could not find any migrations of image {reference} in {MIGRATIONS}.",
            reason=Reason.LOOK_FAILED,
            next_action=fix,
            evidence={"image": reference},
        )
    if image.id and _digest(seen.image_id) != _digest(image.id):
        raise ObservationFailed(
            f"Could not read the migrations of image {image.id}: {image.name} now refers to another image, {seen.image_id}. "
            "The migrations of the first one are unknown.",
            reason=Reason.LOOK_FAILED,
            next_action="Run recover.yml, which updates the application to the image that the name now refers to.",
            evidence={"image": image.name, "image_id": seen.image_id},
        )
    if remember and seen.image_id:
        _remember(api, namespace, memory, seen.image_id, found)
    return Expected(seen.image_id, found)


def _digest(image_id: str) -> str:
    """What of an id names the content: the same image has another name in every repository."""
    return image_id.rpartition("@")[2]


def _key(image_id: str) -> str:
    """An id as a ConfigMap's key, which may hold no colon."""
    return _digest(image_id).replace(":", "-")


def _recall(memory: Json | None, image_id: str) -> tuple[str, ...]:
    return tuple(((memory or {}).get("data") or {}).get(_key(image_id), "").splitlines())


def _remember(api: KubernetesApi, namespace: str, memory: Json | None, image_id: str, migrations: t.Sequence[str]) -> None:
    known: dict[str, str] = (memory or {}).get("data") or {}
    annotations = ((memory or {}).get("metadata") or {}).get("annotations") or {}
    before = [key for key in annotations.get(ORDER_ANNOTATION, "").split(",") if key in known and key != _key(image_id)]
    order = [_key(image_id), *before][:REMEMBERED]
    texts = {**known, _key(image_id): "\n".join(migrations)}
    body = manifests.config_map(
        namespace, MEMORY, {key: texts[key] for key in order}, annotations={ORDER_ANNOTATION: ",".join(order)}
    )
    api.apply(path("configmaps", namespace, MEMORY), body)

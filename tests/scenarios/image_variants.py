# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images that single tests bring into the node's registry: the stand-in application's with other files, PostgreSQL 15."""

from __future__ import annotations

import json
import os
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.alga.appliance.tests.appliance.node import cache, images, oci, registry

REPOSITORY = "ghcr.io/nine-minds/alga-psa-ee"
MIGRATIONS = "app/server/migrations"
# What the application's last state for Talos has.
MANY = 765
POSTGRESQL_15, POSTGRESQL_17 = "docker.io/pgvector/pgvector:pg15", "docker.io/ankane/pgvector:latest"
_KINDS = (
    (
        "create",
        "knex.schema.createTable('THINGS', (table) => {\n"
        "  table.uuid('tenant').notNullable().references('tenant').inTable('tenants');\n"
        "  table.uuid('id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));\n"
        "  table.string('name').notNullable();\n"
        "  table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());\n"
        "  table.primary(['tenant', 'id']);\n"
        "})",
    ),
    (
        "widen",
        "knex.schema.alterTable('THINGS', (table) => {\n"
        "  table.text('description');\n"
        "  table.integer('position').notNullable().defaultTo(0);\n"
        "})",
    ),
    ("index", "knex.schema.alterTable('THINGS', (table) => table.index(['tenant', 'name']))"),
    (
        "standard",
        "knex.schema.createTable('THINGS_standard', (table) => {\n  table.string('name').primary();\n})"
        ".then(() => knex('THINGS_standard').insert(['low', 'middle', 'high'].map((name) => ({ name }))))",
    ),
    ("restrict", "knex.raw('ALTER TABLE THINGS ADD CONSTRAINT THINGS_position CHECK (position >= 0)')"),
)


def offer(image: str, name: str = "") -> str:
    """Put an image that was built with the node's into the registry that the node pulls from.

    :param image: its name.
    :param name: another one under which it is offered, which from now on means this image.
    :returns: the name under which it is offered.
    """
    layout = {**images.build_all(), **images.build_all(images.VARIANTS)}[image]
    registry.push(os.environ["ALGA_NODE_REGISTRY"], {name or image: layout})
    return name or image


def publish(tag: str, *, add: t.Mapping[str, str] | None = None, remove: t.Iterable[str] = ()) -> str:
    """Put a variant into the registry that the node pulls from, under the application's own name.

    :param add: files by their path in the image, with their text.
    :param remove: paths that the variant does not have.
    :returns: the variant's full name.
    """
    original = images.build_all()[f"{REPOSITORY}:latest"]
    name = f"{REPOSITORY}:{tag}"
    with tempfile.TemporaryDirectory(dir=cache.folder()) as folder:
        root, layout = Path(folder) / "root", Path(folder) / "layout"
        for path, text in (add or {}).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        for path in remove:
            # A whiteout: OCI Image Layer Filesystem Changeset, "Whiteouts".
            mark = root / Path(path).parent / f".wh.{Path(path).name}"
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        oci.pack(root, Path(folder) / "layer.tar")
        with (Path(folder) / "layer.tar").open("rb") as stream:
            layer = oci.compress(stream, Path(folder) / "layer.tar.gz")
        layers, config = _parts(original)
        oci.write_layout(layout, [*layers, layer], config)
        registry.push(os.environ["ALGA_NODE_REGISTRY"], {name: layout})
    return name


def migration(column: str) -> str:
    """The text of a migration that adds a column to the clients."""
    return (
        f"exports.up = (knex) => knex.schema.alterTable('clients', (table) => table.text('{column}'));\n"
        f"exports.down = (knex) => knex.schema.alterTable('clients', (table) => table.dropColumn('{column}'));\n"
    )


def many_migrations() -> dict[str, str]:
    """The files that make the stand-in's migrations as many as the application's own, by their path in the image.

    They do in turn what an application's migrations do: a table that belongs to the tenants, columns, an index, rows, a rule.
    """
    own = len(list((images.IMAGES / "application/rootfs" / MIGRATIONS).iterdir()))
    files = {}
    for number in range(MANY - own):
        thing, (kind, text) = number // len(_KINDS), _KINDS[number % len(_KINDS)]
        up = text.replace("THINGS", f"things_{thing}")
        files[f"{MIGRATIONS}/20260401{number:06}_{kind}_{thing}.cjs"] = (
            f"exports.up = (knex) => {up};\nexports.down = () => undefined;\n"
        )
    return files


def _parts(layout: Path) -> tuple[list[oci.Layer], dict[str, t.Any]]:
    """The layers and the configuration of an image layout."""

    def blob(digest: str) -> Path:
        return layout / "blobs/sha256" / digest.removeprefix("sha256:")

    manifest = json.loads(blob(oci.manifest_digest(layout)).read_text())
    image = json.loads(blob(manifest["config"]["digest"]).read_text())
    layers = [
        oci.Layer(blob(layer["digest"]), layer["digest"], diff_id)
        for layer, diff_id in zip(manifest["layers"], image["rootfs"]["diff_ids"], strict=True)
    ]
    return layers, image["config"]

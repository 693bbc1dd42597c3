# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release as helm keeps it: one Secret for each revision, with its status and its rendered objects in it.

The form is that of Helm 3 and 4 (storage/driver, secrets.go and util.go): labels say whose record it is; the record itself is
JSON, packed with gzip, written in base64, and encoded once more as a Secret's data is. A test compares it with what both say.
"""

from __future__ import annotations

import base64
import gzip
import json
import typing as t
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """A release as helm has it: its status and rendered objects."""

    status: str
    manifest: str


def selector(release: str, **more: str) -> str:
    """The label selector of a release's records."""
    return ",".join(f"{label}={value}" for label, value in {"owner": "helm", "name": release, **more}.items())


def last(records: t.Iterable[t.Mapping[str, t.Any]]) -> Release | None:
    """The release by its records, of which the one with the highest revision counts, whatever its status; None without any.

    :raises ValueError: when that record does not have helm's form.
    """
    listed = list(records)
    return _read(max(listed, key=_revision)) if listed else None


def _revision(record: t.Mapping[str, t.Any]) -> int:
    revision = record["metadata"]["labels"].get("version", "")
    if not revision.isdecimal():
        raise ValueError(f"its Secret {record['metadata']['name']} does not say its revision")
    return int(revision)


def _read(record: t.Mapping[str, t.Any]) -> Release:
    try:
        packed = base64.b64decode(base64.b64decode((record.get("data") or {})["release"]))
        release = json.loads(gzip.decompress(packed))
        # Helm leaves an empty manifest out (release.Release: omitempty), as of a chart that renders hooks only.
        status, manifest = release["info"]["status"], release.get("manifest", "")
        if not (isinstance(status, str) and isinstance(manifest, str)):
            raise TypeError
        return Release(status, manifest)
    except (KeyError, TypeError, ValueError, EOFError, OSError, zlib.error):
        # Not chained: a parser's words may repeat what stands there.
        raise ValueError(f"its Secret {record['metadata']['name']} does not contain a record as helm 3 and 4 write it") from None

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core chart on disk: is it one, and can it be read?"""

from __future__ import annotations

import typing as t

from ..._core.release.release import merge
from .. import paths
from .helm import read_yaml

IMPORT_ERROR: ImportError | None
try:
    import yaml

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


def _where(error: Exception) -> str:
    """Where a text stops being YAML in UTF-8; the parser's own words repeat what stands there, which may be a password."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f"line {mark.line + 1}, column {mark.column + 1}"
    return f"byte {error.start + 1} is not UTF-8" if isinstance(error, UnicodeDecodeError) else type(error).__name__


def read_chart(folder: str) -> list[str]:
    """Check a chart's folder; returns what is wrong, as sentences."""
    described = paths.given(folder) / "Chart.yaml"
    try:
        chart = read_yaml(described.read_text(encoding="utf-8-sig"))
    except OSError as error:
        return [f"alga_chart names {folder}, whose Chart.yaml could not be read: {error.strerror}."]
    except (yaml.YAMLError, ValueError) as error:
        return [f"alga_chart names {folder}, whose Chart.yaml is not valid YAML ({_where(error)})."]
    if not isinstance(chart, dict) or not chart.get("name") or not chart.get("version"):
        return [f"alga_chart names {folder}, whose Chart.yaml has no name or no version."]
    return []


def read_values(files: t.Sequence[str], option: str = "alga_values_files") -> tuple[dict[str, t.Any], list[str]]:
    """Read files of values in their order, each over the one before, as helm does with its option --values (R41).

    :param option: what names them, for the sentences.
    :returns: the values, and what is wrong, as sentences that repeat no value.
    """
    values: dict[str, t.Any] = {}
    errors = []
    for name in files:
        try:
            read = read_yaml(paths.given(name).read_text(encoding="utf-8-sig"))
        except OSError as error:
            errors.append(f"{option} names {name}, which could not be read: {error.strerror}.")
            continue
        except (yaml.YAMLError, ValueError) as error:
            errors.append(f"{option} names {name}, which is not valid YAML ({_where(error)}).")
            continue
        if isinstance(read, dict):
            values = merge(values, read)
        elif read is not None:
            errors.append(f"{option} names {name}, which does not contain a mapping of names to values.")
    return values, errors

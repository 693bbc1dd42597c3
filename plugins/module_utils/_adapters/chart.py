# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core chart on disk: is it one, and can it be read?"""

from __future__ import annotations

from pathlib import Path

IMPORT_ERROR: ImportError | None
try:
    import yaml

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


def read_chart(folder: str) -> list[str]:
    """Check a chart's folder; returns what is wrong, as sentences."""
    described = Path(folder).expanduser() / "Chart.yaml"
    try:
        chart = yaml.safe_load(described.read_text(encoding="utf-8"))
    except OSError as error:
        return [f"alga_chart names {folder}, whose Chart.yaml could not be read: {error.strerror}."]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return [f"alga_chart names {folder}, whose Chart.yaml is not valid YAML ({type(error).__name__})."]
    if not isinstance(chart, dict) or not chart.get("name") or not chart.get("version"):
        return [f"alga_chart names {folder}, whose Chart.yaml has no name or no version."]
    return []

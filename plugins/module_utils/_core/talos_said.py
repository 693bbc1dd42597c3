# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What talosctl says of an error, which is a line in 1.14 and a list under a heading in 1.13."""

from __future__ import annotations

import re

# What every Go client of gRPC says of a status that is not OK (google.golang.org/grpc/internal/status).
_STATUS = re.compile(r"rpc error: code = ([A-Za-z]+) desc = ")
# Above a list of errors (github.com/hashicorp/go-multierror); one may be the description of a status, or stand in a list itself.
_HEADING = re.compile(r"\d+ errors? occurred:$")
_BULLET, _WARNING = "* ", "WARNING: "
NOTHING = "it said nothing"


def said(text: str) -> tuple[str, str]:
    """The code of gRPC, empty where there is none, and what was said, in one line that has no full stop.

    Only what belongs to an error is repeated: what else is printed, or follows an error that is no list, may be a configuration.

    :param text: what talosctl wrote to its standard error.
    """
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith(_WARNING)]
    codes = [found.group(1) for line in lines if (found := _STATUS.search(line))]
    errors = [line for line in lines if line.startswith(_BULLET) or _STATUS.search(line)]
    shown = "; ".join(dict.fromkeys(filter(None, map(_shown, errors)))) or next(filter(None, map(_shown, lines)), NOTHING)
    return (codes[0], f"{shown} ({codes[0]})") if codes else ("", shown)


def _shown(line: str) -> str:
    """A line without the marks of a list, the status that is said by its code, and the heading of a list that follows."""
    *_before, described = _STATUS.split(line.removeprefix(_BULLET))
    return _HEADING.sub("", described).strip().rstrip(".: ")

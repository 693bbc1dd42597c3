# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What talosctl says of an error, which is a line in 1.14 and a list under a heading in 1.13."""

from __future__ import annotations

import re
import typing as t

# What every Go client of gRPC says of a status that is not OK (google.golang.org/grpc/internal/status).
_STATUS = re.compile(r"rpc error: code = ([A-Za-z]+) desc = ")
# Above a list of errors (github.com/hashicorp/go-multierror, and with "(s)" and no bullets github.com/siderolabs/go-retry);
# one may be the description of a status, or stand in a list itself.
_HEADING = re.compile(r"\d+ error(?:s|\(s\))? occurred:$")
_BULLET, _WARNING = "* ", "WARNING: "
# What "gen config" writes there before it begins.
_PROGRESS = "generating PKI and tokens"
# Below an error that names unknown keys stands the part of the document that has them, with their values.
_KEY = re.compile(r"([ -]*)([A-Za-z_][\w./-]*):")
# The controller's own end of a connection (Go: net.OpError), which is another with each call: it says nothing to a person, and
# one trouble that lasts would look like news at every look.
_OWN_END = re.compile(r"\b(tcp|udp) \S+->")
NOTHING = "no output"
_UNREACHABLE = "Check that the machine is running and that its port 50000 is reachable from here."
# What to do about a refusal that is nobody's business but the operator's, by gRPC's code.
_ACTIONS = {
    "Unavailable": _UNREACHABLE,
    "DeadlineExceeded": _UNREACHABLE,
    "PermissionDenied": "Use the talosconfig in the directory that alga_talos_folder names; its role is os:admin.",
    "Unauthenticated": "Use the talosconfig in the directory that alga_talos_folder names; it belongs to this machine's secrets.",
    "Unimplemented": "Use a talosctl of the same minor version as the machine.",
    "FailedPrecondition": "Wait until the machine has booted, or check its console.",
    "InvalidArgument": "Correct alga_talos_patches, or the variable from which the value named here comes.",
}
_OTHERWISE = "Check the machine's console, fix what is named here, then run the same playbook again."
# Words of Go's TLS (crypto/tls, crypto/x509), for which gRPC has no code of its own: it calls the machine unavailable.
_TLS = ("tls: ", "x509: ")


def said(text: str) -> tuple[str, str]:
    """The code of gRPC, empty where there is none, and what was said, in one line that has no full stop.

    Only what belongs to an error is repeated, and of a document its keys: the rest may be a configuration.

    :param text: what talosctl wrote to its standard error.
    """
    whole = [line for line in text.splitlines() if line.strip() not in ("", _PROGRESS) and not line.startswith(_WARNING)]
    lines = [line.strip() for line in whole]
    codes = [found.group(1) for line in lines if (found := _STATUS.search(line))]
    shown = "; ".join(dict.fromkeys(filter(None, map(_shown, _errors(whole))))) or _first(whole) or NOTHING
    return (codes[0], f"{shown} ({codes[0]})") if codes else ("", shown)


def action(code: str, shown: str) -> str:
    """What to do next about a refusal.

    :param code: gRPC's.
    :param shown: as :func:`said` gives it.
    """
    if any(word in shown for word in _TLS):
        return (
            "The machine and the talosconfig do not belong together, or one of their certificates has expired: set "
            "alga_talos_folder to the directory from which this machine was configured, and check both clocks."
        )
    return _ACTIONS.get(code, _OTHERWISE)


def _errors(lines: list[str]) -> t.Iterator[str]:
    """The lines that are an error: in a list, right below the heading of one, or with a status."""
    below = False
    for line in lines:
        error, item = line.strip(), below and line[:1].isspace()
        if item or error.startswith(_BULLET) or _STATUS.search(error):
            yield error
        below = _HEADING.search(error) is not None or (item and not error.startswith(_BULLET))


def _shown(line: str) -> str:
    """A line without the marks of a list, the status that is said by its code, and the heading of a list that follows."""
    *_before, described = _STATUS.split(line.removeprefix(_BULLET))
    return _OWN_END.sub(r"\1 ", _HEADING.sub("", described).strip().rstrip(".: "))


def _first(lines: list[str]) -> str:
    """An error without a list, with the keys of the document below it."""
    for number, line in enumerate(lines):
        if shown := _shown(line.strip()):
            keys = _keys(lines[number + 1 :])
            return f"{shown}: {', '.join(keys)}" if keys else shown
    return ""


def _keys(lines: list[str]) -> list[str]:
    """The innermost keys of a YAML document, each with those above it."""
    found: list[str] = []
    above: list[tuple[int, str]] = []
    for line in lines:
        key = _KEY.match(line)
        if key is None:
            continue
        depth = len(key.group(1))
        while above and above[-1][0] >= depth:
            above.pop()
        if found and found[-1] == ".".join(name for _depth, name in above):
            found.pop()
        above.append((depth, key.group(2)))
        found.append(".".join(name for _depth, name in above))
    return found

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a support bundle, and the page that a person opens first."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from html import escape

from ..bootstrap.job_log import bounded, redact
from ..quote import without_credentials
from .pseudonyms import Pseudonyms

# In UTF-8, before it is packed: of one file, and of all together.
MOST_BYTES_EACH = 2 * 1024 * 1024
MOST_BYTES = 48 * 1024 * 1024
INDEX = "index.html"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:64em;margin:2em auto;padding:0 1em;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3em .8em .3em 0;border-bottom:1px solid #ddd;"
    "vertical-align:top}td.size{text-align:right;white-space:nowrap}pre{white-space:pre-wrap;background:#f4f4f4;padding:1em}"
    "@media (prefers-color-scheme:dark){body{color:#eee;background:#1a1a1a}a{color:#8bf}td,th{border-color:#444}"
    "pre{background:#2a2a2a}}"
)


@dataclass(frozen=True)
class Part:
    """One file of a bundle.

    :param file: its path in the bundle.
    :param about: what it is, for the index.
    :param missing: why it could not be read; its text is empty then.
    """

    file: str
    about: str
    text: str = ""
    missing: str = ""


def cleaned(parts: t.Iterable[Part], secrets: t.Sequence[str], pseudonyms: Pseudonyms) -> list[Part]:
    """Take out of the parts what nobody outside may read, and what is too much.

    :param secrets: as :func:`redaction.forms` gives them; they go first, for a pseudonym may stand inside of one.
    """
    room, found = MOST_BYTES, []
    for part in parts:
        text = pseudonyms.apply(without_credentials(redact(part.text, secrets)))
        # Small ones come first, so that a log is never the reason for which something else is missing.
        text = bounded(text, min(MOST_BYTES_EACH, room)) if room > 0 or not text else ""
        missing = pseudonyms.apply(redact(part.missing, secrets))
        if part.text and not text:
            missing = f"The bundle already holds {MOST_BYTES // 1024 // 1024} MiB."
        room -= len(text.encode())
        found.append(replace(part, text=text, missing=missing))
    return found


def index(verdict: str, parts: t.Sequence[Part], *, version: str, moment: str) -> str:
    """The index as HTML, without anything from elsewhere: it is read where there may be no network.

    :param verdict: what the appliance's own report says.
    """
    rows = [
        f'<tr><td><a href="{escape(part.file)}">{escape(part.file)}</a></td><td>{escape(part.about)}</td>'
        f'<td class="size">{_size(part.text)}</td></tr>'
        for part in parts
        if not part.missing
    ]
    lost = [f"<tr><td>{escape(part.file)}</td><td>{escape(part.missing)}</td></tr>" for part in parts if part.missing]
    absent = ["<h2>Not collected</h2>", "<table><tr><th>File</th><th>Why</th></tr>", *lost, "</table>"] if lost else []
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Support bundle</title><style>{_STYLE}</style></head><body>",
            "<h1>Support bundle of an appliance</h1>",
            f"<p>Collected {escape(moment)} by alga.appliance {escape(version)}.</p>",
            f"<h2>Verdict</h2><pre>{escape(verdict)}</pre>",
            "<h2>Files</h2><table><tr><th>File</th><th>Contents</th><th>Size</th></tr>",
            *rows,
            "</table>",
            *absent,
            "<h2>What was changed in these files</h2>",
            "<p>Every value of the namespace's Secrets with at least four characters reads (hidden), also where it was encoded. "
            "Hosts, tenants, mail addresses and IP addresses have other names, the same in every file, such as host-1. Whoever "
            "collected the bundle has the list of them.</p>",
            "</body></html>",
            "",
        ]
    )


def _size(text: str) -> str:
    count = len(text.encode())
    return (
        f"{count} B" if count < 1024 else f"{count / 1024:.0f} KiB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MiB"
    )

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Job's log as it may be kept: without any secret's value (F10), and small enough for a ConfigMap (F30)."""

from __future__ import annotations

import json
import re
import typing as t
from urllib.parse import quote

HIDDEN = "(hidden)"
SHORTEST = 4
# A ConfigMap holds 1 MiB (Kubernetes documentation, ConfigMap); the rest is for its marks.
MOST_BYTES = 900 * 1024
END_LINES = 6
# Knex repeats a statement before what was wrong with it.
_LONGEST_LINE = 400
# A frame of a stack as Node.js prints it (V8: Stack trace API), and the fields of PostgreSQL's error that node-postgres prints
# after it and that help nobody who reads one line; its code, detail and hint do where there are any.
_FRAME = re.compile(r"at .*(:\d+:\d+\)?|\(index \d+\)|<anonymous>\)?)")
_FIELD = re.compile(
    r"(length|severity|position|internalPosition|internalQuery|where|schema|table|column|dataType|constraint|file|line|routine)"
    r": .*|(code|detail|hint): undefined,?"
)


def forms(values: t.Iterable[bytes]) -> tuple[str, ...]:
    """Every form in which a program may print a secret's value, longest first.

    As it is, line by line, inside JSON and inside a URL, and without its white space, as the chart's script takes it (F7).

    :param values: values of Secrets; those under four characters would hide ordinary words and are left out.
    """
    found: set[str] = set()
    for value in values:
        try:
            text = value.decode()
        except UnicodeDecodeError:
            continue  # no program prints it as text
        for part in (text, "".join(text.split()), *text.splitlines()):
            found |= {part, part.strip(), json.dumps(part)[1:-1], quote(part, safe="")}
    return tuple(sorted((form for form in found if len(form) >= SHORTEST), key=lambda form: (-len(form), form)))


def redact(text: str, secrets: t.Iterable[str]) -> str:
    """Replace every form of every secret.

    :param secrets: as :func:`forms` gives them.
    """
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def bounded(text: str, most: int) -> str:
    """Keep the beginning and the end of a text, whole lines each, and say how much is left out between them.

    :param most: bytes that may be kept, in UTF-8.
    """
    data = text.encode()
    if len(data) <= most:
        return text
    room = most - 80
    head = data[: room // 3].decode(errors="ignore").rpartition("\n")[0]
    tail = data[-(room - room // 3) :].decode(errors="ignore").partition("\n")[2]
    left = len(data) - len(head.encode()) - len(tail.encode())
    return f"{head}\n... {left} bytes of this log were left out here ...\n{tail}"


def kept(logs: t.Mapping[str, str], secrets: t.Sequence[str]) -> dict[str, str]:
    """Redact and bound the logs of a Job's pods, so that all of them together fit.

    :param logs: text by pod.
    """
    share = MOST_BYTES // max(len(logs), 1)
    return {pod: bounded(redact(text, secrets), share) for pod, text in logs.items()}


def end(text: str) -> str:
    """What the end of a log tells, in one line for a message: without the frames of a stack, and nothing twice (R15)."""
    lines = [line.strip() for line in text.splitlines() if line.strip(" \t{}[],")]
    telling = [line for line in lines if not (_FRAME.fullmatch(line) or _FIELD.fullmatch(line))]
    kept = [line for line in dict.fromkeys(telling) if not any(line in other for other in telling if other != line)]
    return " | ".join(cut(line, _LONGEST_LINE) for line in kept[-END_LINES:]) or "there is none"


def cut(line: str, longest: int) -> str:
    """The beginning of a line, which says what failed, and its end, which says why: between them stands what is repeated."""
    return line if len(line) <= longest else f"{line[: longest // 3]} … {line[-(longest - longest // 3) :]}"

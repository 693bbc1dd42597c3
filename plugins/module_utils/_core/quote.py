# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else said as a clause of a sentence: one line, no more than a person reads, no secret's value (R15, R16, R17).

PostgreSQL, the API server, helm, a login plugin, a proxy: whoever says something is quoted by this function.
"""

from __future__ import annotations

import re
import typing as t

from .bootstrap.job_log import HIDDEN, cut, forms, redact

T = t.TypeVar("T")
LONGEST = 600
NOTHING = "no message"
# Names under which programs keep what nobody else may know; as the program that runs commands in pods has them.
_SECRET_NAME = re.compile(r"PASSW|PASSPHRASE|PWD|SECRET|TOKEN|CREDENTIAL|(?<=.)KEY$", re.IGNORECASE)
# A number that is a secret; shorter ones are ports and sizes.
_SECRET_NUMBER = 6
# What stands before the host of a URL (RFC 3986, userinfo), whose password may hold a slash that nobody encoded; a host with its
# port, an IPv6 address, and an image's digest further on, are none. Where the next URL begins, this one has ended.
_USERINFO = re.compile(r"""(?<=://)(?!\[)[^\s"'<>@/:]*(:(?!\d+/)((?!://)[^\s"'<>@])*)?@""")
_AGE_IDENTITY = re.compile(r"AGE-SECRET-KEY-[0-9A-Z]+", re.IGNORECASE)
# What only names a Secret, which a message must name too.
_REFERENCE = re.compile(r"existing|secret_?(name|ref)|pull_?secret", re.IGNORECASE)


def without_credentials(said: T) -> T:
    """A text, or all of a structure, without what is a secret by its form: the user's part of a URL, and a private key of age."""
    given: t.Any = said
    if isinstance(given, str):
        given = _AGE_IDENTITY.sub(HIDDEN, _USERINFO.sub(f"{HIDDEN}@", given))
    elif isinstance(given, t.Mapping):
        given = {key: without_credentials(value) for key, value in given.items()}
    elif isinstance(given, (list, tuple)):
        given = [without_credentials(each) for each in given]
    return t.cast("T", given)


def quote(text: str, secrets: t.Iterable[str] = (), *, longest: int = LONGEST) -> str:
    """Quote a text.

    :param secrets: as :func:`job_log.forms` gives them; they go first, for half of one would stay where the text is cut.
    :returns: its beginning, which says what failed, and its end, which says why; without a full stop.
    """
    return cut(" ".join(without_credentials(redact(text, secrets)).split()).rstrip("."), longest) or NOTHING


def secrets_in(given: t.Any, name: str = "") -> tuple[str, ...]:
    """Every form of every text in a mapping, at any depth, whose name is one of a secret.

    :param name: of what is given.
    """
    # A text of Ansible's may have halves of characters, which no program prints.
    return forms(value.encode(errors="replace") for value in _under_secret_names(given, name))


def _under_secret_names(given: t.Any, name: str) -> t.Iterator[str]:
    if isinstance(given, t.Mapping):
        for key, value in given.items():
            yield from _under_secret_names(value, str(key))
    elif isinstance(given, (list, tuple)):
        for each in given:
            # An environment variable says its name beside its value (Kubernetes: EnvVar).
            named = isinstance(each, t.Mapping) and isinstance(each.get("name"), str) and "value" in each
            yield from _under_secret_names(each["value"] if named else each, each["name"] if named else name)
    elif _SECRET_NAME.search(name) and not _REFERENCE.search(name):
        if isinstance(given, str):
            yield given
        elif isinstance(given, int) and len(str(given)) >= _SECRET_NUMBER:
            yield str(given)

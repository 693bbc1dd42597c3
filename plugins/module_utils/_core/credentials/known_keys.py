# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generated keys that a complete appliance had: known again by salted digests beside its data, never by their values (R29).

Whatever removes or replaces one, a chart's hook among it: what was stored with the earlier one can be read with nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import typing as t
from dataclasses import dataclass
from enum import StrEnum

from .. import names
from ..errors import Refused
from .generated import Data

# Whoever reads the claim may not be allowed to read Secrets. A generated key cannot be guessed anyway; the rounds are for one
# that a person chose (PostgreSQL's own verifiers have 4,096), and few enough that every guard before helm compares every key.
ROUNDS = 10_000
_SALT, _KEYS = "salt", "keys"


class Loss(StrEnum):
    """What became of a key."""

    SECRET_GONE = "secret_gone"
    MISSING = "missing"
    OTHER = "other"


_SAID = {
    Loss.SECRET_GONE: "Secret {secret}, which had {key}, does not exist",
    Loss.MISSING: "Secret {secret} has no value for {key}",
    Loss.OTHER: "Secret {secret} has a different value for {key}",
}


@dataclass(frozen=True)
class LostKey:
    """A key that is not what a complete appliance had."""

    secret: str
    key: str
    loss: Loss

    def evidence(self) -> dict[str, str]:
        """The key, JSON-ready."""
        return {"secret": self.secret, "key": self.key, "loss": self.loss.value}


@dataclass(frozen=True)
class KnownKeys:
    """What was recorded.

    :param salt: hexadecimal.
    :param digests: by Secret and key, as ``secret/key``.
    """

    salt: str
    digests: t.Mapping[str, str]

    def text(self) -> str:
        """The record as it stands in an annotation, always the same for the same keys."""
        return json.dumps({_SALT: self.salt, _KEYS: dict(self.digests)}, sort_keys=True)


@dataclass(frozen=True)
class Carriers:
    """The objects that carry the record, both of them, so that one of them can be made anew (R8, R29).

    :param claim: the database's.
    :param secret: the one with the passwords.
    """

    namespace: str
    claim: str
    secret: str

    def places(self) -> tuple[str, str]:
        """Both as a sentence names them, the one to go by first."""
        return f"PersistentVolumeClaim {self.namespace}/{self.claim}", f"Secret {self.namespace}/{self.secret}"

    def forget(self) -> str:
        """The way on for whoever has no earlier values, or has changed them on purpose: by hand, and for this appliance alone."""
        return (
            "If the earlier values are permanently lost or were changed on purpose, set every Secret to the values that are to "
            f"be valid from now on, and confirm this: kubectl --namespace {self.namespace} annotate "
            f"persistentvolumeclaim/{self.claim} secret/{self.secret} {names.KEYS_ANNOTATION}- Then run recover.yml, which "
            "records them."
        )


def read(text: str, place: str, carriers: Carriers) -> KnownKeys:
    """Read a record.

    :param text: the annotation; empty where there is none.
    :param place: the object that carries it.
    :raises Refused: when it is none: what was recorded once is not taken for nothing.
    """
    if not text:
        return KnownKeys("", {})
    try:
        content = json.loads(text)
        salt = bytes.fromhex(content[_SALT]).hex()
        return KnownKeys(salt, {str(name): str(digest) for name, digest in content[_KEYS].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(
            f"Annotation {names.KEYS_ANNOTATION} of {place} is not a valid record of the generated keys that this appliance had. "
            f"Restore the annotation. {carriers.forget()}"
        ) from None


def extended(known: KnownKeys, secrets: t.Mapping[str, Data], fullname: str, salt: bytes) -> KnownKeys:
    """The record with every key that it did not have; what was recorded is kept, whatever is there now.

    :param salt: for a record that has none yet.
    """
    salted = known.salt or salt.hex()
    found = {
        f"{name}/{key}": value
        for name, keys in names.known_keys(fullname).items()
        for key, value in secrets.get(name, {}).items()
        if key in keys and value.strip() and f"{name}/{key}" not in known.digests
    }
    return KnownKeys(salted, {**known.digests, **{name: _digest(salted, name, value) for name, value in found.items()}})


def lost(known: KnownKeys, secrets: t.Mapping[str, Data]) -> list[LostKey]:
    """The recorded keys that are gone or have another value.

    White space around a value is none of it, so that a newline may be taken away as the report of Secrets advises (F7).
    """
    found = []
    for name, digest in sorted(known.digests.items()):
        secret, _slash, key = name.partition("/")
        value = secrets.get(secret, {}).get(key, b"")
        if secret not in secrets:
            found.append(LostKey(secret, key, Loss.SECRET_GONE))
        elif not value.strip():
            found.append(LostKey(secret, key, Loss.MISSING))
        elif not hmac.compare_digest(_digest(known.salt, name, value), digest):
            found.append(LostKey(secret, key, Loss.OTHER))
    return found


def _digest(salt: str, name: str, value: bytes) -> str:
    return hashlib.pbkdf2_hmac("sha256", value.strip(), f"{salt} {name}".encode(), ROUNDS).hex()


def told(found: t.Sequence[LostKey], carriers: Carriers) -> tuple[str, str]:
    """What is lost and what it means, and what to do next."""
    said = []
    for loss in Loss:
        by_secret: dict[str, list[str]] = {}
        for each in found:
            if each.loss is loss:
                by_secret.setdefault(each.secret, []).append(each.key)
        said += [
            _SAID[loss].format(secret=f"{carriers.namespace}/{secret}", key=", ".join(keys)) for secret, keys in by_secret.items()
        ]
    return (
        f"{'; '.join(said)}. This differs from what the complete appliance on {carriers.places()[0]} had. Data stored with the "
        "earlier keys cannot be read without them, and helm could generate new ones, so it must not run.",
        f"Run rescue_credentials.yml, which restores them from the copy that {names.ESCROW_OPTION} names, or restore them "
        "from another backup. Existing values are not overwritten: if a Secret has other values, keep a copy of it and "
        f"delete it first. {carriers.forget()}",
    )

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of the generated Secrets off the cluster: what it says, when it is written anew, and when it may be restored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import typing as t
from dataclasses import dataclass, field
from enum import StrEnum

from .. import names
from ..errors import Refused

# Of the document as JSON; it grows when a field changes its meaning or goes.
SCHEMA = 1
_PATHS = ("file", "identity_file", "vault_password_file")
_KEYS = (*_PATHS, "recipients")


@dataclass(frozen=True)
class Copy:
    """One Secret.

    :param data: decoded values by key.
    :param labels: with ``annotations`` what helm and the collection know it by.
    """

    data: t.Mapping[str, bytes] = field(repr=False)
    labels: t.Mapping[str, str] = field(default_factory=dict)
    annotations: t.Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """What a copy holds.

    :param identity: the system identifier of the data that the Secrets open.
    :param secrets: the Secrets, by name.
    """

    namespace: str
    identity: str
    secrets: t.Mapping[str, Copy] = field(repr=False)

    def text(self) -> str:
        """The document, always the same for the same content."""
        content = {
            "schema": SCHEMA,
            "collection_version": names.COLLECTION_VERSION,
            "namespace": self.namespace,
            "system_identifier": self.identity,
            "secrets": {
                name: {
                    "data": {key: base64.b64encode(value).decode() for key, value in secret.data.items()},
                    "labels": dict(secret.labels),
                    "annotations": dict(secret.annotations),
                }
                for name, secret in self.secrets.items()
            },
        }
        return json.dumps(content, indent=1, sort_keys=True) + "\n"


def digest(text: str) -> str:
    """The digest by which a document or its encrypted form is known again."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str, where: str) -> Document:
    """Read a document.

    :param where: the file that it came from, for the sentence.
    :raises Refused: when it is none, or of a later schema; its text is not repeated.
    """
    try:
        content = json.loads(text)
        schema = content["schema"]
        document = Document(
            str(content["namespace"]),
            str(content["system_identifier"]),
            {
                name: Copy(
                    {key: base64.b64decode(value, validate=True) for key, value in secret["data"].items()},
                    dict(secret["labels"]),
                    dict(secret["annotations"]),
                )
                for name, secret in content["secrets"].items()
            },
        )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise Refused(
            f"{where} was decrypted but contains no copy of an appliance's Secrets. Nothing was changed. Set "
            f"{names.ESCROW_OPTION} to the correct file."
        ) from None
    if schema != SCHEMA:
        raise Refused(
            f"{where} contains a copy of schema {schema}, but this version of the collection reads schema {SCHEMA}. Nothing "
            "was changed. Restore it with the version that wrote it or a later one."
        )
    return document


class Refusal(StrEnum):
    """Why a copy is not restored."""

    OTHER_NAMESPACE = "other_namespace"
    OTHER_IDENTITY = "other_identity"
    IDENTITY_UNKNOWN = "identity_unknown"


@dataclass(frozen=True)
class Restore:
    """What is restored, or why nothing is.

    :param create: Secrets that do not exist.
    :param fill: keys that a Secret lacks which otherwise holds what the copy holds, by the Secret's name.
    :param leave: Secrets that hold something else, and are left as they are.
    :param about: what a refusal names.
    """

    create: t.Sequence[str] = ()
    fill: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)
    leave: t.Sequence[str] = ()
    refusal: Refusal | None = None
    about: t.Sequence[str] = ()


def decide(
    document: Document, namespace: str, identities: t.Mapping[str, str], present: t.Mapping[str, t.Mapping[str, bytes]]
) -> Restore:
    """Say what of a copy is restored; a value that exists is never replaced.

    :param identities: the system identifiers of the data that is here, by the place where each was read.
    :param present: Secrets that exist, decoded.
    """
    if document.namespace != namespace:
        return Restore(refusal=Refusal.OTHER_NAMESPACE, about=(document.namespace,))
    if not identities:
        return Restore(refusal=Refusal.IDENTITY_UNKNOWN)
    if other := [place for place, known in identities.items() if known != document.identity]:
        return Restore(refusal=Refusal.OTHER_IDENTITY, about=other)
    create, fill, leave = [], {}, []
    for name, secret in document.secrets.items():
        found = present.get(name)
        lacking = [key for key, value in secret.data.items() if value.strip() and not (found or {}).get(key, b"").strip()]
        if found is None:
            create.append(name)
        elif any(found[key] != value for key, value in secret.data.items() if value.strip() and key not in lacking):
            leave.append(name)
        elif lacking:
            fill[name] = lacking
    return Restore(tuple(create), fill, tuple(leave))


_REFUSED = {
    Refusal.OTHER_NAMESPACE: "it was made from an appliance in namespace {about}",
    Refusal.OTHER_IDENTITY: "it belongs to data with a system identifier other than that of {about}",
    Refusal.IDENTITY_UNKNOWN: (
        "the system identifier of the existing data is not recorded, and PostgreSQL could not be queried for it, so it is "
        "unknown whether the copy belongs to it"
    ),
}


def wrong(given: t.Mapping[str, t.Any]) -> list[str]:
    """Everything that is wrong with the option, a sentence each.

    :param given: its value; an empty mapping is none.
    """
    option = names.ESCROW_OPTION
    if not given:
        return []
    errors = [
        (f"{option} has the unknown key {key!r}; the known ones are {', '.join(_KEYS)}.") for key in given if key not in _KEYS
    ]
    errors += [
        f"{option}.{key} must be a path." for key in _PATHS if key in given and not (isinstance(given[key], str) and given[key])
    ]
    if "file" not in given:
        errors.append(f"{option}.file is not set; it is the path of the copy.")
    if ("recipients" in given) == ("vault_password_file" in given):
        errors.append(f"{option} must have either recipients, for age, or vault_password_file, for ansible-vault.")
    recipients = given.get("recipients", ["age1"])
    if not (isinstance(recipients, list) and recipients and all(str(each).startswith("age1") for each in recipients)):
        # A private key may have been given in their place.
        errors.append(f"{option}.recipients must be a list of age public keys, which begin with age1.")
    return errors


def private(recipients: t.Iterable[str]) -> bool:
    """Whether a private key of age is among what should be public keys; programs' arguments are for everybody to read."""
    return any(each.strip().upper().startswith("AGE-SECRET-KEY-") for each in recipients)


def refused(refusal: Refusal, about: t.Sequence[str], where: str) -> str:
    """The sentence of a refusal.

    :param where: the file.
    """
    why = _REFUSED[refusal].format(about=", ".join(about))
    return (
        f"The copy in {where} was not restored: {why}. Nothing was changed. Set {names.ESCROW_OPTION} to the correct file, or "
        "unset it to continue without a copy."
    )


def steps(plan: Restore, namespace: str, where: str) -> list[str]:
    """What a restore does, a sentence each, before it is done; and what it leaves alone."""
    told = [f"Secret {namespace}/{name} is created from {where}" for name in plan.create]
    told += [f"Secret {namespace}/{name} gets {', '.join(keys)} from {where}" for name, keys in plan.fill.items()]
    return told + [
        (f"Secret {namespace}/{name} has values other than those in {where} and is left unchanged") for name in plan.leave
    ]

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the core chart is told, and whether its release needs helm at all."""

from __future__ import annotations

import base64
import json
import typing as t
from dataclasses import dataclass

from .. import names

Json = dict[str, t.Any]


@dataclass(frozen=True)
class Setup:
    """What the chart's own bootstrap Job is told in the one revision of the release that has it.

    It always runs in its mode ``recover``: the database was made and marked before, and mode ``fresh`` refuses its own second
    attempt (F17, F18).

    :param seeds: whether it seeds, which is right only for a database that this run has just made (U8, F24).
    :param demonstration: whether the seeds are the demonstration's; they belong to the variant without ``applianceBootstrap``.
    """

    seeds: bool
    demonstration: bool

    def values(self) -> Json:
        """The chart's values for it."""
        return {
            "bootstrap": {"mode": "recover"},
            "setup": {
                "runMigrations": True,
                "runSeeds": self.seeds,
                "applianceBootstrap": {"enabled": not self.demonstration},
            },
        }


def values(
    given: t.Mapping[str, t.Any],
    *,
    namespace: str,
    claims: t.Mapping[str, str],
    replicas: int,
    mode: str,
    setup: Setup | None = None,
) -> Json:
    """The chart's values: the operator's, then the collection's own, which win.

    The chart's own Job and init gate stay off but for the one revision in which that Job is the bootstrap (design, Who runs
    the bootstrap): so no later upgrade migrates or seeds by itself (F24, U8).

    :param claims: claim names by the chart's sections ``db``, ``redis`` and ``server``.
    :param setup: what the chart's Job is told; ``None`` where there must be none.
    """
    own: Json = {
        "namespace": namespace,
        "bootstrap": {"mode": mode},
        "setup": {"runMigrations": False, "runSeeds": False},
        "server": {"replicaCount": replicas},
        "persistence": {"keepPvcOnUninstall": True},
    }
    for section, claim in claims.items():
        own.setdefault(section, {})["persistence"] = {"existingClaim": claim}
    return merge(given, merge(own, setup.values() if setup else {}))


# Parts of the chart's values into which the collection writes its own.
_SECTIONS = ("bootstrap", "setup", "server", "persistence", "db", "redis")


def replicas(given: t.Mapping[str, t.Any]) -> int:
    """How many replicas of the application the operator's values ask for; null is the chart's own number, which is 1."""
    count = (given.get("server") or {}).get("replicaCount")
    return 1 if count is None else int(count)


def wrong_values(given: t.Mapping[str, t.Any], option: str) -> list[str]:
    """Say what in the operator's values would be passed over in silence, or cannot be; values are not repeated.

    :param option: where they were given, for the sentences.
    """
    texts = [
        f"{option} sets {section} to something other than a mapping, which the chart's {section} is."
        for section in _SECTIONS
        if given.get(section) is not None and not isinstance(given[section], dict)
    ]
    texts += [
        f"{option} sets {section}.persistence to something other than a mapping, which the chart's {section}.persistence is."
        for section in ("db", "redis", "server")
        if isinstance(given.get(section), dict) and not isinstance(given[section].get("persistence") or {}, dict)
    ]
    server = given.get("server")
    count = server.get("replicaCount") if isinstance(server, dict) else None
    if count is not None and (isinstance(count, bool) or not str(count).isdecimal()):
        texts.append(f"{option} sets server.replicaCount to something other than a whole number.")
    return texts


def merge(base: t.Mapping[str, t.Any], over: t.Mapping[str, t.Any]) -> Json:
    """Merge two mappings deeply; the second wins."""
    merged = dict(base)
    for key, value in over.items():
        known = merged.get(key)
        merged[key] = merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def as_kept(document: t.Any, namespace: str, listed: str = "") -> list[Json]:
    """A rendered document as the objects that an API server makes of it.

    A List is what it lists, whose objects need not repeat the kind that its own name says; a Secret's ``stringData`` becomes its
    ``data`` (Kubernetes: Secret v1); an object of the release's own namespace is written without a namespace, whether the chart
    names it or leaves it to helm, and one of another keeps it.

    :param listed: the kind that a List gives its objects.
    :raises ValueError: when it is no object; it is not repeated.
    """
    kind = document.get("kind") or listed if isinstance(document, dict) else None
    if not isinstance(kind, str) or not kind:
        raise ValueError("it has no kind")
    if kind.endswith("List") and "items" in document:
        items = document["items"] or []
        if not isinstance(items, list):
            raise ValueError("its items are no list")
        return [kept for item in items for kept in as_kept(item, namespace, kind.removesuffix("List"))]
    whole, metadata = {**document, "kind": kind}, document.get("metadata")
    sections = [document.get(section) or {} for section in ("data", "stringData")]
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        raise ValueError("it has no name")
    if kind == "Secret" and not all(isinstance(each, dict) for each in sections):
        raise ValueError("its data is none")
    whole["metadata"] = {
        key: value for key, value in metadata.items() if key != "namespace" or value not in (None, "", namespace)
    }
    if kind != "Secret":
        return [whole]
    data, plain = sections
    whole.pop("stringData", None)
    whole["data"] = {
        **{str(key): _encoded(value) for key, value in data.items()},
        # Null is an empty text to the API server.
        **{str(key): base64.b64encode(("" if value is None else str(value)).encode()).decode() for key, value in plain.items()},
    }
    return [whole]


def _encoded(value: t.Any) -> t.Any:
    """Base64 as the API server gives it back: in one line, where a chart may have broken it; what is none is left as it is."""
    try:
        return base64.b64encode(base64.b64decode(str(value or "").replace("\r", "").replace("\n", ""), validate=True)).decode()
    except ValueError:
        return value


class Identity(t.NamedTuple):
    """By what an API server tells objects apart; the namespace is empty for the release's own."""

    kind: str
    namespace: str
    name: str
    group: str

    def __str__(self) -> str:
        """The object as a person would name it."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def identity(item: t.Mapping[str, t.Any]) -> Identity:
    """The identity of a rendered object, see :func:`as_kept`."""
    metadata, group = item["metadata"], str(item.get("apiVersion", "")).rpartition("/")[0]
    return Identity(item["kind"], metadata.get("namespace", ""), metadata.get("name", ""), group)


def _own(wanted: t.Iterable[Json], kind: str) -> list[Json]:
    """The objects of a kind in the release's own namespace, where the appliance's are."""
    return [item for item in wanted if item["kind"] == kind and not identity(item).namespace]


def differences(deployed: t.Sequence[Json], wanted: t.Sequence[Json], live: t.Mapping[Identity, Json | None]) -> list[str]:
    """Say what a run of helm would change; an empty list means that helm is not needed.

    :param deployed: objects as helm last rendered them.
    :param wanted: objects as the chart renders now.
    :param live: what the API server has, by :func:`identity`; None for an object that does not exist.
    """
    before = {identity(item): item for item in deployed}
    after = {identity(item): item for item in wanted}
    found = [f"{name} is removed from the release" for name in before if name not in after]
    for name, item in after.items():
        current = live.get(name)
        if current is None:
            found.append(f"{name} does not exist")
        elif name not in before:
            found.append(f"{name} is added to the release")
        elif before[name] != item:
            found.append(f"{name} is rendered differently")
        elif _replicas(item) != _replicas(current):
            found.append(f"{name} has {_replicas(current)} replicas instead of {_replicas(item)}")
    return found


def _replicas(item: t.Mapping[str, t.Any]) -> t.Any:
    return item.get("spec", {}).get("replicas") if item["kind"] in ("Deployment", "StatefulSet") else None


def unsafe(wanted: t.Sequence[Json], claims: t.Iterable[str], job: str = "") -> list[str]:
    """Name rendered objects that must never come from a release: claims it could delete, bootstrap that bypasses the guard.

    :param job: the one Job that the guard has let through.
    """
    protected = set(claims)
    owned = [item for item in _own(wanted, "PersistentVolumeClaim") if item["metadata"]["name"] in protected]
    jobs = [item for item in wanted if item["kind"] == "Job" and (identity(item).namespace or identity(item).name != job)]
    return [f"{identity(item)} would belong to the release and be deleted with it" for item in owned] + [
        f"{identity(item)} would migrate and seed without the collection's guard" for item in jobs
    ]


def chart_job(wanted: t.Sequence[Json], fullname: str) -> str:
    """Name the chart's own bootstrap Job among rendered objects; empty where there is none, for example because it is a hook."""
    jobs = [item["metadata"]["name"] for item in _own(wanted, "Job")]
    return next((name for name in jobs if names.is_chart_job(name, fullname)), "")


def replaced_keys(wanted: t.Sequence[Json], live: t.Mapping[str, t.Mapping[str, str]]) -> dict[str, list[str]]:
    """Name the keys of generated Secrets that a rendering would give another value than they have (F1, F12).

    :param live: data of the Secrets as the API server has it, by name. Of ``db-credentials`` no key may be missing either.
    :returns: keys by the Secret's name.
    """
    found: dict[str, list[str]] = {}
    for item in _own(wanted, "Secret"):
        name = item["metadata"]["name"]
        if name not in live:
            continue
        data = item.get("data") or {}
        strict = name == names.CREDENTIALS_SECRET
        keys = [key for key, value in live[name].items() if value and data.get(key, "" if strict else value) != value]
        if keys:
            found[name] = keys
    return found


def remade(wanted: t.Sequence[Json], live: t.Container[str], secrets: t.Iterable[str]) -> list[str]:
    """Name the generated Secrets that a rendering would make anew, because they do not exist."""
    rendered = {item["metadata"]["name"] for item in _own(wanted, "Secret")}
    return [name for name in secrets if name in rendered and name not in live]


def lacking_keys(
    needed: t.Mapping[str, t.Iterable[tuple[str, str]]],
    wanted: t.Iterable[Json],
    live: t.Mapping[str, t.Container[str]],
    made: t.Container[str],
) -> list[str]:
    """Say which keys pods would need after helm that no Secret has then (R40, F3).

    :param needed: the Secret and the key, empty for all of them, by workload.
    :param wanted: every rendered object, those of hooks too; what is rendered is there then.
    :param live: keys that have a value, by the Secret's name.
    :param made: Secrets that the collection makes before helm runs, and in check mode does not.
    """
    wanted = list(wanted)
    # An operator of the cluster makes Secrets from objects of a kind of its own, which name them, after helm has run.
    later = json.dumps([item for item in wanted if _is_custom(item)])
    rendered: dict[str, set[str]] = {}
    for item in _own(wanted, "Secret"):
        data = item.get("data") or {}
        rendered.setdefault(item["metadata"]["name"], set()).update(key for key, value in data.items() if value)
    found = []
    for workload, keys in needed.items():
        for secret, key in sorted(keys):
            if json.dumps(secret) in later:
                continue
            if secret not in live and secret not in rendered:
                if secret not in made:
                    found.append(f"{workload} needs Secret {secret}, which does not exist")
            elif key and key not in live.get(secret, ()) and key not in rendered.get(secret, ()):
                found.append(f"{workload} needs key {key} of Secret {secret}, which does not contain it")
    return list(dict.fromkeys(found))


def _is_custom(item: t.Mapping[str, t.Any]) -> bool:
    """Whether an object is of a kind that the API server itself does not have (its groups end in k8s.io, or have no dot)."""
    group = identity(item).group
    return "." in group and not group.endswith(".k8s.io")

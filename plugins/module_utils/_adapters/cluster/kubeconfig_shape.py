# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a file has the shape of a kubeconfig: the client ends with an error of Python's where it has not, or goes on as nobody.

Source: Kubernetes, kubeconfig (v1).
"""

from __future__ import annotations

import typing as t

Json = t.Mapping[str, t.Any]

_LISTS = {"clusters": "cluster", "users": "user", "contexts": "context"}
# What has to be a string, by the list.
_TEXTS = {
    "clusters": ("server", "certificate-authority", "certificate-authority-data", "proxy-url", "tls-server-name"),
    "users": (
        *("token", "tokenFile", "username", "password"),
        *("client-certificate", "client-certificate-data", "client-key", "client-key-data"),
    ),
    "contexts": ("cluster", "user"),
}
# Kubernetes has removed them in 1.26, in favour of login plugins.
_REMOVED = ("gcp", "azure")


def wrong(written: t.Any, context: str | None) -> str:
    """Say what the client would stumble over; empty where nothing is, or where the client itself finds words for it.

    :param written: what the file holds.
    :param context: the name of one; the file's current one when empty.
    """
    if not isinstance(written, dict):
        return "" if written is None else "it is not a mapping"
    for name in _LISTS:
        if found := _wrong_list(written.get(name) or [], name):
            return found
    return _wrong_choice(written, context)


def user(written: Json, context: str | None) -> Json:
    """The user of one context; empty where it has none."""
    named = _named(written, "contexts", context or written.get("current-context")).get("user")
    return _named(written, "users", named) if named else {}


def proxy(written: Json, context: str | None) -> str:
    """The proxy of one context's cluster; empty where it has none."""
    named = _named(written, "contexts", context or written.get("current-context")).get("cluster")
    return _named(written, "clusters", named).get("proxy-url") or "" if named else ""


def _wrong_list(entries: t.Any, name: str) -> str:
    kind = _LISTS[name]
    if not isinstance(entries, list):
        return f"{name} is not a list"
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            return f"entry {number} of {name} has no name"
        value = entry.get(kind) or {}
        if not isinstance(value, dict):
            return f"{kind} {entry['name']!r} is not a mapping"
        if others := [key for key in _TEXTS[name] if value.get(key) is not None and not isinstance(value[key], str)]:
            return f"{others[0]} of {kind} {entry['name']!r} is not a string"
    return ""


def _wrong_choice(written: Json, context: str | None) -> str:
    """Of what the context leads to: a cluster without a server, a user that is not there, a login that nobody can do."""
    chosen = _named(written, "contexts", context or written.get("current-context"))
    named, cluster = chosen.get("user"), chosen.get("cluster")
    clusters = [entry["name"] for entry in written.get("clusters") or [] if isinstance(entry.get("cluster"), dict)]
    if named and named not in [entry["name"] for entry in written.get("users") or []]:
        return f"its context names user {named!r}, which is not in its list of users"
    if cluster in clusters and not _named(written, "clusters", cluster).get("server"):
        return f"cluster {cluster!r} has no server"
    login = _named(written, "users", named)
    plugin, provider = login.get("exec"), login.get("auth-provider")
    if plugin is not None and not (isinstance(plugin, dict) and isinstance(plugin.get("command"), str) and plugin["command"]):
        return f"exec of user {named!r} has no command"
    if isinstance(provider, dict) and provider.get("name") in _REMOVED:
        return f"user {named!r} logs in with auth-provider {provider['name']}, which Kubernetes removed; use a login plugin"
    return ""


def _named(written: Json, name: str, entry: t.Any) -> Json:
    """The entry of a list by its name; empty where there is none."""
    return next((each.get(_LISTS[name]) or {} for each in written.get(name) or [] if each["name"] == entry), {})

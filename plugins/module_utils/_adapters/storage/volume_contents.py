# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look into a volume of PostgreSQL: one text for sh, by whatever way the volume is reached, and how its answer is read."""

from __future__ import annotations

import typing as t

from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from ..._core.storage.contents import Contents
from ..cluster import look
from ..cluster.kubernetes import KubernetesApi, path
from .claim_users import users

# What initdb itself writes lets loopback in; an official image's entrypoint adds its rule for hosts afterwards. What a rule
# includes from another file may be one. PostgreSQL documentation, "The pg_hba.conf File".
HOST_RULES = """
host_rules() {
    rules=0
    while read -r type _database _user address _rest || [ -n "$type" ]; do
        case $type:$address in
        host*:127.0.0.1* | host*:::1* | host*:localhost) ;;
        host*:* | include*:*) rules=$((rules + 1)) ;;
        esac
    done <"$1"
    echo $rules
}
"""
# What cannot be read ends the script (set -e): unreadable is not empty.
INSIDE = f"""{HOST_RULES}
inside() {{
    ls -A "$1" >/dev/null
    data=$1
    for each in "$1/data" "$1"; do
        if [ -e "$each/PG_VERSION" ] || [ -d "$each/global" ] || [ -d "$each/base" ]; then
            data=$each
            ls -A "$data" >/dev/null
            echo begun
            break
        fi
    done
    if [ -e "$data/PG_VERSION" ]; then
        version=$(cat "$data/PG_VERSION")
        printf 'version\\t%s\\n' "$version"
    fi
    if [ -d "$data/global" ]; then ls -A "$data/global" >/dev/null; fi
    if [ -e "$data/global/pg_control" ]; then
        echo control
        if command -v od >/dev/null; then
            identity=$(od -A n -t u1 -N 8 "$data/global/pg_control")
            printf 'identity\\t%s\\n' "$identity"
        fi
    fi
    count=0
    if [ -d "$data/base" ]; then
        ls -A "$data/base" >/dev/null
        for each in "$data"/base/[0-9]*; do
            if [ -d "$each" ]; then count=$((count + 1)); fi
        done
    fi
    printf 'databases\\t%s\\n' "$count"
    if [ -e "$data/pg_hba.conf" ]; then printf 'hosts\\t%s\\n' "$(host_rules "$data/pg_hba.conf")"; fi
    for each in "$1" "$1/data"; do
        for name in "$each"/.initializing "$each"/*.initializing "$each"/.*.initializing; do
            if [ -e "$name" ]; then printf 'initializing\\t%s\\n' "${{name#"$1"/}}"; fi
        done
    done
}}
"""
_VERSION = """
version=''
if command -v postgres >/dev/null; then
    version=$(postgres --version)
elif [ -n "${PG_MAJOR:-}" ]; then
    version=$PG_MAJOR
else
    # Of several, nobody knows which one will run.
    set -- /usr/lib/postgresql/*/bin/postgres
    if [ $# = 1 ] && [ -x "$1" ]; then version=$("$1" --version); fi
fi
printf 'image\\t%s\\n' "$version"
"""
_WORDS = {"begun", "control"}
_TEXTS = {"version", "databases", "hosts", "image", "initializing", "identity"}
_NUMBERS = ("databases", "hosts")


def inside(
    api: KubernetesApi, namespace: str, claim: str, image: str, *, pull: str = "IfNotPresent", fix: str
) -> Contents | None:
    """Look into the volume of a claim, mounted read-only; a PostgreSQL that runs on it is not disturbed.

    :param image: the database's own image, whose ``postgres`` then tells its version, or any other with ``sh``.
    :param pull: the pull policy with which the database gets that image.
    :param fix: what the operator does when the pod cannot run.
    :returns: None where the claim is not Bound: looking must never bind one that waits for its first consumer.
    :raises ObservationFailed: when the volume could not be looked into.
    """
    found = api.get(path("persistentvolumeclaims", namespace, claim))
    if found is None or found["status"].get("phase") != "Bound" or "deletionTimestamp" in found["metadata"]:
        return None
    nodes = [pod["spec"]["nodeName"] for pod in users(api, namespace, claim) if pod["spec"].get("nodeName")]
    # A ReadWriteOnce volume is mounted by one node at a time, and there as often as one likes.
    return _look(api, namespace, claim, image, pull=pull, node=nodes[0] if nodes else "", fix=fix)


def bind(api: KubernetesApi, namespace: str, claim: str, image: str, *, fix: str) -> Contents:
    """Let a claim that nobody uses get its volume, and look into it before anything else does (R1).

    :raises ObservationFailed: when there is no volume for it, or it could not be looked into.
    """
    return _look(api, namespace, claim, image, binds=True, fix=fix)


def _look(api: KubernetesApi, namespace: str, claim: str, image: str, *, fix: str, **further: t.Any) -> Contents:
    what = f"the volume of PersistentVolumeClaim {namespace}/{claim}"
    seen = look.run(
        api,
        look.Look(
            what=what,
            namespace=namespace,
            image=image,
            script=f"{INSIDE}\ninside /volume\n{_VERSION}\necho {look.END}",
            volume={"persistentVolumeClaim": {"claimName": claim, "readOnly": True}},
            fix=fix,
            **further,
        ),
    )
    return Contents(image=image, **facts(seen.lines, what))


def facts(lines: t.Iterable[str], what: str) -> dict[str, t.Any]:
    """Read what ``inside`` printed as the fields of :class:`Contents`.

    :raises ObservationFailed: at any line that it does not print.
    """
    found: dict[str, t.Any] = {}
    initializing = []
    for line in lines:
        word, _tab, text = line.partition("\t")
        if word not in (_TEXTS if _tab else _WORDS) or (word in _NUMBERS and not text.isdecimal()):
            raise ObservationFailed(
                f"The pod that inspects {what} printed {line!r}, which is not a valid answer. The result is unknown.",
                reason=Reason.LOOK_FAILED,
                next_action="Inspect it by hand.",
            )
        if word == "initializing":
            initializing.append(text)
        elif word in _NUMBERS:
            found[word] = int(text)
        elif word == "identity":
            found[word] = _identity(text)
        elif word == "image":
            found["image_version"] = text.strip()
        else:
            found[word] = text.strip() if _tab else True
    return found | {"initializing": tuple(initializing)}


def _identity(octets: str) -> str:
    """The system identifier, which pg_control begins with, as 64 bits of the machine's order (PostgreSQL, ControlFileData).

    Every machine that PostgreSQL's images are made for has the lower octet first. A file that is cut off names nobody.
    """
    values = [int(octet) for octet in octets.split()]
    return str(int.from_bytes(bytes(values), "little")) if len(values) == 8 and any(values) else ""

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about a refusal of the API server: a 403 is a missing permission only where it says so (R16, R28).

Authorization and admission answer with the same code and the same reason, and Kubernetes gives most of what admission says in no
field, so its words are read, which are the same in every language. What has a field is taken from there.
"""

from __future__ import annotations

import re
import typing as t

AGAIN = "then run the same playbook again."
_NAMED = f"Fix what the API server names, {AGAIN}"
# metav1.CauseType of a namespace that is being deleted.
_TERMINATING = "NamespaceTerminating"
# Words by which a refusal is known, and what to do about it; the first one counts. An empty action is what is usual for the code.
_FORBIDDEN: tuple[tuple[str, str], ...] = (
    (
        r"because it is being terminated",
        f"Wait until the namespace is deleted; its conditions (kubectl get namespace -o yaml) name what delays that; {AGAIN}",
    ),
    (
        r"exceeded quota: ",
        f"Raise the ResourceQuota named here, or free some of what others use of it, {AGAIN} No permission is missing.",
    ),
    (
        r"failed quota: ",
        f"The ResourceQuota named here requires these limits of every container: set them in alga_values, {AGAIN} No "
        "permission is missing.",
    ),
    (
        r"(maximum|minimum) \S+ usage per |limit to request ratio per ",
        f"The LimitRange of the namespace forbids this size: change the LimitRange, or the resources or sizes in the variables, "
        f"{AGAIN} No "
        "permission is missing.",
    ),
    (
        r"violates PodSecurity ",
        "Label the namespace pod-security.kubernetes.io/enforce with a level that admits this pod, or set its security context "
        f"in alga_values, {AGAIN} No permission is missing.",
    ),
    (
        r"error looking up service account ",
        f"Create the ServiceAccount named here, or name another one in alga_values, {AGAIN}",
    ),
    (
        r'admission webhook ".*" denied the request|[Aa]dmission[Pp]olicy \'.*\' with binding ',
        f"A policy of this cluster rejects the request: correct what it names in alga_values, or the policy, {AGAIN} No "
        "permission is missing.",
    ),
    (
        r'User "system:anonymous" cannot ',
        "The API server accepted no credentials from the kubeconfig, so the request was anonymous: correct the user in the "
        "kubeconfig that alga_kubeconfig names.",
    ),
    (r"(User|user) \".*\" (\(groups=.*\) )?(cannot|is attempting to grant) |RBAC: ", ""),
    ("", _NAMED),
)
_FAILED: tuple[tuple[str, str], ...] = (
    (
        r"failed calling webhook ",
        f"An admission webhook of this cluster does not answer: restore its Service, or remove its WebhookConfiguration, {AGAIN}",
    ),
    (
        r"database space exceeded",
        f"etcd is full: compact and defragment it, clear its alarm, {AGAIN}",
    ),
    (
        r"etcdserver: |leader changed|etcd",
        f"The cluster's etcd is too slow or has no leader: check its disk and its members, {AGAIN}",
    ),
)


def next_action(status: int, message: str, said: t.Mapping[str, t.Any]) -> str:
    """What to do about an answer with the code of a failure; empty where it is what is usual for the code.

    :param said: the Status object; empty where it was none.
    """
    causes = {each.get("reason") for each in (said.get("details") or {}).get("causes") or []}
    if status == 403:
        return _FORBIDDEN[0][1] if _TERMINATING in causes else _first(_FORBIDDEN, message)
    if status == 429:
        return f"The API server is overloaded: check its load, and which clients send so many requests, {AGAIN}"
    if status >= 500:
        return _first(_FAILED, message)
    return f"Correct what the API server names, if it comes from the variables, {AGAIN}" if status in (400, 413, 422) else ""


def _first(known: t.Iterable[tuple[str, str]], message: str) -> str:
    return next((action for words, action in known if re.search(words, message)), "")

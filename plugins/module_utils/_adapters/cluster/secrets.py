# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Secret holds."""

from __future__ import annotations

from .kubernetes import KubernetesApi, decode, path


def read_secret(api: KubernetesApi, namespace: str, name: str) -> dict[str, bytes] | None:
    """Read one Secret.

    :returns: its values, decoded, by key; None where it does not exist.
    """
    return decode(api.get(path("secrets", namespace, name)))

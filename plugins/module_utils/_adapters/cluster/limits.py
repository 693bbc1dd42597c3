# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container of the collection's own asks for and may use in one namespace, so that it is let in there (R13)."""

from __future__ import annotations

import typing as t

from ..._core.bootstrap import resources
from ..._core.errors import ObservationFailed
from ..._core.states import Reason
from .kubernetes import Json, KubernetesApi, path


def of(api: KubernetesApi, namespace: str, defaults: t.Mapping[str, resources.Amounts], pod: Json | None = None) -> Json:
    """The resources of a container.

    :param defaults: what it needs where nobody said otherwise.
    :param pod: the spec of pods whose first container says so.
    """
    try:
        ranges = api.items(path("limitranges", namespace))
    except ObservationFailed as error:
        if error.reason is not Reason.API_FORBIDDEN:
            raise
        ranges = []  # Where one keeps the pod out, the API server says so, and is quoted.
    first = next(iter((pod or {}).get("containers") or [{}]))
    return resources.completed(first.get("resources") or {}, resources.fitted(defaults, ranges))

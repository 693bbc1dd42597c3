# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every image that a rendered chart makes a node pull is named, whatever makes the pod (R41)."""

from __future__ import annotations

from ansible_collections.alga.appliance.plugins.module_utils._core.release.rendered_images import images

POD = {"initContainers": [{"image": "busybox:1.36"}], "containers": [{"image": "app:7"}, {"name": "without"}]}
TEMPLATE = {"template": {"spec": POD}}


def test_the_images_of_every_kind_of_pod_r41() -> None:
    found = ["app:7", "busybox:1.36"]
    assert images([{"kind": "Deployment", "spec": TEMPLATE}, {"kind": "Job", "spec": TEMPLATE}]) == found
    assert images([{"kind": "Pod", "spec": POD}]) == found
    assert images([{"kind": "CronJob", "spec": {"jobTemplate": {"spec": TEMPLATE}}}]) == found
    assert images([{"kind": "StatefulSet", "spec": {"template": {"spec": {"containers": None}}}}, {"kind": "Secret"}]) == []

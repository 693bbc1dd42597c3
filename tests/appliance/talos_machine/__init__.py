# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Talos machine in a container: the unmodified machined, started by runc in namespaces of its own."""

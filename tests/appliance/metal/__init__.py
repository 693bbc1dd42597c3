# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Talos machine with real disks: user-mode Linux runs Talos's own programs in metal mode, from package registries alone."""

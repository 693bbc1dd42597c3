# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix: interrupts the playbooks on the real node, runs them again and checks what is left."""

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the interpreter for a hundred thousand histories."""

from __future__ import annotations

import gc

# What is remembered of a hundred thousand histories would be gone through again and again: a sixth of the time.
gc.freeze()
gc.set_threshold(200_000, 20, 100)

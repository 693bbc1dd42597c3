#!/bin/sh
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts the server as process 1, so that the kubelet's SIGTERM reaches it.
set -eu
cd /app/server
exec node server.js

#!/bin/sh
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Starts Redis as the user redis: options alone mean redis-server, and without any, it is open to the pod network.
set -eu

case ${1:-} in
-* | *.conf) set -- redis-server "$@" ;;
esac
if [ "${1:-}" = redis-server ]; then
    # Without a password and a bind address Redis would answer on loopback only, where no other pod is.
    [ $# -gt 1 ] || set -- "$@" --protected-mode no --bind 0.0.0.0
    if [ "$(id -u)" = 0 ]; then
        chown -R redis:redis .
        exec setpriv --reuid redis --regid redis --clear-groups -- "$@"
    fi
fi
exec "$@"

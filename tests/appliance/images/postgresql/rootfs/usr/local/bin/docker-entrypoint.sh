#!/bin/sh
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes a cluster where $PGDATA has none, then runs PostgreSQL as the user postgres. POSTGRES_PASSWORD, POSTGRES_USER,
# POSTGRES_DB and POSTGRES_INITDB_ARGS act while the cluster is made, and never afterwards: over an existing cluster
# they are not even looked at.
set -eu

case ${1:-} in
'' | -*) set -- postgres "$@" ;;
esac
[ "$1" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql
    # A volume belongs to root at first; one that was used before may hold another image's user id.
    find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} +
    chmod 0700 "$PGDATA"
    chmod 3777 /var/run/postgresql
    exec setpriv --reuid postgres --regid postgres --init-groups -- "$0" "$@"
fi

umask 0077
mkdir -p "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    superuser=${POSTGRES_USER:-postgres}
    method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
        echo "Error: Database is uninitialized and superuser password is not specified. Set POSTGRES_PASSWORD." >&2
        exit 1
    fi
    password_file=$(mktemp)
    trap 'rm -f "$password_file"' EXIT
    printf '%s\n' "${POSTGRES_PASSWORD:-}" >"$password_file"
    set_password=
    [ -z "${POSTGRES_PASSWORD:-}" ] || set_password=--pwfile=$password_file
    # The arguments are words by contract.
    # shellcheck disable=SC2086
    initdb --pgdata "$PGDATA" --username "$superuser" --encoding UTF8 --auth trust $set_password ${POSTGRES_INITDB_ARGS:-}
    rm -f "$password_file"
    trap - EXIT
    # initdb itself has --set for this from PostgreSQL 16 on.
    printf "\nlisten_addresses = '*'\n" >>"$PGDATA/postgresql.conf"
    printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

    database=${POSTGRES_DB:-$superuser}
    # Extra programs of the folder below run before the cluster is open to the network.
    pg_ctl --pgdata "$PGDATA" --wait --options "-c listen_addresses='' -p 5432" start
    if [ "$database" != postgres ]; then
        createdb --username "$superuser" --maintenance-db postgres -- "$database"
    fi
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
        *.sh) sh "$script" ;;
        *.sql) psql -v ON_ERROR_STOP=1 --username "$superuser" --dbname "$database" --file "$script" ;;
        esac
    done
    pg_ctl --pgdata "$PGDATA" --wait --mode fast stop
    echo "PostgreSQL init process complete; ready for start up."
else
    echo "PostgreSQL Database directory appears to contain a database; Skipping initialization"
fi
unset POSTGRES_PASSWORD
exec "$@"

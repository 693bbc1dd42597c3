#!/bin/sh
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
# The variant without applianceBootstrap, with the real one's faults: it waits without an end, takes an unresolvable
# name for fatal (F26), and loads the demonstration seeds.
export PGHOST="$DB_HOST_ADMIN" PGPORT="$DB_PORT_ADMIN" PGUSER="$DB_USER_ADMIN" PGPASSWORD="$DB_PASSWORD_ADMIN"
while ! output=$(psql -d postgres -c '\q' 2>&1); do
  case $output in
    *"password authentication failed"* | *"no password supplied"* | *"SASL authentication failed"* | *'role "'* | \
      *"could not translate host name"* | *"Name or service not known"* | *"Temporary failure in name resolution"*)
      echo "FATAL: $output" >&2
      exit 1
      ;;
  esac
  sleep 1
done
is_true() { psql -d "$1" -Atc "$2" 2>/dev/null | grep -qx t; }
if [ "$BOOTSTRAP_MODE" = fresh ] && is_true postgres "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = '$DB_NAME_SERVER')"; then
  echo "FATAL: Existing application database state detected: wipe the persisted data or use bootstrap.mode=recover" >&2
  exit 1
fi
timeout 120 node /app/server/setup/create_database.js
if [ "$SETUP_RUN_MIGRATIONS" = true ]; then
  psql -d "$DB_NAME_SERVER" -qc 'CREATE SCHEMA IF NOT EXISTS pgboss'
  NODE_ENV=migration timeout 300 npx knex migrate:latest --knexfile /app/server/knexfile.cjs --verbose
fi
if [ "$SETUP_RUN_SEEDS" = true ]; then
  if is_true "$DB_NAME_SERVER" 'SELECT EXISTS (SELECT 1 FROM users LIMIT 1)'; then
    echo "Seeds already exist; skipping"
  else
    NODE_ENV=migration timeout 300 npx knex seed:run --knexfile /app/server/knexfile.cjs
  fi
fi
echo "Setup completed"

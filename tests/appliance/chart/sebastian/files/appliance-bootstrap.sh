#!/bin/sh
# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the appliance's bootstrap Job runs, with the real script's order and faults. The faults are deliberate and carry
# their numbers: the collection is tested against them.
set -eu

log() { echo "[appliance-bootstrap] $*"; }
die() {
  log "FATAL: $*" >&2
  exit 1
}

# White space inside a password is lost here (F7).
admin_password() {
  if [ -f /run/secrets/postgres_password ]; then
    tr -d '[:space:]' </run/secrets/postgres_password
  else
    printf '%s' "${DB_PASSWORD_ADMIN:-${DB_PASSWORD_SUPERUSER:-}}" | tr -d '[:space:]'
  fi
}

PGHOST=${DB_HOST_ADMIN:-$DB_HOST}
PGPORT=${DB_PORT_ADMIN:-$DB_PORT}
PGUSER=${DB_USER_ADMIN:-postgres}
PGPASSWORD=$(admin_password)
export PGHOST PGPORT PGUSER PGPASSWORD
[ -n "$PGPASSWORD" ] || die "no superuser password in DB_PASSWORD_ADMIN or DB_PASSWORD_SUPERUSER"

wait_for_postgres() {
  started_at=$(date +%s)
  while ! output=$(psql -d postgres -c '\q' 2>&1); do
    case $output in
      *"password authentication failed"* | *"no password supplied"* | *"SASL authentication failed"* | *'role "'*)
        log "$output" >&2
        die "PostgreSQL refused the login: Secret db-credentials does not match this volume"
        ;;
    esac
    now=$(date +%s)
    if [ $((now - started_at)) -ge "${BOOTSTRAP_WAIT_TIMEOUT_SECONDS}" ]; then
      die "no PostgreSQL at $PGHOST:$PGPORT within ${BOOTSTRAP_WAIT_TIMEOUT_SECONDS}s: $output"
    fi
    sleep "$BOOTSTRAP_WAIT_RETRY_SECONDS"
  done
}

# An error counts as "not there" (F27).
is_true() {
  if psql -d "$1" -Atc "$2" 2>/dev/null | grep -qx t; then echo true; else echo false; fi
}

database_exists() { is_true postgres "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = '$1')"; }

preflight() {
  server_db=$(database_exists "$DB_NAME_SERVER")
  hocuspocus_db=$(database_exists "$DB_NAME_HOCUSPOCUS")
  users_table=false
  user_count=0
  if [ "$server_db" = true ]; then
    users_table=$(is_true "$DB_NAME_SERVER" "SELECT to_regclass('public.users') IS NOT NULL")
    if [ "$users_table" = true ]; then
      user_count=$(psql -d "$DB_NAME_SERVER" -Atc 'SELECT count(*) FROM users' 2>&1 || true)
    fi
  fi
  log "Database preflight: bootstrap_mode=$BOOTSTRAP_MODE server_db=$server_db hocuspocus_db=$hocuspocus_db" \
    "users_table=$users_table user_count=$user_count"
  if [ "$BOOTSTRAP_MODE" = fresh ]; then
    if [ "$server_db" = true ] || [ "$hocuspocus_db" = true ] || [ "$user_count" -gt 0 ]; then
      die "Existing application database state detected: wipe the persisted data or use bootstrap.mode=recover"
    fi
  fi
}

ensure_database() {
  [ "$(database_exists "$1")" = true ] || psql -d postgres -v ON_ERROR_STOP=1 -qc "CREATE DATABASE \"$1\""
}

# The password stands in the process list for a moment (F10), and every run sets it again (U5).
ensure_role() {
  psql -d postgres -v ON_ERROR_STOP=1 -qAt -v role_name="$1" -v role_password="$2" <<'SQL'
SELECT format(
  CASE WHEN EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :'role_name')
    THEN 'ALTER ROLE %I LOGIN PASSWORD %L' ELSE 'CREATE ROLE %I LOGIN PASSWORD %L' END,
  :'role_name', :'role_password')
\gexec
SQL
}

grant_server_privileges() {
  psql -d "$DB_NAME_SERVER" -v ON_ERROR_STOP=1 -q -v role_name="$1" -v database="$DB_NAME_SERVER" <<'SQL'
GRANT CONNECT ON DATABASE :"database" TO :"role_name";
GRANT USAGE ON SCHEMA public TO :"role_name";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"role_name";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"role_name";
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"role_name";
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"role_name";
SQL
}

ensure_databases_and_roles() {
  ensure_database "$DB_NAME_HOCUSPOCUS"
  ensure_role "$DB_USER_HOCUSPOCUS" "$DB_PASSWORD_HOCUSPOCUS"
  psql -d postgres -v ON_ERROR_STOP=1 -qc "GRANT ALL PRIVILEGES ON DATABASE \"$DB_NAME_HOCUSPOCUS\" TO \"$DB_USER_HOCUSPOCUS\""
  ensure_database "$DB_NAME_SERVER"
  ensure_role "$DB_USER_SERVER" "$DB_PASSWORD_SERVER"
  if [ -n "${DB_PASSWORD_PGBOUNCER:-}" ]; then
    ensure_role "$DB_USER_PGBOUNCER" "$DB_PASSWORD_PGBOUNCER"
  fi
  psql -d "$DB_NAME_SERVER" -v ON_ERROR_STOP=1 -q -v database="$DB_NAME_SERVER" -v environment="$APP_ENV" <<'SQL'
CREATE EXTENSION IF NOT EXISTS vector;
ALTER DATABASE :"database" SET app.environment = :'environment';
SQL
  grant_server_privileges "$DB_USER_SERVER"
  # Also where the role was not made above, and then psql ends with 3 (F3).
  grant_server_privileges "$DB_USER_PGBOUNCER"
}

# A wall clock instead of progress: whatever is slower is killed and leaves the migration lock behind (F28, F19).
run_knex() {
  NODE_ENV=migration timeout 300 npx knex "$@" --knexfile /app/server/knexfile.cjs || die "knex $1 failed with $?"
}

run_migrations() {
  psql -d "$DB_NAME_SERVER" -qc 'CREATE SCHEMA IF NOT EXISTS pgboss'
  psql -d "$DB_NAME_SERVER" -qc 'GRANT ALL ON SCHEMA public TO postgres'
  run_knex migrate:latest --verbose
}

# One row in one table stands for the whole set (F21).
run_seeds() {
  if [ "$(is_true "$DB_NAME_SERVER" 'SELECT EXISTS (SELECT 1 FROM users LIMIT 1)')" = true ]; then
    log "Seeds already exist; skipping"
    return
  fi
  [ -d "$SEEDS_DIR" ] || die "the seed folder $SEEDS_DIR is not in this image"
  run_knex seed:run
}

wait_for_postgres
preflight
ensure_databases_and_roles
if [ "$SETUP_RUN_MIGRATIONS" = true ]; then run_migrations; fi
if [ "$SETUP_RUN_SEEDS" = true ]; then run_seeds; fi
log "Appliance setup completed"

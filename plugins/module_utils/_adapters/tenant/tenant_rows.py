# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Move the rows of a half-made tenant out of the application's tables, into the collection's own schema (R33)."""

from __future__ import annotations

import contextlib

from ..._core import names
from ..database.postgresql import literal
from ..database.server import InCluster

# Columns by which the application's tables say whose a row is (contract, Counts: tables that a tenant owns).
_OWNERS = ("tenant", "tenant_id")
# One statement, so that all of it is done or nothing, while nobody else writes. Every row is copied before the first one is
# deleted, because a foreign key may delete further ones. A table that does not say whose its rows are, and refers to one that
# does, would lose or change rows that were not copied: where it has any, nothing is done.
_MOVE = """
DO $move$
DECLARE
  own constant uuid := {tenant};
  each record;
  there boolean;
  kept text;
  moved bigint;
  progress boolean := true;
BEGIN
  CREATE TEMPORARY TABLE owned_tables ON COMMIT DROP AS
    SELECT c.oid AS id, min(a.attname::text) AS owner
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attname IN ({owners}) AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
    GROUP BY c.oid;
  FOR each IN SELECT id::regclass AS name FROM owned_tables LOOP
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', each.name);
  END LOOP;
  FOR each IN
    SELECT DISTINCT k.conrelid::regclass AS name FROM pg_constraint k
    WHERE k.contype = 'f' AND k.confrelid IN (SELECT id FROM owned_tables) AND k.conrelid NOT IN (SELECT id FROM owned_tables)
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', each.name) INTO there;
    IF there THEN
      RAISE EXCEPTION 'table % refers to rows of tenants but does not show to which tenant its own rows belong', each.name;
    END IF;
  END LOOP;
  IF EXISTS (SELECT FROM public.users) THEN
    RAISE EXCEPTION 'a user was created in the meantime';
  END IF;
  FOR each IN SELECT id::regclass AS name, owner FROM owned_tables LOOP
    EXECUTE format(
      'INSERT INTO {rows} (tenant, source, content) SELECT $1, %L, to_jsonb(found) FROM %s AS found WHERE found.%I = $1',
      each.name, each.name, each.owner) USING own;
  END LOOP;
  WHILE progress LOOP
    progress := false;
    kept := NULL;
    FOR each IN SELECT id::regclass AS name, owner FROM owned_tables LOOP
      BEGIN
        EXECUTE format('DELETE FROM %s WHERE %I = $1', each.name, each.owner) USING own;
        GET DIAGNOSTICS moved = ROW_COUNT;
        progress := progress OR moved > 0;
      EXCEPTION WHEN foreign_key_violation THEN
        kept := SQLERRM;
      END;
    END LOOP;
  END LOOP;
  IF kept IS NOT NULL THEN
    RAISE foreign_key_violation USING MESSAGE = kept;
  END IF;
END
$move$
"""


def set_aside(server: InCluster, tenant: str) -> None:
    """Move every row that belongs to a tenant, all or nothing; the ledger's entry stays.

    :raises ActionFailed: with PostgreSQL's own words where a row cannot go; then nothing was moved.
    """
    with contextlib.closing(server.connect(names.DATABASE)) as session:
        session.execute(
            "create the table of rows that were set aside",
            f"CREATE TABLE IF NOT EXISTS {names.TENANT_ROWS} (tenant uuid NOT NULL, moved timestamptz NOT NULL DEFAULT now(),"
            " source text NOT NULL, content jsonb NOT NULL)",
        )
        owners = ", ".join(map(literal, _OWNERS))
        session.execute(
            f"move the rows of tenant {tenant} to {names.TENANT_ROWS}",
            _MOVE.format(tenant=literal(tenant), owners=owners, rows=names.TENANT_ROWS),
        )

# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program of the startup gate, an init container of the application.

It is text in a module, not a file beside it: Ansible sends nothing but Python to where a module runs.
"""

from __future__ import annotations

NAME = "gate.cjs"
SOURCE = r"""
// The application's startup gate, on every start (F22): it opens when the published database has exactly the migrations
// of this image and no migration runs. It logs in as the application does, so it also proves the application's password.
'use strict';

const { readdirSync } = require('node:fs');
const { createRequire } = require('node:module');

const { Client } = createRequire('/app/server/')('pg');
const { setTimeout: wait } = require('node:timers/promises');

const MIGRATIONS = '/app/server/migrations';
const POLL_MS = 1000;
const deadline = Date.now() + Number(process.env.GATE_SECONDS) * 1000;

async function look() {
  const client = new Client({
    host: process.env.DB_HOST,
    port: Number(process.env.DB_PORT),
    database: process.env.DB_NAME_SERVER,
    user: process.env.DB_USER_SERVER,
    password: process.env.DB_PASSWORD_SERVER,
    connectionTimeoutMillis: 5000,
    application_name: 'alga.appliance gate',
  });
  try {
    await client.connect();
    const lock = await client.query('SELECT max(is_locked) AS held FROM public.knex_migrations_lock');
    const applied = await client.query('SELECT name FROM public.knex_migrations');
    return judge(lock.rows[0].held, new Set(applied.rows.map((row) => row.name)));
  } catch (error) {
    const { DB_HOST: host, DB_NAME_SERVER: database } = process.env;
    return `could not query database '${database}' on PostgreSQL at ${host}: ${error.code || error.message}`;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function judge(held, applied) {
  const files = readdirSync(MIGRATIONS).filter((name) => /\.(c?js)$/.test(name));
  const pending = files.filter((name) => !applied.has(name));
  const unknown = [...applied].filter((name) => !files.includes(name));
  if (held) return 'a migration holds the lock';
  if (pending.length) return `${pending.length} migrations of this image are not applied; run recover.yml`;
  if (unknown.length) return `${unknown.length} migrations are newer than this image; use a newer image`;
  return '';
}

async function main() {
  let last;
  for (;;) {
    const reason = await look();
    if (!reason) break;
    if (reason !== last) console.log(`alga.appliance: the startup gate is closed: ${reason}`);
    last = reason;
    if (Date.now() > deadline) {
      console.error(`alga.appliance: gave up after ${process.env.GATE_SECONDS} s: ${reason}`);
      process.exit(1);
    }
    await wait(POLL_MS);
  }
  console.log('alga.appliance: the startup gate is open');
}

main();
"""

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
 * Makes the first tenant and its administrator from INITIAL_*, as the real script does through a workflow that is resumed
 * when it was cut off: a tenant of the given id that has no user yet is gone on with, and one that has users is left alone.
 *
 * Where TEMPORAL_ADDRESS is set it connects to it first, again and again for BOOTSTRAP_TEMPORAL_WAIT_TIMEOUT_SECONDS, 600 by
 * default (R33); nothing is said to what answers there.
 *
 * STAND_IN_TENANT_FAULT asks for a fault: nothing (ends well and does nothing), iterations (F13), half (dies after the
 * tenant's row), refuse (never goes on with a tenant's row that is there, R33).
 */

import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const { Client } = require('pg');
const { hashPassword } = require('../setup/password.cjs');
const { pace } = require('../setup/pace.cjs');
const { readSecret } = require('../setup/secret.cjs');

const fault = process.env.STAND_IN_TENANT_FAULT ?? '';

function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function reach(host, port) {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function awaitTemporal(address) {
  const [host, port] = address.split(':');
  const seconds = Number(process.env.BOOTSTRAP_TEMPORAL_WAIT_TIMEOUT_SECONDS || 600);
  const until = Date.now() + seconds * 1000;
  while (!(await reach(host, Number(port)))) {
    if (Date.now() > until) throw new Error(`Temporal frontend did not become reachable within ${seconds}s at ${address}`);
    console.log(`Temporal frontend is not ready yet at ${address} - retrying`);
    await sleep(5000);
  }
}

async function createTenant(client, name, email) {
  const id = process.env.INITIAL_TENANT_ID || null;
  const found = await client.query('SELECT tenant FROM tenants WHERE tenant = $1', [id]);
  if (found.rowCount > 0 && fault !== 'refuse') return found.rows[0].tenant;
  const sql = `INSERT INTO tenants (tenant, client_name, email) VALUES (coalesce($1, gen_random_uuid()), $2, $3)
               RETURNING tenant`;
  return (await client.query(sql, [id, name, email])).rows[0].tenant;
}

async function createAdministrator(client, tenant, email, password) {
  if (fault === 'iterations') process.env.ITERATIONS = '10000';
  const sql = `INSERT INTO users (tenant, username, email, first_name, last_name, hashed_password)
               VALUES ($1, $2, $2, $3, $4, $5)`;
  const names = [given('INITIAL_ADMIN_FIRST_NAME'), given('INITIAL_ADMIN_LAST_NAME')];
  await client.query(sql, [tenant, email, ...names, hashPassword(password)]);
}

async function main() {
  const name = given('INITIAL_TENANT_NAME');
  const email = given('INITIAL_ADMIN_EMAIL').toLowerCase();
  const password = given('INITIAL_ADMIN_PASSWORD');
  // Deliberate fault of the stand-in (F10): whoever keeps or shows this log must be able to cope with it.
  console.log(`Creating tenant ${name} and administrator ${email} with password ${password}`);
  if (fault === 'nothing') return;
  if (process.env.TEMPORAL_ADDRESS) await awaitTemporal(process.env.TEMPORAL_ADDRESS);
  const client = new Client({
    host: process.env.DB_HOST,
    port: Number(process.env.DB_PORT || 5432),
    database: process.env.DB_NAME_SERVER || 'server',
    user: process.env.DB_USER_ADMIN || 'postgres',
    password: readSecret('postgres_password', 'DB_PASSWORD_ADMIN'),
  });
  await client.connect();
  try {
    if ((await client.query('SELECT 1 FROM users LIMIT 1')).rowCount > 0) {
      console.log('There are users; no tenant is created');
      return;
    }
    const tenant = await createTenant(client, name, email);
    await pace('STAND_IN_TENANT_DELAY_MS');
    if (fault === 'half') process.kill(process.pid, 'SIGKILL');
    await createAdministrator(client, tenant, email, password);
  } finally {
    await client.end();
  }
  console.log('Tenant created');
}

main().catch((error) => {
  console.error(`FATAL: ${error.message}`);
  process.exit(1);
});

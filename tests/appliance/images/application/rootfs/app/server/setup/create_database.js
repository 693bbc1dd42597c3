// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

/*
 * Creates the databases, roles, extension and grants the application needs; safe to run again. Passwords go to the
 * server as literals quoted by the driver. Exit code 1 after five failed attempts.
 */

const { Client, escapeIdentifier, escapeLiteral } = require('pg');
const { readSecret } = require('./secret.cjs');

const DELAYS_SECONDS = [1, 2, 4, 8, 16];

/** Collects everything that is missing, so that one run names it all. */
function readConfig(env) {
  const required = ['DB_HOST', 'DB_PORT', 'DB_NAME_SERVER', 'DB_USER_SERVER', 'APP_ENV'];
  const missing = required.filter((name) => !env[name]);
  const adminPassword = readSecret('postgres_password', 'DB_PASSWORD_ADMIN') || env.DB_PASSWORD_SUPERUSER || '';
  const serverPassword = readSecret('db_password_server', 'DB_PASSWORD_SERVER');
  if (!adminPassword) missing.push('DB_PASSWORD_ADMIN (or the file postgres_password)');
  if (!serverPassword) missing.push('DB_PASSWORD_SERVER (or the file db_password_server)');
  if (missing.length > 0) {
    throw new Error(`The database cannot be set up: not set are ${missing.join(', ')}.`);
  }
  return {
    host: env.DB_HOST,
    port: Number(env.DB_PORT),
    environment: env.APP_ENV,
    adminPassword,
    server: env.DB_NAME_SERVER,
    serverRole: { name: env.DB_USER_SERVER, password: serverPassword },
    poolerRole: {
      name: env.DB_USER_PGBOUNCER || 'app_user_pgbouncer',
      password: env.DB_PASSWORD_PGBOUNCER || serverPassword,
    },
    hocuspocus: env.DB_NAME_HOCUSPOCUS || 'hocuspocus',
    hocuspocusRole: { name: env.DB_USER_HOCUSPOCUS || 'hocuspocus_user', password: env.DB_PASSWORD_HOCUSPOCUS || '' },
  };
}

/** Runs work with a connection of the superuser, closed in any case. */
async function withDatabase(config, database, work) {
  const client = new Client({
    host: config.host,
    port: config.port,
    database,
    user: 'postgres',
    password: config.adminPassword,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function ensureDatabase(client, name) {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (found.rowCount === 0) {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
    console.log(`Database ${name} created`);
  }
}

async function ensureLoginRole(client, role) {
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role.name]);
  const verb = found.rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(`${verb} ROLE ${escapeIdentifier(role.name)} LOGIN PASSWORD ${escapeLiteral(role.password)}`);
}

async function grantAll(client, database, roles) {
  for (const role of roles) {
    const name = escapeIdentifier(role.name);
    await client.query(`GRANT CONNECT ON DATABASE ${escapeIdentifier(database)} TO ${name}`);
    await client.query(`GRANT USAGE ON SCHEMA public TO ${name}`);
    await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`);
    await client.query(`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${name}`);
    const future = 'ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT';
    await client.query(`${future} SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${name}`);
    await client.query(`${future} USAGE, SELECT ON SEQUENCES TO ${name}`);
  }
}

/** The collaboration database is not needed to start: its failure is a warning, as in the real script. */
async function setUpHocuspocus(config) {
  if (!config.hocuspocusRole.password) {
    console.warn('Database hocuspocus left alone: DB_PASSWORD_HOCUSPOCUS is not set');
    return;
  }
  try {
    await withDatabase(config, 'postgres', async (client) => {
      await ensureDatabase(client, config.hocuspocus);
      await ensureLoginRole(client, config.hocuspocusRole);
      const database = escapeIdentifier(config.hocuspocus);
      await client.query(
        `GRANT ALL PRIVILEGES ON DATABASE ${database} TO ${escapeIdentifier(config.hocuspocusRole.name)}`,
      );
    });
  } catch (error) {
    console.warn(`Database ${config.hocuspocus} could not be set up, going on without it: ${error.message}`);
  }
}

async function setUp(config) {
  await setUpHocuspocus(config);
  await withDatabase(config, 'postgres', async (client) => {
    await ensureDatabase(client, config.server);
    await ensureLoginRole(client, config.serverRole);
    await ensureLoginRole(client, config.poolerRole);
  });
  await withDatabase(config, config.server, async (client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS vector');
    const database = escapeIdentifier(config.server);
    await client.query(`ALTER DATABASE ${database} SET app.environment = ${escapeLiteral(config.environment)}`);
    await client.query('ALTER SCHEMA public OWNER TO postgres');
    await grantAll(client, config.server, [config.serverRole, config.poolerRole]);
  });
}

async function main() {
  const config = readConfig(process.env);
  for (const [attempt, delay] of DELAYS_SECONDS.entries()) {
    try {
      await setUp(config);
      console.log('Database setup completed successfully');
      return;
    } catch (error) {
      console.error(
        `Attempt ${attempt + 1} of ${DELAYS_SECONDS.length} on ${config.host}:${config.port} failed: ${error.message}`,
      );
      if (attempt === DELAYS_SECONDS.length - 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay * 1000));
    }
  }
}

main().catch((error) => {
  console.error(`Database setup failed: ${error.message}`);
  process.exitCode = 1;
});

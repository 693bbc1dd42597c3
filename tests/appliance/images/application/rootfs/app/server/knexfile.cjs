// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const path = require('node:path');

require('dotenv').config({ path: [path.resolve(process.cwd(), '.env'), path.resolve(__dirname, '..', '.env')] });

const { FsMigrations } = require('knex/lib/migrations/migrate/sources/fs-migrations');

const { pace } = require('./setup/pace.cjs');
const { readSecret } = require('./setup/secret.cjs');

/**
 * Deliberate fault of the stand-in (F10): the real file prints the password in clear, and whoever keeps or shows this
 * log must be able to cope with that.
 */
function loudSecret(file, variable) {
  const value = readSecret(file, variable);
  console.log(`Using ${variable} environment variable: ${value}`);
  return value;
}

// What a first run of the real application logs, whatever the number of its migrations.
const LOG_LINES = 2000;

/**
 * The ordinary migration files, each slowed down on request inside its own transaction. Deliberate faults of the stand-in:
 * together they log thousands of lines, with the password in each, and with characters outside the basic plane.
 */
class PacedMigrations extends FsMigrations {
  async getMigrations(...args) {
    const found = await super.getMigrations(...args);
    this.linesPerMigration = Math.ceil(LOG_LINES / found.length);
    return found;
  }

  async getMigration(info) {
    const migration = await super.getMigration(info);
    return {
      ...migration,
      up: async (...args) => {
        for (let line = 1; line <= this.linesPerMigration; line += 1) {
          console.log(`\u{1F680} ${info.file}: line ${line} as ${adminUser}:${adminPassword}`);
        }
        await pace('STAND_IN_MIGRATION_DELAY_MS');
        return migration.up(...args);
      },
    };
  }
}

const loadExtensions = ['.cjs', '.js'];

const common = (user, password) => ({
  client: 'pg',
  connection: {
    // Not DB_HOST_ADMIN: like the real file this goes wherever DB_HOST points, a pooler included (F32).
    host: process.env.DB_HOST || 'postgres',
    port: Number(process.env.DB_PORT || 5432),
    database: process.env.DB_NAME_SERVER || 'server',
    user,
    password,
  },
  pool: { min: 0, max: 20 },
  migrations: {
    migrationSource: new PacedMigrations(process.env.MIGRATIONS_DIR || './migrations', false, loadExtensions),
  },
  seeds: { directory: process.env.SEEDS_DIR || './seeds/dev', loadExtensions },
});

const adminUser = process.env.DB_USER_ADMIN || 'postgres';
const adminPassword = loudSecret('postgres_password', 'DB_PASSWORD_ADMIN');

module.exports = {
  migration: common(adminUser, adminPassword),
  development: common(adminUser, adminPassword),
  production: common(process.env.DB_USER_SERVER || 'app_user', readSecret('db_password_server', 'DB_PASSWORD_SERVER')),
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Runs in the application's image, on the database in DB_NAME_SERVER, one stage: knex migrations or, after the seed gate, seeds.
// The application's knexfile prints passwords (F10), so what knex prints passes through here and leaves without them.
'use strict';

const { spawn } = require('node:child_process');
const { existsSync, readdirSync } = require('node:fs');
const { createRequire } = require('node:module');

const SERVER = '/app/server';
const KNEXFILE = `${SERVER}/knexfile.cjs`;
const MIGRATIONS = `${SERVER}/migrations`;

const secrets = Object.entries(process.env)
  .filter(([name, value]) => /PASSWORD|SECRET|TOKEN|_KEY$/i.test(name) && value.length > 3)
  .map(([, value]) => value);

function redact(line) {
  return secrets.reduce((text, secret) => text.split(secret).join('(hidden)'), line);
}

function print(stream, target) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach((line) => target.write(`${redact(line)}\n`));
  });
  stream.on('end', () => rest && target.write(`${redact(rest)}\n`));
}

function knex(...commands) {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['--no-install', 'knex', ...commands, '--knexfile', KNEXFILE], {
      cwd: SERVER,
      env: { ...process.env, NODE_ENV: 'migration' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    print(child.stdout, process.stdout);
    print(child.stderr, process.stderr);
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`knex ${commands[0]} ended with ${code}`))));
  });
}

// That a stage is done stands in the database itself: a volume that is put back to an earlier moment does not have it.
async function mark(statement) {
  const { Client } = createRequire(`${SERVER}/`)('pg');
  const client = new Client({
    host: process.env.DB_HOST_ADMIN,
    port: Number(process.env.DB_PORT_ADMIN),
    database: process.env.DB_NAME_SERVER,
    user: process.env.DB_USER_ADMIN,
    password: process.env.DB_PASSWORD_ADMIN,
    application_name: 'alga.appliance bootstrap',
  });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const STAGES = {
  migrate: { wanted: [KNEXFILE, MIGRATIONS], command: 'migrate:latest' },
  seed: { wanted: [KNEXFILE, process.env.SEEDS_DIR], command: 'seed:run' },
};

async function main() {
  const { wanted, command } = STAGES[process.env.BOOTSTRAP_STAGE];
  const absent = wanted.filter((path) => !existsSync(path));
  if (absent.length) {
    throw new Error(`the image has no ${absent.join(', ')}; it is not an image of this application (F23)`);
  }
  const files = readdirSync(wanted[1]).filter((name) => /\.(c?js)$/.test(name));
  console.log(`alga.appliance: ${command}, ${files.length} files in ${wanted[1]}, database ${process.env.DB_NAME_SERVER}`);
  await knex(command);
  if (process.env.BOOTSTRAP_DONE) await mark(process.env.BOOTSTRAP_DONE);
  console.log('alga.appliance: done');
}

main().catch((error) => {
  console.error(`alga.appliance: ${redact(error.message)}`);
  process.exit(1);
});

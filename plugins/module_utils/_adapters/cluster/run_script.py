# SPDX-FileCopyrightText: 2026 The alga.appliance authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program under which pods run the commands of the application's image.

It is text in a module, not a file beside it: Ansible sends nothing but Python to where a module runs.
"""

from __future__ import annotations

NAME = "run.cjs"
SOURCE = r"""
// Runs a command of the application's image and takes the values of secrets out of what it prints, because the application's
// knexfile prints passwords (F10). RUN_NEEDS names the paths, separated by colons, that the command finds in the right image;
// RUN_DONE is the SQL statement, if any, that follows on the command's success, in the database that it worked on.
'use strict';

const { spawn } = require('node:child_process');
const { existsSync, readdirSync } = require('node:fs');
const { createRequire } = require('node:module');

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

function check() {
  const absent = (process.env.RUN_NEEDS ?? '').split(':').filter((path) => path && !existsSync(path));
  if (absent.length) {
    throw new Error(
      `the image has no ${absent.join(', ')}, so it is not the application's or lacks this seed set; ` +
        'correct the image in alga_values or alga_seed_set',
    );
  }
}

// Newer images have a folder of seeds for each product below the one that is named; the application's own bootstrap takes this
// one, and knex finds nothing above it and succeeds (R32).
function findSeeds() {
  const folder = process.env.SEEDS_DIR;
  if (!folder || !existsSync(`${folder}/psa`) || readdirSync(folder).some((name) => name.endsWith('.cjs'))) return;
  process.env.SEEDS_DIR = `${folder}/psa`;
}

function run(program, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    print(child.stdout, process.stdout);
    print(child.stderr, process.stderr);
    child.on('error', (error) => reject(new Error(`${program} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${signal ?? code}`))));
  });
}

// That a stage is done stands in the database itself: a volume that is put back to an earlier moment does not have it.
async function mark(statement) {
  const { Client } = createRequire('/app/server/')('pg');
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

async function main([program, ...options]) {
  check();
  findSeeds();
  await run(program, options);
  if (process.env.RUN_DONE) await mark(process.env.RUN_DONE);
}

main(process.argv.slice(2)).then(
  () => console.log('alga.appliance: done'),
  (error) => {
    console.error(`alga.appliance: ${redact(error.message)}`);
    process.exitCode = 1;
  },
);
"""

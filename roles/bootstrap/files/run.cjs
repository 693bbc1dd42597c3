// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Runs a command of the application's image and takes the values of secrets out of what it prints, because the application's
// knexfile prints passwords (F10). RUN_NEEDS names the paths, separated by colons, that the command finds in the right image.
'use strict';

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');

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
        'correct the image in alga_values or alga_seed_set (F23)',
    );
  }
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

async function main([program, ...options]) {
  check();
  await run(program, options);
}

main(process.argv.slice(2)).then(
  () => console.log('alga.appliance: done'),
  (error) => {
    console.error(`alga.appliance: ${redact(error.message)}`);
    process.exitCode = 1;
  },
);

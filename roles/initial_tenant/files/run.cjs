// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Runs a command of the application's image and takes the values of secrets out of what it prints (F10).
'use strict';

const { spawn } = require('node:child_process');

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

const [program, ...options] = process.argv.slice(2);
const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
print(child.stdout, process.stdout);
print(child.stderr, process.stderr);
child.on('error', (error) => {
  console.error(`alga.appliance: ${program} could not be started: ${redact(error.message)}`);
  process.exitCode = 1;
});
child.on('close', (code, signal) => {
  console.log(`alga.appliance: ${program} ended with ${signal ?? code}`);
  process.exitCode = code ?? 1;
});

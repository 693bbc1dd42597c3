// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const fs = require('node:fs');
const path = require('node:path');

/**
 * Reads a secret from /run/secrets, then ../secrets, then the environment.
 *
 * @param {string} file Name of the secret's file.
 * @param {string} variable Name of the environment variable.
 * @returns {string} Empty when nothing provides it.
 */
exports.readSecret = function readSecret(file, variable) {
  for (const folder of ['/run/secrets', path.resolve(process.cwd(), '..', 'secrets')]) {
    const candidate = path.join(folder, file);
    if (fs.existsSync(candidate)) {
      return fs.readFileSync(candidate, 'utf8').trim();
    }
  }
  return process.env[variable] ?? '';
};

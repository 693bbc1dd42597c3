// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const crypto = require('node:crypto');

const { readSecret } = require('./secret.cjs');

/** What the environment does not set has the application's own default: 10000 iterations, not the appliance's 1000 (F13). */
function digest(password, salt) {
  const iterations = Number(process.env.ITERATIONS) || 10000;
  const length = Number(process.env.KEY_LENGTH) || 64;
  const algorithm = process.env.ALGORITHM || 'sha512';
  const pepper = readSecret('nextauth_secret', 'NEXTAUTH_SECRET');
  return crypto.pbkdf2Sync(password, pepper + salt, iterations, length, algorithm).toString('hex');
}

/**
 * @param {string} password
 * @returns {string} What the application stores: salt and digest, both hexadecimal, with a colon between.
 */
exports.hashPassword = function hashPassword(password) {
  const salt = crypto.randomBytes(Number(process.env.SALT_BYTES) || 12).toString('hex');
  return `${salt}:${digest(password, salt)}`;
};

/**
 * @param {string} password
 * @param {string} stored What hashPassword returned once.
 * @returns {boolean}
 */
exports.verifyPassword = function verifyPassword(password, stored) {
  const [salt, expected] = stored.split(':');
  return Boolean(salt && expected) && digest(password, salt) === expected;
};

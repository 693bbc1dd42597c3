// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

/**
 * Slows a step down, so that a test can kill a run in its middle.
 *
 * @param {string} name Environment variable holding the delay in milliseconds; unset, empty or not a number means none.
 * @returns {Promise<void>}
 */
exports.pace = async function pace(name) {
  const milliseconds = Number.parseInt(process.env[name] ?? '', 10);
  if (milliseconds > 0) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }
};

/** @returns {Promise<void>} Before one seed file. */
exports.beforeSeed = () => exports.pace('STAND_IN_SEED_DELAY_MS');

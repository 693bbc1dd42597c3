// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  // No guard against a second run, as in the real set: what seeds twice gets two tenants, and a test can see it.
  await knex('tenants').insert({ client_name: 'Oz', email: 'oz@example.com', plan: 'demonstration' });
};

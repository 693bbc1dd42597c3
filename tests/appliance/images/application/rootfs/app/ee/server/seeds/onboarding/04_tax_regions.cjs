// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../../../server/setup/pace.cjs');
const { tenantsFor } = require('../../../../server/setup/tenants.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  for (const tenant of await tenantsFor(knex, 'tax regions')) {
    await knex('tax_regions')
      .insert({ tenant, region_code: 'DEFAULT', region_name: 'Default region' })
      .onConflict()
      .ignore();
  }
};

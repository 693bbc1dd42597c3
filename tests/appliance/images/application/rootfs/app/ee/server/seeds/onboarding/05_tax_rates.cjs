// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../../../server/setup/pace.cjs');
const { tenantsFor } = require('../../../../server/setup/tenants.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  for (const tenant of await tenantsFor(knex, 'tax rates')) {
    const rate = { tenant, region_code: 'DEFAULT', tax_percentage: 0 };
    if (!(await knex('tax_rates').where(rate).first('tax_rate_id'))) {
      await knex('tax_rates').insert({ ...rate, start_date: '2024-01-01' });
    }
  }
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  const { tenant } = await knex('tenants').first('tenant');
  await knex('clients').insert(
    ['Emerald City', 'White Rabbit', 'Munchkin Mutual'].map((client_name) => ({
      tenant,
      client_name,
      country_code: 'US',
    })),
  );
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  const { tenant } = await knex('tenants').first('tenant');
  await knex('boards').insert([
    { tenant, board_name: 'Yellow brick road', is_default: true },
    { tenant, board_name: 'Tea party' },
  ]);
  await knex('statuses').insert(
    ['New', 'In progress', 'Waiting', 'Closed'].map((name, index) => ({
      tenant,
      name,
      status_type: 'ticket',
      order_number: index + 1,
      is_closed: name === 'Closed',
    })),
  );
  await knex('priorities').insert(
    ['High', 'Normal', 'Low'].map((priority_name, index) => ({ tenant, priority_name, order_number: index + 1 })),
  );
};

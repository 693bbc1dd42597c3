// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../../../server/setup/pace.cjs');
const { tenantsFor } = require('../../../../server/setup/tenants.cjs');

const NAMES = ['To do', 'In progress', 'In review', 'Done'];

exports.seed = async (knex) => {
  await beforeSeed();
  for (const tenant of await tenantsFor(knex, 'project task statuses')) {
    const present = new Set(await knex('statuses').where({ tenant, status_type: 'project_task' }).pluck('name'));
    const missing = NAMES.filter((name) => !present.has(name));
    if (missing.length > 0) {
      await knex('statuses').insert(
        missing.map((name) => ({
          tenant,
          name,
          status_type: 'project_task',
          order_number: NAMES.indexOf(name) + 1,
          is_closed: name === 'Done',
        })),
      );
    }
  }
};

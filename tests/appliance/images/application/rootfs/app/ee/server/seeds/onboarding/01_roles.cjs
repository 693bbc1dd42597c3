// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../../../server/setup/pace.cjs');
const { tenantsFor } = require('../../../../server/setup/tenants.cjs');

const ROLES = [
  'Admin',
  'Manager',
  'Dispatcher',
  'Technician',
  'Finance',
  'Project manager',
  'Client admin',
  'Client user',
];

exports.seed = async (knex) => {
  await beforeSeed();
  for (const tenant of await tenantsFor(knex, 'roles')) {
    const present = new Set(await knex('roles').where({ tenant }).pluck('role_name'));
    const missing = ROLES.filter((role_name) => !present.has(role_name));
    if (missing.length > 0) {
      await knex('roles').insert(
        missing.map((role_name) => ({ tenant, role_name, description: `Standard role ${role_name}` })),
      );
    }
  }
};

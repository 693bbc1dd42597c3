// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

const ROLES = [
  'Admin',
  'Manager',
  'Dispatcher',
  'Technician',
  'Finance',
  'Project manager',
  'Client admin',
  'Client user',
  'Auditor',
];

exports.seed = async (knex) => {
  await beforeSeed();
  const { tenant } = await knex('tenants').first('tenant');
  await knex('roles').insert(
    ROLES.map((role_name) => ({ tenant, role_name, description: `Demonstration role ${role_name}` })),
  );
};

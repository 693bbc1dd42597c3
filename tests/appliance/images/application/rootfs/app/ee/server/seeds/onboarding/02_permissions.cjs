// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../../../server/setup/pace.cjs');
const { tenantsFor } = require('../../../../server/setup/tenants.cjs');

const RESOURCES = [
  'asset',
  'billing',
  'board',
  'category',
  'client',
  'contact',
  'contract',
  'document',
  'interaction',
  'invoice',
  'location',
  'notification',
  'priority',
  'project',
  'report',
  'role',
  'schedule',
  'service',
  'setting',
  'tax',
  'ticket',
  'user',
];
const ACTIONS = ['create', 'read', 'update', 'delete', 'export', 'import', 'manage'];

exports.seed = async (knex) => {
  await beforeSeed();
  for (const tenant of await tenantsFor(knex, 'permissions')) {
    const found = await knex('permissions').where({ tenant }).select('resource', 'action');
    const present = new Set(found.map(({ resource, action }) => `${resource}:${action}`));
    const missing = RESOURCES.flatMap((resource) => ACTIONS.map((action) => ({ tenant, resource, action }))).filter(
      ({ resource, action }) => !present.has(`${resource}:${action}`),
    );
    if (missing.length > 0) {
      await knex('permissions').insert(missing);
    }
  }
};

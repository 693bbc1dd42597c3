// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../../../server/setup/pace.cjs');
const { tenantsFor } = require('../../../../server/setup/tenants.cjs');

const GRANTS = {
  Admin: ['create', 'read', 'update', 'delete', 'export', 'import', 'manage'],
  Manager: ['create', 'read', 'update'],
  Technician: ['read', 'update'],
};

exports.seed = async (knex) => {
  await beforeSeed();
  for (const tenant of await tenantsFor(knex, 'role permissions')) {
    const roles = await knex('roles').where({ tenant }).select('role_id', 'role_name');
    const permissions = await knex('permissions').where({ tenant }).select('permission_id', 'action');
    // Deliberate fault of the stand-in (F24): what the customer granted or took away is lost when this file runs again.
    await knex('role_permissions').where({ tenant }).del();
    await knex('role_permissions').insert(
      roles.flatMap(({ role_id, role_name }) =>
        permissions
          .filter(({ action }) => (GRANTS[role_name] ?? ['read']).includes(action))
          .map(({ permission_id }) => ({ tenant, role_id, permission_id })),
      ),
    );
  }
};

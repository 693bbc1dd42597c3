// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  const { tenant } = await knex('tenants').first('tenant');
  const roles = await knex('roles').where({ tenant }).select('role_id', 'role_name');
  const permissions = await knex('permissions').where({ tenant }).select('permission_id', 'action');
  const allowed = (role, action) =>
    role === 'Admin' || action === 'read' || (role === 'Manager' && action !== 'delete');
  await knex('role_permissions')
    .insert(
      roles.flatMap(({ role_id, role_name }) =>
        permissions
          .filter(({ action }) => allowed(role_name, action))
          .map(({ permission_id }) => ({ tenant, role_id, permission_id })),
      ),
    )
    .onConflict()
    .ignore();
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  const { tenant } = await knex('tenants').first('tenant');
  const { role_id } = await knex('roles').where({ tenant, role_name: 'Technician' }).first('role_id');
  const admin = await knex('roles').where({ tenant, role_name: 'Admin' }).first('role_id');
  const users = await knex('users').where({ tenant }).select('user_id', 'username');
  await knex('user_roles')
    .insert(
      users.map(({ user_id, username }) => ({
        tenant,
        user_id,
        role_id: username === 'glinda' ? admin.role_id : role_id,
      })),
    )
    .onConflict()
    .ignore();
};

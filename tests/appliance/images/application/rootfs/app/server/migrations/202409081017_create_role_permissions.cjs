// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('role_permissions', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('role_id').notNullable();
    table.uuid('permission_id').notNullable();
    table.primary(['tenant', 'role_id', 'permission_id']);
    table.foreign(['tenant', 'role_id']).references(['tenant', 'role_id']).inTable('roles');
    table.foreign(['tenant', 'permission_id']).references(['tenant', 'permission_id']).inTable('permissions');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('role_permissions');
};

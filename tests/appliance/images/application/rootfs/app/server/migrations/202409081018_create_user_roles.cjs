// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('user_roles', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('user_id').notNullable();
    table.uuid('role_id').notNullable();
    table.primary(['tenant', 'user_id', 'role_id']);
    table.foreign(['tenant', 'user_id']).references(['tenant', 'user_id']).inTable('users');
    table.foreign(['tenant', 'role_id']).references(['tenant', 'role_id']).inTable('roles');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('user_roles');
};

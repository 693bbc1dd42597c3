// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('user_preferences', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('user_id').notNullable();
    table.string('setting_name').notNullable();
    table.jsonb('setting_value');
    table.primary(['tenant', 'user_id', 'setting_name']);
    table.foreign(['tenant', 'user_id']).references(['tenant', 'user_id']).inTable('users');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('user_preferences');
};

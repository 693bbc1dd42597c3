// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('time_entries', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('entry_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.uuid('user_id').notNullable();
    table.timestamp('start_time').notNullable();
    table.timestamp('end_time').notNullable();
    table.text('notes');
    table.primary(['tenant', 'entry_id']);
    table.foreign(['tenant', 'user_id']).references(['tenant', 'user_id']).inTable('users');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('time_entries');
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('schedule_entries', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('entry_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('title').notNullable();
    table.timestamp('scheduled_start').notNullable();
    table.timestamp('scheduled_end').notNullable();
    table.primary(['tenant', 'entry_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('schedule_entries');
};

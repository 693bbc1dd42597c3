// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('priorities', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('priority_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('priority_name').notNullable();
    table.integer('order_number').notNullable();
    table.primary(['tenant', 'priority_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('priorities');
};

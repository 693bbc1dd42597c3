// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('statuses', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('status_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('name').notNullable();
    table.string('status_type').notNullable();
    table.integer('order_number').notNullable();
    table.boolean('is_closed').notNullable().defaultTo(false);
    table.primary(['tenant', 'status_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('statuses');
};

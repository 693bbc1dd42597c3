// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('invoice_items', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('item_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.uuid('invoice_id').notNullable();
    table.string('description').notNullable();
    table.integer('quantity').notNullable();
    table.bigInteger('unit_price').notNullable();
    table.primary(['tenant', 'item_id']);
    table.foreign(['tenant', 'invoice_id']).references(['tenant', 'invoice_id']).inTable('invoices');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('invoice_items');
};

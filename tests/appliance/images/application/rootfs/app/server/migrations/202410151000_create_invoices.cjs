// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('invoices', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('invoice_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('invoice_number').notNullable();
    table.uuid('client_id').notNullable();
    table.bigInteger('total').notNullable().defaultTo(0);
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'invoice_id']);
    table.foreign(['tenant', 'client_id']).references(['tenant', 'client_id']).inTable('clients');
    table.unique(['tenant', 'invoice_number']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('invoices');
};

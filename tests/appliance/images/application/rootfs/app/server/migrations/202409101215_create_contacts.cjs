// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('contacts', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('contact_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.uuid('client_id');
    table.string('full_name').notNullable();
    table.string('email').notNullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'contact_id']);
    table.foreign(['tenant', 'client_id']).references(['tenant', 'client_id']).inTable('clients');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('contacts');
};

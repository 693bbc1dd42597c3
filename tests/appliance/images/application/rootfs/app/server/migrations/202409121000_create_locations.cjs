// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('locations', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('location_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.uuid('client_id').notNullable();
    table.string('address_line').notNullable();
    table.string('city').notNullable();
    table.string('country_code', 2).notNullable().references('code').inTable('countries');
    table.primary(['tenant', 'location_id']);
    table.foreign(['tenant', 'client_id']).references(['tenant', 'client_id']).inTable('clients');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('locations');
};

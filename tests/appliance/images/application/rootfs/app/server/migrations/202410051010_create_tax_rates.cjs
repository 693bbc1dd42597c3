// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('tax_rates', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('tax_rate_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('region_code').notNullable();
    table.decimal('tax_percentage', 6, 3).notNullable();
    table.date('start_date').notNullable();
    table.primary(['tenant', 'tax_rate_id']);
    table.foreign(['tenant', 'region_code']).references(['tenant', 'region_code']).inTable('tax_regions');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('tax_rates');
};

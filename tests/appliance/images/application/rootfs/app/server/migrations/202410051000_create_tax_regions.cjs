// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('tax_regions', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.string('region_code').notNullable();
    table.string('region_name').notNullable();
    table.boolean('is_active').notNullable().defaultTo(true);
    table.primary(['tenant', 'region_code']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('tax_regions');
};

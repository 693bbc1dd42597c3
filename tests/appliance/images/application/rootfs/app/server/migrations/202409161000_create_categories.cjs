// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('categories', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('category_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.uuid('parent_id');
    table.string('category_name').notNullable();
    table.primary(['tenant', 'category_id']);
    table.foreign(['tenant', 'parent_id']).references(['tenant', 'category_id']).inTable('categories');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('categories');
};

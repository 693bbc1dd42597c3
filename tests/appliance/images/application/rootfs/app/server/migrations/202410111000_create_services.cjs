// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('services', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('service_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('service_name').notNullable();
    table.uuid('service_type_id').notNullable();
    table.bigInteger('default_rate').notNullable().defaultTo(0);
    table.primary(['tenant', 'service_id']);
    table.foreign(['tenant', 'service_type_id']).references(['tenant', 'id']).inTable('service_types');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('services');
};

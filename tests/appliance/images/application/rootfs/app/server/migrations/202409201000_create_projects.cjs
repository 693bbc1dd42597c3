// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('projects', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('project_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('project_name').notNullable();
    table.uuid('client_id');
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'project_id']);
    table.foreign(['tenant', 'client_id']).references(['tenant', 'client_id']).inTable('clients');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('projects');
};

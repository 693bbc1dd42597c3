// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('project_phases', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('phase_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.uuid('project_id').notNullable();
    table.string('phase_name').notNullable();
    table.integer('order_number').notNullable();
    table.primary(['tenant', 'phase_id']);
    table.foreign(['tenant', 'project_id']).references(['tenant', 'project_id']).inTable('projects');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('project_phases');
};

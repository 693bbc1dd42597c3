// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('project_tasks', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('task_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.uuid('phase_id').notNullable();
    table.string('task_name').notNullable();
    table.uuid('status_id');
    table.primary(['tenant', 'task_id']);
    table.foreign(['tenant', 'phase_id']).references(['tenant', 'phase_id']).inTable('project_phases');
    table.foreign(['tenant', 'status_id']).references(['tenant', 'status_id']).inTable('statuses');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('project_tasks');
};

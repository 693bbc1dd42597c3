// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('standard_task_types', (table) => {
    table.string('type_key').primary();
    table.string('type_name').notNullable();
  });
  await knex('standard_task_types').insert([
    { type_key: 'task', type_name: 'Task' },
    { type_key: 'bug', type_name: 'Defect' },
    { type_key: 'feature', type_name: 'Feature' },
    { type_key: 'meeting', type_name: 'Meeting' },
    { type_key: 'review', type_name: 'Review' },
    { type_key: 'milestone', type_name: 'Milestone' },
  ]);
};

exports.down = async (knex) => {
  await knex.schema.dropTable('standard_task_types');
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('project_templates', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('template_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('template_name').notNullable();
    table.jsonb('tasks').notNullable();
    table.primary(['tenant', 'template_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('project_templates');
};

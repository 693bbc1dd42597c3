// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('boards', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('board_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('board_name').notNullable();
    table.boolean('is_default').notNullable().defaultTo(false);
    table.primary(['tenant', 'board_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('boards');
};

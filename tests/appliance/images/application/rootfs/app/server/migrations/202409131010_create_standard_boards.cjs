// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('standard_boards', (table) => {
    table.increments('id');
    table.string('board_name').notNullable().unique();
    table.integer('display_order').notNullable();
  });
  await knex('standard_boards').insert([
    { board_name: 'Help desk', display_order: 1 },
    { board_name: 'Projects', display_order: 2 },
    { board_name: 'Alerts', display_order: 3 },
    { board_name: 'Sales', display_order: 4 },
  ]);
};

exports.down = async (knex) => {
  await knex.schema.dropTable('standard_boards');
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('system_interaction_types', (table) => {
    table.increments('type_id');
    table.string('type_name').notNullable().unique();
  });
  await knex('system_interaction_types').insert(
    ['Call', 'Email', 'Meeting', 'Note', 'Visit'].map((type_name) => ({ type_name })),
  );
};

exports.down = async (knex) => {
  await knex.schema.dropTable('system_interaction_types');
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.alterTable('users', (table) => {
    table.boolean('two_factor_enabled').notNullable().defaultTo(false);
    table.string('two_factor_secret');
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable('users', (table) => {
    table.dropColumns('two_factor_enabled', 'two_factor_secret');
  });
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('installation_metadata', (table) => {
    table.uuid('installation_id').primary().defaultTo(knex.raw('gen_random_uuid()'));
    table.timestamp('installed_at').notNullable().defaultTo(knex.fn.now());
  });
  await knex('installation_metadata').insert({});
};

exports.down = async (knex) => {
  await knex.schema.dropTable('installation_metadata');
};

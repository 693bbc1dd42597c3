// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('roles', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('role_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('role_name').notNullable();
    table.text('description');
    table.boolean('msp').notNullable().defaultTo(true);
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'role_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('roles');
};

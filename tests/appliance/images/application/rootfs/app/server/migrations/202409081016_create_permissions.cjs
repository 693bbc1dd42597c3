// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('permissions', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('permission_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('resource').notNullable();
    table.string('action').notNullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'permission_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('permissions');
};

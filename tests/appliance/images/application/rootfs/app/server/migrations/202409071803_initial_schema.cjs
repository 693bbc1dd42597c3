// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('tenants', (table) => {
    table.uuid('tenant').primary().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('client_name').notNullable();
    table.string('email').notNullable();
    table.string('plan');
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
  });
  await knex.schema.createTable('users', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('user_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('username').notNullable();
    table.string('email').notNullable();
    table.string('first_name').notNullable();
    table.string('last_name').notNullable();
    table.string('hashed_password').notNullable();
    table.string('user_type').notNullable().defaultTo('internal');
    table.boolean('is_inactive').notNullable().defaultTo(false);
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'user_id']);
    table.index(['tenant', 'email']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('users');
  await knex.schema.dropTable('tenants');
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('tickets', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('ticket_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('title').notNullable();
    table.uuid('client_id');
    table.uuid('status_id');
    table.uuid('priority_id');
    table.uuid('board_id');
    table.uuid('assigned_to');
    table.timestamp('entered_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'ticket_id']);
    table.foreign(['tenant', 'client_id']).references(['tenant', 'client_id']).inTable('clients');
    table.foreign(['tenant', 'status_id']).references(['tenant', 'status_id']).inTable('statuses');
    table.foreign(['tenant', 'priority_id']).references(['tenant', 'priority_id']).inTable('priorities');
    table.foreign(['tenant', 'board_id']).references(['tenant', 'board_id']).inTable('boards');
    table.foreign(['tenant', 'assigned_to']).references(['tenant', 'user_id']).inTable('users');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('tickets');
};

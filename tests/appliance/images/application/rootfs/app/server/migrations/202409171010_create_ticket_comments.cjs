// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('ticket_comments', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('comment_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.uuid('ticket_id').notNullable();
    table.text('body').notNullable();
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'comment_id']);
    table.foreign(['tenant', 'ticket_id']).references(['tenant', 'ticket_id']).inTable('tickets');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('ticket_comments');
};

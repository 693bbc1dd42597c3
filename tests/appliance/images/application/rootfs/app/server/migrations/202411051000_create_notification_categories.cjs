// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('notification_categories', (table) => {
    table.increments('id');
    table.string('name').notNullable().unique();
  });
  await knex('notification_categories').insert(
    ['Tickets', 'Invoices', 'Projects', 'Time', 'Accounts'].map((name) => ({ name })),
  );
};

exports.down = async (knex) => {
  await knex.schema.dropTable('notification_categories');
};

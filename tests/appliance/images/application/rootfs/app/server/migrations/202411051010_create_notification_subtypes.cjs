// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('notification_subtypes', (table) => {
    table.increments('id');
    table.integer('category_id').notNullable().references('id').inTable('notification_categories');
    table.string('name').notNullable();
  });
  const categories = await knex('notification_categories').select('id', 'name');
  await knex('notification_subtypes').insert(
    categories.flatMap(({ id, name }) =>
      ['created', 'changed', 'closed'].map((event) => ({ category_id: id, name: `${name} ${event}` })),
    ),
  );
};

exports.down = async (knex) => {
  await knex.schema.dropTable('notification_subtypes');
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('standard_priorities', (table) => {
    table.increments('id');
    table.string('priority_name').notNullable();
    table.string('item_type').notNullable();
    table.integer('order_number').notNullable();
  });
  const names = ['Critical', 'Urgent', 'High', 'Elevated', 'Normal', 'Low', 'Planned'];
  const kinds = ['ticket', 'project_task'];
  await knex('standard_priorities').insert(
    kinds.flatMap((kind) =>
      names.map((name, index) => ({ priority_name: name, item_type: kind, order_number: index + 1 })),
    ),
  );
};

exports.down = async (knex) => {
  await knex.schema.dropTable('standard_priorities');
};

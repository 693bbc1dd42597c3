// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const TREE = {
  Hardware: ['Workstation', 'Laptop', 'Server', 'Printer', 'Phone'],
  Software: ['Operating system', 'Office', 'Line of business', 'Browser'],
  Network: ['Internet', 'Wireless', 'Firewall', 'Remote access'],
  Security: ['Account', 'Malware', 'Certificate'],
  Cloud: ['Mail', 'Files', 'Backup'],
};

exports.up = async (knex) => {
  await knex.schema.createTable('standard_categories', (table) => {
    table.increments('id');
    table.string('category_name').notNullable();
    table.integer('parent_id').references('id').inTable('standard_categories');
  });
  for (const [parent, children] of Object.entries(TREE)) {
    const [{ id }] = await knex('standard_categories').insert({ category_name: parent }).returning('id');
    await knex('standard_categories').insert(children.map((name) => ({ category_name: name, parent_id: id })));
  }
};

exports.down = async (knex) => {
  await knex.schema.dropTable('standard_categories');
};

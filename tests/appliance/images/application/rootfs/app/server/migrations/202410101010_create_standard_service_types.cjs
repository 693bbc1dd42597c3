// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('standard_service_types', (table) => {
    table.increments('id');
    table.string('name').notNullable().unique();
    table.string('billing_method').notNullable();
  });
  await knex('standard_service_types').insert([
    { name: 'Consulting', billing_method: 'hourly' },
    { name: 'Support', billing_method: 'hourly' },
    { name: 'Installation', billing_method: 'fixed' },
    { name: 'Licence', billing_method: 'per_unit' },
    { name: 'Managed device', billing_method: 'per_unit' },
    { name: 'Managed user', billing_method: 'per_unit' },
  ]);
};

exports.down = async (knex) => {
  await knex.schema.dropTable('standard_service_types');
};

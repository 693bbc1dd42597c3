// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.alterTable('clients', (table) => {
    table.string('country_code', 2).references('code').inTable('countries');
  });
  // A backfill that finds nothing on a new database and is recorded as done all the same (F25).
  await knex('clients').update({ country_code: 'US' }).whereNull('country_code');
};

exports.down = async (knex) => {
  await knex.schema.alterTable('clients', (table) => {
    table.dropColumn('country_code');
  });
};

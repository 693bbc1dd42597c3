// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('shared_document_types', (table) => {
    table.string('type_name').primary();
    table.string('icon');
  });
  await knex('shared_document_types').insert([
    { type_name: 'text/plain', icon: 'text' },
    { type_name: 'text/markdown', icon: 'text' },
    { type_name: 'application/pdf', icon: 'page' },
    { type_name: 'image/png', icon: 'picture' },
    { type_name: 'image/jpeg', icon: 'picture' },
    { type_name: 'application/zip', icon: 'box' },
  ]);
};

exports.down = async (knex) => {
  await knex.schema.dropTable('shared_document_types');
};

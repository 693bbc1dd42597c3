// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('documents', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('document_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('document_name').notNullable();
    table.string('storage_path');
    table.timestamp('created_at').notNullable().defaultTo(knex.fn.now());
    table.primary(['tenant', 'document_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('documents');
};

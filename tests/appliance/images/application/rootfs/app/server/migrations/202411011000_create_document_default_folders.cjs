// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('document_default_folders', (table) => {
    table.uuid('tenant').notNullable().references('tenant').inTable('tenants');
    table.uuid('folder_id').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('entity_type').notNullable();
    table.string('folder_path').notNullable();
    table.primary(['tenant', 'folder_id']);
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('document_default_folders');
};

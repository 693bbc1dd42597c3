// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.raw('CREATE EXTENSION IF NOT EXISTS vector');
  await knex.raw(`
    CREATE TABLE document_embeddings (
      tenant uuid NOT NULL,
      document_id uuid NOT NULL,
      embedding vector,
      PRIMARY KEY (tenant, document_id),
      FOREIGN KEY (tenant, document_id) REFERENCES documents (tenant, document_id)
    )
  `);
};

exports.down = async (knex) => {
  await knex.schema.dropTable('document_embeddings');
};

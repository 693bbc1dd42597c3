// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../../../server/setup/pace.cjs');
const { tenantsFor } = require('../../../../server/setup/tenants.cjs');

const PATHS = ['/Contracts', '/Diagrams', '/Handbooks', '/Invoices', '/Licences', '/Photographs'];

exports.seed = async (knex) => {
  await beforeSeed();
  for (const tenant of await tenantsFor(knex, 'document folder templates')) {
    const present = new Set(
      await knex('document_default_folders').where({ tenant, entity_type: 'client' }).pluck('folder_path'),
    );
    const missing = PATHS.filter((folder_path) => !present.has(folder_path));
    if (missing.length > 0) {
      await knex('document_default_folders').insert(
        missing.map((folder_path) => ({ tenant, entity_type: 'client', folder_path })),
      );
    }
  }
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

/**
 * The tenants an onboarding seed file works for; says so when there is none.
 *
 * @param {import('knex').Knex} knex
 * @param {string} what What the file would have inserted, in plural.
 * @returns {Promise<string[]>} Tenant ids, possibly none.
 */
exports.tenantsFor = async function tenantsFor(knex, what) {
  const tenants = await knex('tenants').orderBy('created_at').pluck('tenant');
  if (tenants.length === 0) {
    console.log(`No tenant(s) found, skipping ${what}`);
  }
  return tenants;
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

const RESOURCES = [
  'user',
  'role',
  'client',
  'contact',
  'ticket',
  'project',
  'invoice',
  'document',
  'schedule',
  'setting',
];
const ACTIONS = ['create', 'read', 'update', 'delete'];

exports.seed = async (knex) => {
  await beforeSeed();
  const { tenant } = await knex('tenants').first('tenant');
  await knex('permissions').insert(
    RESOURCES.flatMap((resource) => ACTIONS.map((action) => ({ tenant, resource, action }))),
  );
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../../../server/setup/pace.cjs');
const { tenantsFor } = require('../../../../server/setup/tenants.cjs');

const TASKS = ['Take stock', 'Plan', 'Move accounts', 'Move devices', 'Hand over'];

exports.seed = async (knex) => {
  await beforeSeed();
  for (const tenant of await tenantsFor(knex, 'project template')) {
    const template = { tenant, template_name: 'Move a directory to the cloud' };
    if (!(await knex('project_templates').where(template).first('template_id'))) {
      await knex('project_templates').insert({ ...template, tasks: JSON.stringify(TASKS) });
    }
  }
};

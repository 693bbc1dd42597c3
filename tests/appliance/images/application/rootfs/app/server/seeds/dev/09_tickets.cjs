// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  const { tenant } = await knex('tenants').first('tenant');
  const clients = await knex('clients').where({ tenant }).select('client_id', 'client_name');
  const { status_id } = await knex('statuses').where({ tenant, name: 'New' }).first('status_id');
  const { priority_id } = await knex('priorities').where({ tenant, priority_name: 'Normal' }).first('priority_id');
  const { board_id } = await knex('boards').where({ tenant, is_default: true }).first('board_id');
  await knex('tickets').insert(
    clients.map(({ client_id, client_name }) => ({
      tenant,
      client_id,
      status_id,
      priority_id,
      board_id,
      title: `${client_name} asks for help`,
    })),
  );
};

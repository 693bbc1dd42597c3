// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('system_event_catalog', (table) => {
    table.increments('event_id');
    table.string('event_type').notNullable().unique();
  });
  const things = ['TICKET', 'PROJECT', 'INVOICE', 'CLIENT', 'DOCUMENT', 'USER'];
  const verbs = ['CREATED', 'UPDATED', 'DELETED', 'ASSIGNED'];
  await knex('system_event_catalog').insert(
    things.flatMap((thing) => verbs.map((verb) => ({ event_type: `${thing}_${verb}` }))),
  );
};

exports.down = async (knex) => {
  await knex.schema.dropTable('system_event_catalog');
};

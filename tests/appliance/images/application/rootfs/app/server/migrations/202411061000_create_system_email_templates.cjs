// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  await knex.schema.createTable('system_email_templates', (table) => {
    table.increments('id');
    table.string('name').notNullable();
    table.string('language', 2).notNullable();
    table.string('subject').notNullable();
    table.unique(['name', 'language']);
  });
  const subjects = {
    en: 'Message about {{name}}',
    de: 'Nachricht zu {{name}}',
    fr: 'Message sur {{name}}',
    nl: 'Bericht over {{name}}',
  };
  const names = ['ticket-created', 'ticket-closed', 'invoice-sent', 'password-reset', 'project-created'];
  await knex('system_email_templates').insert(
    names.flatMap((name) => Object.entries(subjects).map(([language, subject]) => ({ name, language, subject }))),
  );
};

exports.down = async (knex) => {
  await knex.schema.dropTable('system_email_templates');
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

exports.up = async (knex) => {
  // The bootstrap makes the schema first; a database made by hand has none yet.
  await knex.raw('CREATE SCHEMA IF NOT EXISTS pgboss');
  const schema = knex.schema.withSchema('pgboss');
  await schema
    .createTable('version', (table) => {
      table.integer('version').primary();
      table.timestamp('maintained_on');
    })
    .createTable('queue', (table) => {
      table.text('name').primary();
      table.text('policy');
      table.timestamp('created_on').notNullable().defaultTo(knex.fn.now());
    })
    .createTable('job', (table) => {
      table.uuid('id').primary().defaultTo(knex.raw('gen_random_uuid()'));
      table.text('name').notNullable().references('name').inTable('pgboss.queue');
      table.jsonb('data');
      table.text('state').notNullable().defaultTo('created');
      table.timestamp('start_after').notNullable().defaultTo(knex.fn.now());
    })
    .createTable('job_common', (table) => {
      table.uuid('id').primary();
      table.text('name').notNullable();
      table.jsonb('data');
    })
    .createTable('archive', (table) => {
      table.uuid('id').primary();
      table.text('name').notNullable();
      table.jsonb('data');
      table.timestamp('archived_on').notNullable().defaultTo(knex.fn.now());
    })
    .createTable('schedule', (table) => {
      table.text('name').primary().references('name').inTable('pgboss.queue');
      table.text('cron').notNullable();
      table.text('timezone');
    })
    .createTable('subscription', (table) => {
      table.text('event').notNullable();
      table.text('name').notNullable().references('name').inTable('pgboss.queue');
      table.primary(['event', 'name']);
    });
  await knex('pgboss.version').insert({ version: 24 });
  await knex('pgboss.queue').insert({ name: 'maintenance', policy: 'standard' });
};

exports.down = async (knex) => {
  await knex.raw('DROP SCHEMA pgboss CASCADE');
};

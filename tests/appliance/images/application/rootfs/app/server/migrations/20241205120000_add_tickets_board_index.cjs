// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

// One migration outside a transaction is enough for knex to commit every migration by itself instead of all as one;
// that is why a run killed in its middle leaves the ones before it and the lock behind (F19).
exports.config = { transaction: false };

exports.up = async (knex) => {
  await knex.raw(
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS tickets_board_status ON tickets (tenant, board_id, status_id)',
  );
};

exports.down = async (knex) => {
  await knex.raw('DROP INDEX CONCURRENTLY IF EXISTS tickets_board_status');
};

// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

exports.seed = async (knex) => {
  await beforeSeed();
  await knex('notes').insert({ id: 'welcome', body: 'Written by the demonstration seeds' }).onConflict('id').ignore();
};

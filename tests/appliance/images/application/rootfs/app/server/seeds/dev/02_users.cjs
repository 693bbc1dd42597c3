// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { beforeSeed } = require('../../setup/pace.cjs');

const PEOPLE = [
  ['glinda', 'Glinda', 'Good'],
  ['dorothy', 'Dorothy', 'Gale'],
  ['tinman', 'Tin', 'Man'],
  ['scarecrow', 'Scare', 'Crow'],
  ['cheshire', 'Cheshire', 'Cat'],
  ['madhatter', 'Mad', 'Hatter'],
  ['queenhearts', 'Queen', 'Hearts'],
];

exports.seed = async (knex) => {
  await beforeSeed();
  const { tenant } = await knex('tenants').first('tenant');
  await knex('users').insert(
    PEOPLE.map(([username, first_name, last_name]) => ({
      tenant,
      username,
      first_name,
      last_name,
      email: `${username}@example.com`,
      hashed_password: 'no login with this',
    })),
  );
};

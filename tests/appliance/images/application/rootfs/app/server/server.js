// SPDX-FileCopyrightText: 2026 The alga.appliance authors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

/*
 * A small server with the application's outward manners: port 3000, one database, one folder of files. It refuses to
 * run on a database that is not set up, because whatever starts it too early must be noticed.
 */

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { pipeline } = require('node:stream/promises');
const { Pool } = require('pg');

const { verifyPassword } = require('./setup/password.cjs');
const { readSecret } = require('./setup/secret.cjs');

const PORT = Number(process.env.PORT || 3000);
const FILES = process.env.FILE_STORE || '/data/files';
const BODY_LIMIT_BYTES = 1024 * 1024;
const COUNTED = ['tenants', 'users', 'roles', 'permissions', 'role_permissions'];
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

const target = {
  host: process.env.DB_HOST || 'postgres',
  port: Number(process.env.DB_PORT || 5432),
  database: process.env.DB_NAME_SERVER || 'server',
  user: process.env.DB_USER_SERVER || 'app_user',
};
const pool = new Pool({
  ...target,
  password: readSecret('db_password_server', 'DB_PASSWORD_SERVER'),
  max: 5,
  connectionTimeoutMillis: 10000,
});
// A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
pool.on('error', (error) => console.error(`Database connection lost: ${error.message}`));

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function answer(response, status, body, type = 'application/json') {
  response.writeHead(status, { 'content-type': type });
  response.end(type === 'application/json' ? `${JSON.stringify(body)}\n` : body);
}

async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Refusal(413, `The body is larger than ${BODY_LIMIT_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal(400, 'The body is not JSON.');
  }
}

function filePath(name) {
  if (!FILE_NAME.test(name)) throw new Refusal(400, 'A file name has letters, digits, dot, dash and underscore only.');
  return path.join(FILES, name);
}

function decodeName(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, 'The address is not encoded correctly.');
  }
}

async function healthz(_request, response) {
  await pool.query('SELECT 1');
  answer(response, 200, { status: 'ok' });
}

async function signIn(_request, response) {
  answer(response, 200, '<!doctype html><title>Sign in</title><h1>Sign in</h1>\n', 'text/html; charset=utf-8');
}

async function logIn(request, response) {
  const { email, password } = await readJson(request);
  if (typeof email !== 'string' || typeof password !== 'string') {
    throw new Refusal(400, 'A login has an email and a password, both strings.');
  }
  const sql = 'SELECT user_id, hashed_password FROM users WHERE email = lower($1) AND NOT is_inactive';
  const found = (await pool.query(sql, [email])).rows.find((user) => verifyPassword(password, user.hashed_password));
  if (!found) throw new Refusal(401, 'The email or the password is wrong.');
  answer(response, 200, { user: found.user_id });
}

async function addNote(request, response) {
  const note = await readJson(request);
  if (typeof note?.id !== 'string' || typeof note?.text !== 'string' || note.id === '') {
    throw new Refusal(400, 'A note has an id and a text, both strings.');
  }
  const sql = `INSERT INTO notes (id, body) VALUES ($1, $2)
               ON CONFLICT (id) DO UPDATE SET body = EXCLUDED.body RETURNING id, body AS text`;
  answer(response, 201, (await pool.query(sql, [note.id, note.text])).rows[0]);
}

async function showNote(_request, response, id) {
  const found = await pool.query('SELECT id, body AS text FROM notes WHERE id = $1', [id]);
  if (found.rowCount === 0) throw new Refusal(404, 'There is no such note.');
  answer(response, 200, found.rows[0]);
}

async function storeFile(request, response, name) {
  const final = filePath(name);
  const partial = path.join(FILES, `.partial-${process.pid}-${name}`);
  await fs.promises.mkdir(FILES, { recursive: true });
  try {
    await pipeline(request, fs.createWriteStream(partial, { flush: true }));
    await fs.promises.rename(partial, final);
  } finally {
    await fs.promises.rm(partial, { force: true });
  }
  answer(response, 201, { name });
}

async function showFile(_request, response, name) {
  const handle = await fs.promises.open(filePath(name)).catch((error) => {
    throw error.code === 'ENOENT' ? new Refusal(404, 'There is no such file.') : error;
  });
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  await pipeline(handle.createReadStream(), response);
}

async function counts(_request, response) {
  const columns = COUNTED.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
  answer(response, 200, (await pool.query(`SELECT ${columns.join(', ')}`)).rows[0]);
}

const ROUTES = [
  ['GET', /^\/healthz$/, healthz],
  ['GET', /^\/auth\/signin$/, signIn],
  ['POST', /^\/auth\/login$/, logIn],
  ['POST', /^\/notes$/, addNote],
  ['GET', /^\/notes\/([^/]+)$/, showNote],
  ['PUT', /^\/files\/([^/]+)$/, storeFile],
  ['GET', /^\/files\/([^/]+)$/, showFile],
  ['GET', /^\/counts$/, counts],
];

async function route(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const here = ROUTES.filter(([, pattern]) => pattern.test(pathname));
  if (here.length === 0) throw new Refusal(404, 'There is nothing at this address.');
  const found = here.find(([method]) => method === request.method);
  if (!found) throw new Refusal(405, 'This address does not take that method.');
  const [, pattern, handler] = found;
  await handler(request, response, ...pattern.exec(pathname).slice(1).map(decodeName));
}

const server = http.createServer((request, response) => {
  route(request, response).catch((error) => {
    const status = error instanceof Refusal ? error.status : 503;
    if (status === 503) console.error(`${request.method} ${request.url} failed: ${error.message}`);
    if (response.headersSent) response.destroy();
    else answer(response, status, { error: error instanceof Refusal ? error.message : 'The request failed.' });
  });
});

/** Ends at once: open keep-alive connections must not hold the pod until its grace period is over. */
function stop(signal) {
  console.log(`${signal} received, stopping`);
  server.close(() => pool.end().then(() => process.exit(0)));
  server.closeAllConnections();
}

async function start() {
  const where = `${target.host}:${target.port}/${target.database} as ${target.user}`;
  let found;
  try {
    found = await pool.query("SELECT to_regclass('public.users') IS NOT NULL AS users");
  } catch (error) {
    throw new Error(`cannot use ${where}: ${error.message} (${error.code ?? 'no code'})`);
  }
  if (!found.rows[0].users)
    throw new Error(`${where} is not initialised: table users is missing. Run the bootstrap first.`);
  server.listen(PORT, '0.0.0.0', () => console.log(`Listening on ${PORT}, database ${where}, files ${FILES}`));
}

process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGINT', () => stop('SIGINT'));
server.on('error', (error) => {
  console.error(`FATAL: cannot listen on ${PORT}: ${error.message}`);
  process.exit(1);
});
start().catch((error) => {
  console.error(`FATAL: ${error.message}`);
  process.exit(1);
});

/** A database of a demo's own, on a server that is there already. */

import { Client } from 'pg';

/**
 * @param server a URL of a database that is there; nothing in it is touched
 * @returns the same URL with the new database in it
 * @throws the server's error, such as that the user may not create databases
 */
export async function createDatabase(server: string, name: string): Promise<string> {
  await execute(server, `create database "${name}"`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** Ends the sessions that are left in it. */
export async function dropDatabase(server: string, name: string): Promise<void> {
  await execute(server, `drop database if exists "${name}" with (force)`);
}

async function execute(server: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

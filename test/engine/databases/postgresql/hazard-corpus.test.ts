/** The meter against real servers: the newest, and the oldest that is supported. */

import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RowsChanged } from '../../../../source/contract/rehearsal.ts';
import { PostgresqlMeter } from '../../../../source/engine/databases/postgresql/execution/statement-profiler.ts';
import { Database, servers } from '../../../kit/postgresql.ts';
import { CORPUS, type Sample, SCHEMA } from './corpus.ts';

describe.each(await servers())('on PostgreSQL $label', ({ label, url }) => {
  const version = Number(label);
  let database: Database;
  let client: Client;

  beforeAll(async () => {
    database = await Database.make(url);
    client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(SCHEMA);
  });
  afterAll(async () => {
    await client.end();
    await database[Symbol.asyncDispose]();
  });

  test.for(CORPUS)('$sql', async (sample, { skip }) => {
    if (version < (sample.since ?? 0)) skip('This server does not know it.');
    const expected = version < 18 ? { ...sample, ...sample.before18 } : sample;
    const { locks, rewritten, scanned, built, changed, wal } = await measured(client, sample);
    expect({
      locks: locks && Object.fromEntries(locks.map(({ relation, mode }) => [relation, mode])),
      rewritten,
      scanned: isAboutRows(sample) ? [] : scanned.toSorted(),
      built: built.map(({ index }) => index).toSorted(),
      changed: rowsIn(changed, false),
      indirectly: rowsIn(changed, true),
    }).toEqual({
      locks: expected.locks,
      rewritten: expected.rewritten ?? [],
      scanned: expected.scanned ?? [],
      built: expected.built ?? [],
      changed: expected.changed ?? {},
      indirectly: expected.indirectly ?? {},
    });
    expect(wal).toBeGreaterThanOrEqual(0);
  });
});

async function measured(client: Client, { sql, before, alone }: Sample) {
  const query = async (text: string) => (await client.query(text)).rows;
  const meter = new PostgresqlMeter();
  if (!alone) await client.query('begin');
  try {
    if (before !== undefined) await client.query(before);
    await meter.before(sql, query);
    const { rowCount } = await client.query(sql);
    return await meter.after(sql, query, rowCount);
  } finally {
    if (!alone) await client.query('rollback');
  }
}

function rowsIn(changed: readonly RowsChanged[], indirect: boolean) {
  const those = changed.filter((each) => each.indirect === indirect);
  return Object.fromEntries(those.map(({ table, rows }) => [table, rows]));
}

function isAboutRows({ sql, changed, indirectly }: Sample): boolean {
  return (changed ?? indirectly) !== undefined || /^(select|refresh)/.test(sql);
}

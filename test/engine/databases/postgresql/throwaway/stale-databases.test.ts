/** Databases of processes that were killed are found by their names. */

import { expect, test } from 'vitest';
import {
  leftoversAmong,
  throwawayName,
  throwawaysQuery,
} from '../../../../../source/engine/databases/postgresql/throwaway/stale-databases.ts';
import { Database } from '../../../../kit/postgresql.ts';
import { Server } from '../../../../kit/postgresql-server.ts';

/** No process has such a number. */
const GONE = 99_999_999;

test('whatever they were made for, and only those whose process is gone', async () => {
  // Its own: whoever makes throwaways on a server drops what others left there.
  await using server = await Server.make();
  await using database = await Database.make(server.url);
  const left = ['copy', 'undo12', 'from3', 'twice_named'].map((what) => throwawayName(what, GONE));
  const used = throwawayName('undo12', process.pid);
  for (const name of [...left, used]) {
    await database.query(`create database ${name} template template0 allow_connections false`);
  }
  const found = leftoversAmong(await database.query(throwawaysQuery));
  expect(found.toSorted()).toEqual(left.toSorted());
});

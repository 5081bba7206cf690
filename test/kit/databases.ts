/**
 * The databases that a suite holds on, written once:
 *
 *     describe.each(databases)('history on $label', ({ makeProject }) => {
 *       test('…', async () => {
 *         await using project = await makeProject({ applied: 2 });
 *         expect(await project.database.recorded()).toEqual(…);
 */

import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DriverName } from '../../source/contract/target.ts';
import type { TestDatabase } from './database.ts';
import type { MadeProject, ProjectOptions } from './made-project.ts';
import { Database, ServerProject } from './postgresql.ts';
import { makeProject } from './project.ts';
import { SqliteFile } from './sqlite.ts';

export interface DatabaseUnderTest {
  readonly label: string;
  readonly driver: DriverName;
  /** With an empty database on PostgreSQL, and no file yet on SQLite. */
  makeProject(options?: ProjectOptions): Promise<MadeProject>;
  /** A database that somebody else made. */
  at(url: string): TestDatabase;
  /** How it says that there is no such table. */
  readonly noSuchTable: { readonly code: string; readonly message: string };
}

export const databases: readonly DatabaseUnderTest[] = [
  {
    label: 'SQLite',
    driver: 'sqlite',
    makeProject: async (options) => makeProject(options),
    at: (url) => new SqliteFile(dirname(fileURLToPath(url)), basename(fileURLToPath(url))),
    noSuchTable: { code: 'SQLITE_ERROR', message: 'no such table: no_such_table' },
  },
  {
    label: 'PostgreSQL',
    driver: 'postgresql',
    makeProject: (options) => ServerProject.make(options),
    at: (url) => Database.at(url),
    noSuchTable: { code: '42P01', message: 'relation "no_such_table" does not exist' },
  },
];

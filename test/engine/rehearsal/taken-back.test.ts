/** What a rollback took back did not happen, whatever the revision did next. */

import { expect, test } from 'vitest';
import { sql } from '../../kit/builders.ts';
import { databases } from '../../kit/databases.ts';
import { kindsOf, makeRehearsal, rehearsalOf, rehearse } from './kit.ts';

const pantry = sql('pantry', [
  'create table "shelf" ("id" integer not null primary key, "label" text null)',
  'create table "jar" ("id" integer not null primary key, "name" text null)',
]);
const rows = `insert into jar (id, name) values (1, 'plum'), (2, 'pear'), (3, 'fig')`;

test('deletes account for no rows that go otherwise', async () => {
  const revision = sql('tidy', [
    'savepoint "Try"',
    'delete from jar where id in (1, 2)',
    'ROLLBACK TRANSACTION TO "try"',
    'create table jar__new (id integer not null primary key, name text null)',
    'insert into jar__new with kept as (select * from jar where id > 2) select * from kept',
    'drop table jar',
    'alter table jar__new rename to jar',
  ]);
  using project = makeRehearsal(pantry, revision, rows);
  const { hazards } = await rehearse(project.root);
  expect(hazards).toMatchObject([{ kind: 'rows-lost', table: 'jar', rows: 2 }]);
});

test.each(databases)(
  'a table that was dropped and is there again keeps its rows on $label',
  async ({ makeProject }) => {
    const revision = sql('undecided', [
      'savepoint a',
      'drop table jar',
      'rollback to a',
      'release a',
      `update jar set name = 'fig jam' where id = 3`,
    ]);
    await using project = await makeProject(rehearsalOf(pantry, revision, rows));
    const { report, revision: found } = await rehearse(project.root);
    expect(report.verdict).toBe('clean');
    expect(kindsOf(found.findings)).toEqual([
      'changed-on-purpose jar',
      'entities-differ',
      'no-downgrade',
    ]);
  },
);

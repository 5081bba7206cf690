/** Revisions that lose nothing: a rehearsal that cries wolf is soon not listened to. */

import { afterEach, describe, expect, test } from 'vitest';
import { verdictWords } from '../../../source/presentation/words.ts';
import { code, sql } from '../../kit/builders.ts';
import type { Project } from '../../kit/project.ts';
import type { Revision } from '../../kit/revisions.ts';
import { makeRehearsal, rehearse } from './kit.ts';

let project: Project;
afterEach(() => project.cleanup());

const pantry = sql('pantry', [
  'create table "shelf" ("id" integer not null primary key autoincrement, "label" text not null unique)',
  `create table "jar" (
    "id" integer not null primary key,
    "shelf_id" integer not null references "shelf" ("id") on delete cascade,
    "name" text null collate nocase,
    "price" real null check ("price" >= 0)
  )`,
  'create table "pair" ("left" integer not null, "right" text not null, "since" text null, primary key ("left", "right"))',
  'create table "tag" ("word" text not null primary key, "uses" integer not null default 0) strict, without rowid',
  'create table "loose" ("a" text null, "b" blob null)',
  'create table "entry" ("id" integer primary key, "at" text not null)',
  'create index "jar_name_index" on "jar" ("name")',
  `create trigger "jar_changed" after update on "jar" begin insert into "entry" ("at") values ('changed'); end`,
  'create view "cheap" as select "id", "name" from "jar" where "price" < 3',
]);

const rows = `
  insert into shelf (id, label) values (1, 'top'), (2, 'low'), (5, 'gone');
  delete from shelf where id = 5;
  insert into jar (id, shelf_id, name, price) values
    (1, 1, 'Plum', 2.5), (2, 1, 'plum', 3.25), (3, 2, null, 4);
  insert into pair values (1, 'a', null), (1, 'b', '2026'), (2, 'a', '');
  insert into tag values ('sweet', 2), ('sour', 0);
  insert into loose values ('x', x'00ff'), ('x', x'00ff'), (null, null), ('1', 1);
  insert into entry values (9007199254740993, 'first');
`;

/** A rebuild of a table that nobody refers to, with everything that it had. */
const rebuiltPair = (since: string) => [
  'pragma foreign_keys = off;',
  `create table "pair__temp_alter" ("left" integer not null, "right" text not null, "since" text ${since}, primary key ("left", "right"));`,
  'insert into "pair__temp_alter" select "left", "right", "since" from "pair";',
  'drop table "pair";',
  'alter table "pair__temp_alter" rename to "pair";',
  'pragma foreign_keys = on;',
];

const harmless: Readonly<Record<string, Revision>> = {
  'a new table': sql('a', ['create table "lid" ("id" integer primary key)'], ['drop table "lid"']),
  'a new table with a foreign key and rows': sql(
    'a',
    [
      'create table "lid" ("id" integer primary key, "jar_id" integer not null references "jar" ("id"))',
      'insert into "lid" ("jar_id") select "id" from "jar"',
    ],
    ['drop table "lid"'],
  ),
  'a new column': sql(
    'a',
    ['alter table "jar" add column "weight" integer null'],
    ['alter table "jar" drop column "weight"'],
  ),
  'a new column with a default': sql(
    'a',
    [`alter table "jar" add column "kind" text not null default 'glass'`],
    ['alter table "jar" drop column "kind"'],
  ),
  'a new column that is filled': sql(
    'a',
    [
      'alter table "tag" add column "length" integer null',
      'update "tag" set "length" = length("word")',
    ],
    ['alter table "tag" drop column "length"'],
  ),
  'a renamed column': sql(
    'a',
    ['alter table "shelf" rename column "label" to "title"'],
    ['alter table "shelf" rename column "title" to "label"'],
  ),
  'a renamed table': sql(
    'a',
    ['alter table "tag" rename to "word"'],
    ['alter table "word" rename to "tag"'],
  ),
  'a renamed table that others refer to': sql(
    'a',
    ['alter table "shelf" rename to "board"'],
    ['alter table "board" rename to "shelf"'],
  ),
  'an index': sql(
    'a',
    ['create index "jar_price_index" on "jar" ("price")'],
    ['drop index "jar_price_index"'],
  ),
  'a unique index': sql(
    'a',
    ['create unique index "tag_uses_unique" on "tag" ("uses")'],
    ['drop index "tag_uses_unique"'],
  ),
  'an expression index': sql(
    'a',
    ['create index "jar_lower_index" on "jar" (lower("name")) where "name" is not null'],
    ['drop index "jar_lower_index"'],
  ),
  'a dropped index': sql(
    'a',
    ['drop index "jar_name_index"'],
    ['create index "jar_name_index" on "jar" ("name")'],
  ),
  'a view': sql('a', ['create view "dear" as select * from "jar"'], ['drop view "dear"']),
  'a trigger': sql(
    'a',
    [
      `create trigger "tag_new" after insert on "tag" begin insert into "entry" ("at") values ('tag'); end`,
    ],
    ['drop trigger "tag_new"'],
  ),
  'a rebuilt table that nobody refers to': sql(
    'a',
    rebuiltPair(`default 'now'`),
    rebuiltPair('null'),
  ),
  'rows that are inserted and deleted again': sql(
    'a',
    [`insert into "tag" ("word") values ('bitter')`],
    [`delete from "tag" where "word" = 'bitter'`],
  ),
  'values that are changed on purpose': sql(
    'a',
    [`update "jar" set "name" = upper("name")`],
    [`update "jar" set "name" = lower("name")`],
  ),
  'a column that is dropped on purpose': sql(
    'a',
    ['alter table "tag" drop column "uses"'],
    ['alter table "tag" add column "uses" integer not null default 0'],
  ),
  'rows that are deleted on purpose': sql('a', ['delete from "loose" where "a" is null'], []),
  'a table that is dropped on purpose': sql(
    'a',
    ['drop table "loose"'],
    ['create table "loose" ("a" text null, "b" blob null)'],
  ),
  'code that decides by data': code(
    'a',
    `for (const { id } of await this.execute('select "id" from "jar"')) {
      await this.execute('update "jar" set "price" = "price" + 1 where "id" = ?', [id]);
    }`,
    `await this.execute('update "jar" set "price" = "price" - 1');`,
  ),
  'nothing at all': sql('a', [], []),
};

describe('no false alarm', () => {
  test.each(Object.entries(harmless))('%s', async (_, revision) => {
    project = makeRehearsal(pantry, revision, rows);
    const { report, hazards } = await rehearse(project.root);
    expect(hazards).toEqual([]);
    expect(report.verdict).toBe('clean');
  });

  test('a column that the downgrade keeps, as the revision says', async () => {
    const revision: Revision = {
      ...code(
        'a',
        `// handrail: keep jar.weight because the application writes it already
    const there = await this.execute(\`select 1 from pragma_table_info('jar') where name = 'weight'\`);
    if (there.length === 0) await this.execute('alter table "jar" add column "weight" integer null');`,
        '',
      ),
    };
    project = makeRehearsal(pantry, revision, rows);
    const { report, hazards, notices } = await rehearse(project.root);
    expect(hazards).toEqual([]);
    expect(notices.map(({ kind }) => kind)).toContain('kept');
    expect(report.verdict).toBe('clean');
  });

  test('an irreversible revision, which says why', async () => {
    project = makeRehearsal(
      pantry,
      code(
        'a',
        `this.addSql('alter table "jar" add column "w" integer null');`,
        `throw new Error('the old prices are gone');`,
      ),
      rows,
    );
    const { revision, report, notices } = await rehearse(project.root);
    expect(report.verdict).toBe('clean');
    const said = notices.find(({ kind }) => kind === 'irreversible');
    expect(said?.what).toContain('the old prices are gone');
    expect(revision.steps.find(({ step }) => step === 'down')?.state).toBe('skipped');
    expect(revision.downgrade).toBe('irreversible');
  });

  test('a revision without a downgrade, of which no author is said to refuse one', async () => {
    project = makeRehearsal(
      pantry,
      { label: 'a', up: ['alter table "jar" add column "w" integer null'] },
      rows,
    );
    const { revision, report } = await rehearse(project.root);
    expect(report.verdict).toBe('clean');
    expect(revision.downgrade).toBe('no-downgrade');
    expect(revision.findings.map(({ kind }) => kind)).toContain('no-downgrade');
    expect(revision.findings.map(({ kind }) => kind)).not.toContain('irreversible');
    expect(verdictWords(revision)).toBe(
      'Clean: the upgrade only, and nothing was lost beyond what the revision states. It has no down(), so there is no way back.',
    );
  });
});

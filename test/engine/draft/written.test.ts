/** What drafts write that MikroORM does not, or not so that it runs and can be taken back. */

import { describe, expect, it } from 'vitest';
import type { Draft } from '../../../source/contract/draft.ts';
import { databases } from '../../kit/databases.ts';
import { accepted, refused } from '../kit.ts';
import { draft, madeBy } from './kit.ts';

const CLEAN = { verdict: 'clean', failure: null, findings: [] };

const [onSqlite, onPostgresql] = databases;
if (!onSqlite || !onPostgresql) throw new Error('There are two databases.');

function said({ changes }: Draft): string[] {
  return changes.map(({ kind, what, detail }) => `${kind} ${what}: ${detail}`);
}

describe('a draft, on SQLite', () => {
  it('writes what SQLite has but in the text of a table or an index, and gives it back', async () => {
    await using project = await madeBy(
      onSqlite.makeProject,
      [
        'create table `room` (`a` integer not null primary key, `b` integer not null)',
        "create table `if` (`id` integer not null primary key autoincrement, `title` text not null, `twice` text generated always as (title || title) stored, constraint if_title check (title <> ''))",
        'create index `loud` on `if` (upper(`title`))',
        'create index `back` on `if` (`title` desc)',
        'create trigger `touch` after insert on `if` for each row begin update room set b = 1; end',
        'create table `pair` (`a` integer not null, `b` integer not null, primary key (`a`, `b`))',
        'create table `child` (`id` integer not null primary key autoincrement, `note` text not null, `pair_a` integer not null, `pair_b` integer not null, constraint `child_pair_a_pair_b_foreign` foreign key (`pair_a`, `pair_b`) references `pair` (`a`, `b`))',
        'create index `child_pair_a_pair_b_index` on `child` (`pair_a`, `pair_b`)',
      ],
      [
        'insert into room values (1, 2), (2, 2)',
        "insert into `if` (title) values ('a'), ('b')",
        'insert into pair (a, b) values (1, 2)',
        "insert into child (note, pair_a, pair_b) values ('x', 1, 2)",
      ],
      `defineEntity({ name: 'Room', properties: { a: p.integer().primary(), b: p.integer().primary() } }),
       defineEntity({ name: 'If', properties: { id: p.integer().primary(), title: p.string(),
         twice: p.string().generated('(title || 2) stored') },
         triggers: [{ name: 'touch', timing: 'after', events: ['insert'], body: 'update room set b = 2' }],
         checks: [{ name: 'if_title', expression: "title <> '?'" }],
         indexes: [
           { name: 'loud', expression: 'create index \`loud\` on \`if\` (lower(\`title\`))' },
           { name: 'back', properties: ['title'] },
         ] }),
       ...(() => {
         const Pair = defineEntity({ name: 'Pair', properties: { a: p.integer().primary(), b: p.integer().primary() } });
         return [Pair, defineEntity({ name: 'Child', properties: { id: p.integer().primary(),
           note: p.string().nullable(), pair: () => p.manyToOne(Pair) } })];
       })()`,
    );
    const made = accepted(await draft(project.root));
    expect(made.questions).toEqual([]);
    expect(made.trial).toMatchObject(CLEAN);
    expect(made.notes).toEqual([]);
    expect(made.leftAlone).toEqual([]);
    expect(said(made)).toEqual([
      'change column if.twice: text generated as (title || title) stored → text generated as (title || 2) stored',
      'change index if.loud: CREATE INDEX `loud` on `if` (upper(`title`)) → create index `loud` on `if` (lower(`title`))',
      'change index if.back: CREATE INDEX `back` on `if` (`title` desc) → (title)',
      "change check if.if_title: title <> '' → title <> '?'",
      'change trigger if.touch: update room set b = 1 → update room set b = 2',
      'change column child.note: text not null → text null',
      'change foreign key child.child_pair_a_pair_b_foreign: without → on update cascade',
      'change primary key of room: (a) → (a, b)',
    ]);
  });

  it('leaves virtual tables and indexes on expressions alone, without a snapshot too', async () => {
    await using project = await madeBy(
      onSqlite.makeProject,
      [
        'create table `room` (`id` integer not null primary key autoincrement, `title` text not null)',
        'create index `loud` on `room` (upper(`title`), `title`)',
        "create virtual table `room_search` using fts5 (title, content='room', content_rowid='id')",
        'create trigger `room_added` after insert on `room` begin insert into room_search (rowid, title) values (new.id, new.title); end',
      ],
      ["insert into room (title) values ('blue room'), ('red room')"],
      `defineEntity({ name: 'Room', properties: { id: p.integer().primary(), title: p.string().nullable() } })`,
    );
    const made = accepted(await draft(project.root));
    expect(made.trial).toMatchObject(CLEAN);
    expect(made.leftAlone).toEqual([
      'table room_search',
      'index room.loud',
      'trigger room.room_added',
    ]);
    expect(said(made)).toEqual(['change column room.title: text not null → text null']);
    expect(made.file?.source).not.toMatch(/drop table .*search/);
  });
});

describe('a draft, on PostgreSQL, of an enumeration that is in another schema', () => {
  it('converts the columns of that schema, and no others of a type of that name', async () => {
    await using project = await madeBy(
      onPostgresql.makeProject,
      [
        'create schema hall',
        "create type mood as enum ('glad', 'sad', 'dull')",
        "create type hall.mood as enum ('glad', 'sad', 'dull')",
        'create table book (id serial primary key, mood mood null)',
        'create table hall.seat (id serial primary key, mood hall.mood null)',
      ],
      ["insert into book (mood) values ('sad')", "insert into hall.seat (mood) values ('glad')"],
      `...(() => {
         const mood = () => p.enum(['glad', 'sad']).nativeEnumName('mood').nullable();
         return [
           defineEntity({ name: 'Book', properties: { id: p.integer().primary(), mood: mood() } }),
           defineEntity({ name: 'Seat', schema: 'hall', properties: { id: p.integer().primary(), mood: mood() } }),
         ];
       })()`,
    );
    const made = accepted(await draft(project.root));
    expect(made.trial).toMatchObject(CLEAN);
    expect(said(made)).toEqual(["change type hall.mood: − 'dull'", "change type mood: − 'dull'"]);
  });
});

describe('a draft, on PostgreSQL', () => {
  it('writes what stands in the way of a type, and what a key or an enumeration needs, both ways', async () => {
    const long = 'shelf_with_a_name_that_has_more_characters_than_a_name_may_have_here';
    await using project = await madeBy(
      onPostgresql.makeProject,
      [
        'create table "page" ("id" serial primary key, "number" int not null, "twice" int generated always as ("number" * 2) stored, "plus" int generated always as ("number" + 1) stored)',
        'create index "page_twice_index" on "page" ("twice")',
        'create index "by_hand" on "page" ("plus", "number")',
        'create table "room" ("a" int not null, "b" int not null, primary key ("a", "b"))',
        `create type "mood" as enum ('good', 'bad')`,
        'create table "day" ("id" serial primary key, "mood" "mood" not null, "at" timestamptz not null)',
        `create table "${long}" ("id" serial primary key)`,
      ],
      [
        'insert into page (number) values (1), (2)',
        'insert into room values (1, 1), (2, 1)',
        "insert into day (mood, at) values ('good', '2026-01-02')",
      ],
      `defineEntity({ name: 'Page', properties: { id: p.bigint().primary(), number: p.bigint(),
         twice: p.integer().generated('("number" * 3) stored').nullable().index(),
         plus: p.integer().generated('("number" + 1) stored').nullable() } }),
       defineEntity({ name: 'Room', properties: { a: p.integer().primary(), b: p.integer() } }),
       defineEntity({ name: 'Day', properties: { id: p.integer().primary(), at: p.datetime().length(3),
         mood: p.enum(['bad', 'good']).nativeEnumName('mood') } }),
       defineEntity({ name: 'Long', tableName: '${long}', properties: { id: p.integer().primary(), place: p.integer().nullable() } })`,
    );
    const made = accepted(await draft(project.root));
    expect(made.questions).toEqual([]);
    expect(made.trial).toMatchObject(CLEAN);
    expect(made.notes).toEqual([]);
    expect(said(made)).toEqual([
      'change column day.at: timestamptz(6) not null → timestamptz(3) not null',
      'change column page.twice: int4 generated as (number * 2) stored → int generated as ("number" * 3) stored',
      'change column page.id: int4 not null → bigint not null',
      'change column page.number: int4 not null → bigint not null',
      'change column room.a: int4 not null → int not null, numbered no → yes',
      'change primary key of room: (a, b) → (a)',
      'change type mood: in another order',
      `add column ${long.slice(0, 63)}.place: int null`,
      'change numbering of page.id: 2147483647 → 9223372036854775807',
      'change statement: alter table "page" drop column "plus";',
      'change statement: create sequence if not exists "room_a_seq";',
    ]);
  });

  it('asks of which zone times are, and what values become that no cast converts', async () => {
    await using project = await madeBy(
      onPostgresql.makeProject,
      [
        'create table "visit" ("id" serial primary key, "at" timestamp not null default now(), "until" timestamp null, "seen" int null, "size" varchar(255) null)',
      ],
      [
        "insert into visit (at, until, seen, size) values ('2026-07-01 12:00', '2026-01-01 12:00', 86400, 'ca 12')",
      ],
      `defineEntity({ name: 'Visit', properties: { id: p.integer().primary(), at: p.datetime().defaultRaw('now()'),
         until: p.datetime().nullable(), seen: p.datetime().nullable(), size: p.integer().nullable() } })`,
    );
    const asked = accepted(await draft(project.root));
    expect(asked.file).toBeNull();
    const [from, to] = ['timestamp without time zone', 'timestamp with time zone'];
    const zone = {
      kind: 'convert',
      direction: 'up',
      table: 'visit',
      from,
      to,
      why: 'zone',
      rows: 1,
    };
    const cast = { kind: 'convert', table: 'visit', column: 'seen', why: 'cast' };
    expect(asked.questions).toMatchObject([
      { ...zone, column: 'at', proposed: `"at" at time zone 'UTC'` },
      { ...zone, column: 'until' },
      { ...cast, direction: 'up', from: 'integer', proposed: 'to_timestamp("seen")' },
      { ...cast, direction: 'down', to: 'integer', proposed: null },
    ]);
    const using = (column: string, expression: string, direction: 'up' | 'down' = 'up') => ({
      direction,
      table: 'visit',
      column,
      expression,
    });
    const conversions = [
      using('at', `"at" at time zone 'Europe/Berlin'`),
      using('until', `until at time zone 'UTC'`),
      using('seen', 'to_timestamp(seen)'),
      using('seen', 'extract(epoch from seen)', 'down'),
      using('size', `substring(size from '\\d+')::int`),
      using('size', `'ca ' || size`, 'down'),
    ];
    const wrong = [
      using('at', 'seen +'),
      using('until', 'null); drop table visit; select (null'),
      using('seen', 'no_column'),
    ];
    const problem = refused(await draft(project.root, { answers: { conversions: wrong } }));
    expect(problem).toMatchObject({ code: 'usage' });
    for (const column of ['at', 'until', 'seen']) {
      expect(problem.what).toContain(`for visit.${column}: `);
    }
    const made = accepted(await draft(project.root, { answers: { conversions } }));
    expect(made.questions).toEqual([]);
    expect(made.trial).toMatchObject(CLEAN);
    expect(made.notes).toEqual([]);
    const source = made.file?.source ?? '';
    expect(source.match(/using \("at" at time zone 'Europe\/Berlin'\)/g)).toHaveLength(2);
    expect(source).toContain(`using ('ca ' || size)`);
    expect(said(made)).toContain(`change column visit.at: ${from} → ${to}`);
  });
});

it('converts values as it was said in a table that SQLite makes anew, and refuses what converts nothing', async () => {
  await using project = await madeBy(
    onSqlite.makeProject,
    [
      'create table `visit` (`id` integer not null primary key autoincrement, `size` text not null)',
    ],
    ["insert into visit (size) values ('ca 12')"],
    "defineEntity({ name: 'Visit', properties: { id: p.integer().primary(), size: p.integer() } })",
  );
  const of = (column: string, expression: string, direction: 'up' | 'down' = 'up') => ({
    direction,
    table: 'visit',
    column,
    expression,
  });
  const problem = refused(
    await draft(project.root, { answers: { conversions: [of('id', 'id + 1')] } }),
  );
  expect(problem.what).toContain('visit.id gets no other type');
  const conversions = [
    of('size', 'cast(substr(size, 4) as integer)'),
    of('size', "'ca ' || size", 'down'),
  ];
  const made = accepted(await draft(project.root, { answers: { conversions } }));
  expect(made.trial).toMatchObject(CLEAN);
  expect(made.file?.source).toContain('cast(substr(size, 4) as integer)');
});

it('asks about a unique key that has the name which it got before its table and column were renamed', async () => {
  await using project = await madeBy(
    onSqlite.makeProject,
    [
      'create table `par` (`id` integer not null primary key autoincrement, `title` text not null)',
      'create unique index `par_title_unique` on `par` (`title`)',
    ],
    ["insert into par (title) values ('a')"],
    "defineEntity({ name: 'Parents', properties: { id: p.integer().primary(), label: p.string() } })",
  );
  const renames = [
    { from: { table: 'par', name: null }, to: 'parents' },
    { from: { table: 'par', name: 'title' }, to: 'label' },
  ];
  const asked = accepted(await draft(project.root, { answers: { renames } }));
  expect(asked.leftAlone).toEqual([]);
  expect(asked.questions).toMatchObject([{ kind: 'gone', object: { name: 'par_title_unique' } }]);
  const drops = [{ table: 'par', name: 'par_title_unique' }];
  const made = accepted(await draft(project.root, { answers: { renames, drops } }));
  expect(made.trial).toMatchObject(CLEAN);
  expect(made.file?.source).toContain('drop index');
});

/** Every hazard, on a database with rows: caught, named, repaired as offered, clean afterwards. */

import { afterEach, describe, expect, test } from 'vitest';
import { sql } from '../../kit/builders.ts';
import type { Project } from '../../kit/project.ts';
import type { Revision } from '../../kit/revisions.ts';
import { count, fingerprint, foreignKeyErrors, query } from '../../kit/sqlite.ts';
import { applyRepair, kindsOf, makeRehearsal, type Rehearsed, rehearse } from './kit.ts';

let project: Project;
afterEach(() => project.cleanup());

const pantryTables = [
  'create table "shelf" ("id" integer not null primary key autoincrement, "label" text not null)',
  `create table "jar" (
    "id" integer not null primary key,
    "shelf_id" integer not null references "shelf" ("id") on delete cascade,
    "name" text null,
    "price" real null
  )`,
  `create table "note" (
    "id" integer not null primary key,
    "jar_id" integer null references "jar" ("id") on delete set null,
    "text" text not null
  )`,
  'create index "jar_name_index" on "jar" ("name")',
];
const pantry = sql('pantry', pantryTables);

const rows = `
  insert into shelf (id, label) values (1, 'top'), (2, 'low');
  insert into jar (id, shelf_id, name, price) values
    (1, 1, 'plum', 2.5), (2, 1, 'plum', 3.25), (3, 2, null, 4);
  insert into note (id, jar_id, text) values (1, 1, 'sweet'), (2, 3, 'sour'), (3, null, 'loose');
`;

/** A rebuild as MikroORM drafts it. */
function rebuild(table: string, columns: readonly string[], copied: readonly string[]): string[] {
  return [
    'pragma foreign_keys = off;',
    `create table "${table}__temp_alter" (${columns.join(', ')});`,
    `insert into "${table}__temp_alter" select ${copied.join(', ')} from "${table}";`,
    `drop table "${table}";`,
    `alter table "${table}__temp_alter" rename to "${table}";`,
    'pragma foreign_keys = on;',
  ];
}

const shelfId = '"id" integer not null primary key autoincrement';
const tallShelf = sql(
  'tall_shelf',
  rebuild('shelf', [shelfId, '"label" text null'], ['"id"', '"label"']),
  rebuild('shelf', [shelfId, '"label" text not null'], ['"id"', '"label"']),
);

/** Rehearses, repairs as offered, and rehearses again. */
async function repaired(
  revision: Revision,
  more: { schema?: Revision; rows?: string; title?: RegExp; answer?: string } = {},
): Promise<{ first: Rehearsed; second: Rehearsed }> {
  project = makeRehearsal(more.schema ?? pantry, revision, more.rows ?? rows);
  const before = fingerprint(project.databasePath);
  const first = await rehearse(project.root);
  expect(first.report.verdict).not.toBe('clean');
  applyRepair(project, first, more.title, more.answer);
  const second = await rehearse(project.root);
  expect(second.hazards).toEqual([]);
  expect(second.report.verdict).toBe('clean');
  expect(fingerprint(project.databasePath), 'the target is only read').toEqual(before);
  // What is clean in the rehearsal is so under MikroORM's own command, too.
  const { status, stdout, stderr } = await project.mikroOrm(['migration:up']);
  expect(status, stdout + stderr).toBe(0);
  expect(foreignKeyErrors(project.databasePath)).toEqual([]);
  return { first, second };
}

describe('the silent disaster', () => {
  test('rows of children that a rebuild deletes are caught, explained and kept', async () => {
    const { first } = await repaired(tallShelf);
    const [lost, nulled] = first.hazards;
    expect(lost).toMatchObject({
      kind: 'rows-lost',
      table: 'jar',
      rows: 3,
      keys: ['id = 1', 'id = 2', 'id = 3'],
      statement: 'drop table "shelf";',
      step: 'check-up',
    });
    expect(lost?.what).toBe('3 of 3 rows of jar are lost.');
    expect(lost?.why).toContain('does nothing inside a transaction');
    expect(nulled).toMatchObject({ kind: 'values-lost', table: 'note', column: 'jar_id', rows: 2 });
    expect(first.revision.rowsLost).toBe(3);
    const drop = first.revision.passes[0]?.statements.find(({ sql }) => sql.startsWith('drop'));
    expect(drop?.changed).toEqual([
      { table: 'jar', rows: 3, indirect: true },
      { table: 'note', rows: 2, indirect: true },
    ]);
    expect(count(project.databasePath, 'jar')).toBe(3);
    expect(query(project.databasePath, 'select jar_id from note order by id')).toEqual([
      { jar_id: 1 },
      { jar_id: 3 },
      { jar_id: null },
    ]);
  });

  test('what MikroORM itself does with the draft is what the rehearsal said', async () => {
    project = makeRehearsal(pantry, tallShelf, rows);
    const { revision } = await rehearse(project.root);
    expect((await project.mikroOrm(['migration:up'])).status).toBe(0);
    expect(3 - count(project.databasePath, 'jar')).toBe(revision.rowsLost);
  });

  test('without cascade the rebuild fails on populated tables, and is repaired the same way', async () => {
    const schema = sql(
      'pantry',
      pantryTables.map((step) => step.replace(' on delete cascade', '')),
    );
    const { first } = await repaired(tallShelf, { schema });
    expect(first.report.verdict).toBe('failed');
    expect(first.hazards[0]).toMatchObject({ kind: 'rows-lost', table: 'shelf' });
    expect(first.hazards[0]?.what).toContain('rows of jar refer to it');
  });

  test('children that refer to each other, and may not lose what they refer to, are kept', async () => {
    const schema = sql('pantry', [
      ...pantryTables,
      `create table "box" (
        "id" integer not null primary key,
        "shelf_id" integer not null references "shelf" ("id") on delete cascade,
        "inside_id" integer null references "box" ("id") on delete restrict,
        "first_id" integer null references "item" ("id") on delete restrict
      )`,
      `create table "item" (
        "id" integer not null primary key,
        "box_id" integer not null references "box" ("id") on delete restrict
      )`,
    ]);
    await repaired(tallShelf, {
      schema,
      rows: `${rows}
        insert into box values (1, 1, null, null), (2, 2, 1, null), (3, 1, 2, null);
        insert into item values (1, 3), (2, 1);
        update box set first_id = 1 where id = 3;
        update box set first_id = 2 where id = 1;`,
    });
    expect(query(project.databasePath, 'select * from box order by id')).toEqual([
      { id: 1, shelf_id: 1, inside_id: null, first_id: 2 },
      { id: 2, shelf_id: 2, inside_id: 1, first_id: null },
      { id: 3, shelf_id: 1, inside_id: 2, first_id: 1 },
    ]);
    expect(count(project.databasePath, 'item')).toBe(2);
  });

  test('rows of the rebuilt table that refer to each other are kept', async () => {
    const schema = sql('tree', [
      'create table "node" ("id" integer not null primary key, "parent_id" integer null references "node" ("id") on delete cascade, "name" text not null)',
    ]);
    const columns = (name: string) => [
      '"id" integer not null primary key',
      '"parent_id" integer null',
      name,
      'constraint "node_parent" foreign key ("parent_id") references "node" ("id") on delete cascade',
    ];
    const names = ['"id"', '"parent_id"', '"name"'];
    const revision = sql(
      'anonymous',
      rebuild('node', columns('"name" text null'), names),
      rebuild('node', columns('"name" text not null'), names),
    );
    const { first } = await repaired(revision, {
      schema,
      rows: `insert into node values (1, null, 'root'), (2, 1, 'branch'), (3, 2, 'leaf')`,
    });
    expect(first.hazards[0]).toMatchObject({ kind: 'rows-lost', table: 'node', rows: 2 });
  });

  test('triggers of children do not fire for rows that are put aside', async () => {
    const schema = sql('pantry', [
      ...pantryTables,
      'create table "audit" ("id" integer not null primary key, "what" text not null)',
      `create trigger "jar_gone" after delete on "jar" begin insert into "audit" ("what") values ('gone ' || old.id); end`,
      `create trigger "jar_new" after insert on "jar" begin insert into "audit" ("what") values ('new ' || new.id); end`,
    ]);
    await repaired(tallShelf, { schema });
    // Those that the rows of the test made when they were inserted.
    expect(count(project.databasePath, 'audit')).toBe(3);
    const triggers = query(
      project.databasePath,
      `select name from sqlite_schema where type = 'trigger'`,
    );
    expect(triggers).toHaveLength(2);
  });

  test('a view on the rebuilt table is named as what is in the way', async () => {
    const schema = sql('pantry', [
      ...pantryTables,
      'create view "labels" as select "label" from "shelf"',
    ]);
    const { first } = await repaired(tallShelf, {
      schema,
      rows: `insert into shelf values (1, 'top')`,
    });
    expect(first.hazards[0]?.what).toContain('view labels');
  });

  test('names that need quotes, rows without a key and generated columns are kept', async () => {
    const schema = sql('odd', [
      'create table "Order" ("id" integer not null primary key, "group by" text not null)',
      'create table "Line ""Item""" ("order id" integer not null references "order" ("id") on delete cascade, "it\'s" text null, "twice" text generated always as ("it\'s" || "it\'s"))',
      'create table "part" ("no" text not null, "id" integer not null, primary key ("no", "id")) without rowid',
      'create table "use" ("id" integer primary key, "no" text, "part" integer, "order_id" integer references "Order" ("id") on delete cascade, foreign key ("no", "part") references "part" ("no", "id"))',
    ]);
    const columns = (rule: string) => [
      '"id" integer not null primary key',
      `"group by" text ${rule}`,
    ];
    const names = ['"id"', '"group by"'];
    const { first } = await repaired(
      sql(
        'odd_change',
        rebuild('Order', columns('null'), names),
        rebuild('Order', columns('not null'), names),
      ),
      {
        schema,
        rows: `insert into "Order" values (1, 'x'); insert into "Line ""Item""" ("order id", "it's") values (1, 'a'), (1, 'a'), (1, null); insert into "part" values ('p', 1); insert into "use" values (1, 'p', 1, 1)`,
      },
    );
    expect(kindsOf(first.hazards)).toEqual(['rows-lost Line "Item"', 'rows-lost use']);
    const line = query(project.databasePath, 'select "twice" from "Line ""Item""" order by rowid');
    expect(line.map(({ twice }) => twice)).toEqual(['aa', 'aa', null]);
  });

  test('no transaction at all keeps the rows, and so does the rehearsal of it', async () => {
    project = makeRehearsal(pantry, tallShelf, rows, { transactional: false });
    const { report, hazards } = await rehearse(project.root);
    expect(hazards).toEqual([]);
    expect(report.verdict).toBe('clean');
  });
});

describe('rows that are in the way', () => {
  test('NOT NULL on a column with NULLs', async () => {
    const columns = (name: string) => [
      '"id" integer not null primary key',
      '"shelf_id" integer not null references "shelf" ("id") on delete cascade',
      `"name" text ${name}`,
      '"price" real null',
    ];
    const names = ['"id"', '"shelf_id"', '"name"', '"price"'];
    const index = 'create index "jar_name_index" on "jar" ("name")';
    const revision = sql(
      'named_jars',
      [...rebuild('jar', columns('not null'), names), index],
      [...rebuild('jar', columns('null'), names), index],
    );
    const { first, second } = await repaired(revision, {
      rows: rows.replace(/insert into note.*/s, ''),
      answer: "'none'",
    });
    expect(first.hazards[0]).toMatchObject({
      kind: 'not-null',
      table: 'jar',
      column: 'name',
      rows: 1,
      keys: ['id = 3'],
    });
    expect(first.hazards[0]?.why).toContain('jar.name');
    expect(first.hazards[0]?.why).not.toContain('__temp_alter');
    expect(kindsOf(second.notices)).toContain('changed-on-purpose jar');
  });

  test('a new NOT NULL column without a value for existing rows', async () => {
    const revision = sql(
      'weight',
      ['alter table "jar" add column "weight" integer not null;'],
      ['alter table "jar" drop column "weight";'],
    );
    const { first } = await repaired(revision, { answer: '7' });
    expect(first.hazards[0]).toMatchObject({ kind: 'not-null', column: 'weight', rows: 3 });
  });

  test('a unique index over duplicates, made different', async () => {
    const revision = sql(
      'unique_names',
      ['create unique index "jar_name_unique" on "jar" ("name");'],
      ['drop index "jar_name_unique";'],
    );
    const { first } = await repaired(revision);
    expect(first.hazards[0]).toMatchObject({
      kind: 'unique',
      table: 'jar',
      column: 'name',
      rows: 1,
      keys: ["id = 2 (name = 'plum')"],
    });
    expect(count(project.databasePath, 'jar')).toBe(3);
  });

  test('a foreign key over orphans', async () => {
    const schema = sql('loose', [
      'create table "shelf" ("id" integer not null primary key, "label" text not null)',
      'create table "jar" ("id" integer not null primary key, "shelf_id" integer null)',
    ]);
    const columns = ['"id" integer not null primary key', '"shelf_id" integer null'];
    const reference =
      'constraint "jar_shelf" foreign key ("shelf_id") references "shelf" ("id") on delete set null';
    const names = ['"id"', '"shelf_id"'];
    const revision = sql(
      'reference',
      rebuild('jar', [...columns, reference], names),
      rebuild('jar', columns, names),
    );
    const { first } = await repaired(revision, {
      schema,
      rows: `insert into shelf values (1, 'top'); insert into jar values (1, 1), (2, 7), (3, 8), (4, null)`,
    });
    expect(first.hazards[0]).toMatchObject({
      kind: 'foreign-key',
      table: 'jar',
      column: 'shelf_id',
      rows: 2,
      keys: ['id = 2 (shelf_id = 7)', 'id = 3 (shelf_id = 8)'],
    });
  });
});

describe('values that are lost', () => {
  test('a rename together with another change: the new column is filled with NULL', async () => {
    const named = (name: string, label: string) => [shelfId, `"${name}" text ${label}`];
    const revision = sql(
      'rename',
      rebuild('shelf', named('title', 'null'), ['"id"', 'null as "title"']),
      rebuild('shelf', named('label', 'null'), ['"id"', 'null as "label"']),
    );
    const schema = sql('shelf', [`create table "shelf" (${named('label', 'null').join(', ')})`]);
    const { first } = await repaired(revision, {
      schema,
      rows: `insert into shelf values (1, 'top'), (2, 'low')`,
    });
    expect(first.hazards[0]).toMatchObject({
      kind: 'rename-lost',
      table: 'shelf',
      column: 'label',
      rows: 2,
    });
    expect(query(project.databasePath, 'select title from shelf')).toEqual([
      { title: 'top' },
      { title: 'low' },
    ]);
  });

  test('the same with NOT NULL fails, and is repaired by copying the values', async () => {
    const schema = sql('shelf', [`create table "shelf" (${shelfId}, "label" text not null)`]);
    const revision = sql(
      'rename',
      rebuild('shelf', [shelfId, '"title" text not null'], ['"id"', 'null as "title"']),
      rebuild('shelf', [shelfId, '"label" text not null'], ['"id"', 'null as "label"']),
    );
    const { first } = await repaired(revision, {
      schema,
      rows: `insert into shelf values (1, 'top'), (2, 'low')`,
    });
    expect(first.hazards[0]).toMatchObject({ kind: 'rename-lost', column: 'title' });
  });

  test('a table rename that was drafted as drop and create', async () => {
    const revision = sql(
      'remark',
      [
        'create table "remark" ("id" integer not null primary key, "jar_id" integer null references "jar" ("id") on delete set null, "text" text not null);',
        'create index "remark_jar_index" on "remark" ("jar_id");',
        'drop table "note";',
      ],
      [
        'create table "note" ("id" integer not null primary key, "jar_id" integer null references "jar" ("id") on delete set null, "text" text not null);',
        'drop table "remark";',
      ],
    );
    const { first } = await repaired(revision);
    expect(first.hazards[0]).toMatchObject({ kind: 'table-rename-lost', table: 'note', rows: 3 });
    expect(count(project.databasePath, 'remark')).toBe(3);
  });

  test('a conversion that cuts', async () => {
    const jar = (price: string) => [
      '"id" integer not null primary key',
      '"shelf_id" integer not null references "shelf" ("id") on delete cascade',
      '"name" text null',
      `"price" ${price} null`,
    ];
    const index = 'create index "jar_name_index" on "jar" ("name")';
    const schema = sql(
      'pantry',
      pantryTables.filter((step) => !step.includes('"note"')),
    );
    const revision = sql(
      'whole_prices',
      [
        ...rebuild('jar', jar('integer'), [
          '"id"',
          '"shelf_id"',
          '"name"',
          'cast("price" as integer) as "price"',
        ]),
        index,
      ],
      [...rebuild('jar', jar('real'), ['"id"', '"shelf_id"', '"name"', '"price"']), index],
    );
    const { first } = await repaired(revision, {
      schema,
      rows: rows.replace(/insert into note.*/s, ''),
    });
    expect(first.hazards[0]).toMatchObject({
      kind: 'narrowed',
      table: 'jar',
      column: 'price',
      rows: 2,
      keys: ['id = 1', 'id = 2'],
    });
  });
});

describe('what a rebuild leaves out', () => {
  const schema = sql('strict', [
    'create table "shelf" ("id" integer not null primary key, "label" text not null collate nocase, "width" integer) strict',
    'create index "shelf_lower" on "shelf" (lower("label")) where "width" is not null',
    'create table "audit" ("id" integer not null primary key, "what" text not null)',
    `create trigger "shelf_new" after insert on "shelf" begin insert into "audit" ("what") values (new."label"); end`,
  ]);
  const columns = (width: string) => [
    '"id" integer not null primary key',
    '"label" text not null',
    `"width" integer ${width}`,
  ];
  const names = ['"id"', '"label"', '"width"'];
  const widen = rebuild('shelf', columns('default 1'), names);
  const narrow = rebuild('shelf', columns('null'), names);
  const revision = sql('width', widen, narrow);

  test('indexes, triggers, STRICT and collations are named one by one, and can all be repaired', async () => {
    project = makeRehearsal(schema, revision, `insert into shelf values (1, 'Top', 7)`);
    const first = await rehearse(project.root);
    const lost = first.hazards
      .filter(({ kind }) => kind === 'objects-lost')
      .map(({ what }) => what);
    expect(lost).toEqual([
      'The index shelf_lower of shelf is lost.',
      'The trigger shelf_new of shelf is lost.',
      'Table shelf loses STRICT, the collation nocase of label.',
    ]);
    for (let round = 0; round < 3; round++) applyRepair(project, await rehearse(project.root));
    const last = await rehearse(project.root);
    expect(last.hazards).toEqual([]);
    expect(last.report.verdict).toBe('clean');
  });

  test('a dropped index that the revision drops by name is no loss', async () => {
    const on = sql('width', ['drop index "shelf_lower"', 'drop trigger "shelf_new"', ...widen]);
    project = makeRehearsal(schema, on, `insert into shelf values (1, 'Top', 7)`);
    const { hazards } = await rehearse(project.root);
    expect(hazards.filter(({ what }) => /index|trigger/.test(what))).toEqual([]);
  });

  test('the numbers of deleted rows are not given out again', async () => {
    const { first } = await repaired(
      sql(
        'shelf',
        rebuild('shelf', [shelfId, '"label" text null'], ['"id"', '"label"']),
        rebuild('shelf', [shelfId, '"label" text not null'], ['"id"', '"label"']),
      ),
      {
        schema: sql('shelf', [`create table "shelf" (${shelfId}, "label" text not null)`]),
        rows: `insert into shelf values (1, 'top'), (9, 'gone'); delete from shelf where id = 9`,
      },
    );
    expect(first.hazards[0]).toMatchObject({ kind: 'sequence', table: 'shelf' });
  });
});

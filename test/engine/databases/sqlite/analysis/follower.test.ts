/** A run that follows references by itself does what SQLite does, which is the measure here. */

import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { Follower } from '../../../../../source/engine/databases/sqlite/analysis/follower.ts';

type Rows = Readonly<Record<string, readonly unknown[]>>;

function rowsOf(database: DatabaseSync): Rows {
  const tables = database
    .prepare(`select name from sqlite_schema where type = 'table' order by name`)
    .all();
  return Object.fromEntries(
    tables.map(({ name }) => [
      String(name),
      database.prepare(`select * from "${name}" order by 1, 2`).all(),
    ]),
  );
}

/** What SQLite leaves that follows references, and what the follower leaves where it follows none. */
async function both(
  schema: string,
  statements: readonly string[],
  { transaction = true, behind = [] as readonly string[] } = {},
) {
  using real = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  using other = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  for (const database of [real, other]) database.exec(schema);
  real.exec('pragma foreign_keys = on');
  const tables = Object.keys(rowsOf(other)).map((name) => {
    const columns = other.prepare('select name from pragma_table_info(?)').all(name);
    return [name, { columns: columns.map((column) => String(column.name)), rows: 0 }] as const;
  });
  const follower = new Follower(new Map(tables), () => behind);
  const query = async <Row>(sql: string) => other.prepare(sql).all() as Row[];
  if (transaction) for (const database of [real, other]) database.exec('begin');
  for (const sql of statements) {
    real.exec(sql);
    await follower.before(sql, query);
    other.exec(sql);
    await follower.after(sql, query);
    if (/foreign_keys/.test(sql)) other.exec('pragma foreign_keys = off');
  }
  if (transaction) for (const database of [real, other]) database.exec('commit');
  expect(follower.problem).toBeNull();
  expect(other.prepare(`select count(*) as n from temp.sqlite_schema`).get()?.n).toBe(0);
  return [rowsOf(real), rowsOf(other)] as const;
}

async function expectSame(...[schema, statements, how]: Parameters<typeof both>): Promise<void> {
  const [real, followed] = await both(schema, statements, how);
  expect(followed).toEqual(real);
}

const family = (actions: string) => `
  create table p (id integer primary key, code text unique, note text);
  create table c (id integer primary key, p_id integer default 2 references p (id) ${actions}, n integer);
  create table g (id integer primary key, c_id integer references c (id) on delete cascade on update cascade);
  insert into p values (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z');
  insert into c values (1, 1, 1), (2, 1, 2), (3, 2, 3), (4, null, 4), (5, 3, 5);
  insert into g values (1, 1), (2, 3), (3, null), (4, 5);`;

const actions = ['cascade', 'set null', 'set default', 'no action'];

describe('each action', () => {
  test.each(actions)('on delete %s', async (action) => {
    const free = action === 'no action' ? ['delete from c where p_id = 1'] : [];
    await expectSame(family(`on delete ${action}`), [
      ...free,
      'delete from p where id = 1',
      'update c set n = n + 1',
    ]);
  });

  test.each(actions)('on update %s', async (action) => {
    const free = action === 'no action' ? ['update c set p_id = null where p_id <> 2'] : [];
    await expectSame(family(`on update ${action}`), [
      ...free,
      'update p set id = id + 500 where id <> 2',
      `update p set note = 'other'`,
      'update c set id = -id',
    ]);
  });

  test('a key that a row on conflict gets', async () => {
    await expectSame(family('on update cascade'), [
      `insert into p values (7, 'a', 'q') on conflict (code) do update set id = excluded.id`,
    ]);
  });
});

describe('chains', () => {
  const actions = 'on delete cascade on update cascade';
  test('composite keys, of which one row follows another', async () => {
    await expectSame(
      `create table p (x integer, y text collate nocase, primary key (x, y)) without rowid;
       create table c (x integer, y text, n integer, primary key (x, y, n), foreign key (x, y) references p ${actions});
       create table g (id integer primary key, x integer, y text, n integer, foreign key (x, y, n) references c ${actions});
       insert into p values (1, 'a'), (1, 'b'), (2, 'a');
       insert into c values (1, 'A', 1), (1, 'b', 1), (2, 'a', 1), (2, 'a', 2);
       insert into g values (1, 1, 'A', 1), (2, 2, 'a', 2), (3, null, 'a', 1)`,
      [`update p set y = 'q' where x = 2`, `delete from p where y = 'a'`, 'update p set x = -x'],
    );
  });

  test('rows that refer to their own table, down to the last', async () => {
    await expectSame(
      `create table t (id integer primary key, up integer references t (id) ${actions});
       create table leaf (id integer primary key, t_id integer references t (id) on delete set null on update set null);
       insert into t values (1, null), (2, 1), (3, 2), (4, 3), (5, 4), (6, null), (7, 6), (8, 8);
       insert into leaf select id, id from t`,
      [
        'delete from t where id = 2',
        'update t set id = 60 where id = 6',
        'delete from t where id = 8',
      ],
    );
  });

  test('tables that refer to each other', async () => {
    await expectSame(
      `create table a (id integer primary key, b_id integer references b (id) on delete cascade deferrable initially deferred);
       create table b (id integer primary key, a_id integer references a (id) on delete cascade);
       insert into a values (1, 1), (2, 2), (3, null); insert into b values (1, 2), (2, 3), (3, 1)`,
      ['delete from a where id = 3'],
    );
  });
});

describe('a table that is dropped', () => {
  test.each(actions.slice(0, 3))('for good, on delete %s', async (action) => {
    const rest = action === 'set default' ? ['update c set p_id = null'] : [];
    await expectSame(family(`on delete ${action}`), [...rest, 'drop table p']);
  });

  test('fires triggers of what refers to it, and none of its own', async () => {
    await expectSame(
      `${family('on delete cascade')}
       create table log (n integer primary key, what text);
       create trigger gone after delete on p begin insert into log (what) values ('p ' || old.id); end;
       create trigger went after delete on c begin insert into log (what) values ('c ' || old.id); end`,
      ['drop table p'],
    );
  });

  test('after another one of its name was rebuilt', async () => {
    const [, followed] = await both(family('on delete cascade'), [
      'create table q (id integer primary key)',
      'insert into q select id from p',
      'drop table p',
      'alter table q rename to p',
      'insert into c values (7, 3, 7)',
      'drop table p',
    ]);
    expect(followed.c).toEqual([{ id: 4, p_id: null, n: 4 }]);
  });
});

test('triggers see rows as SQLite lets them', async () => {
  await expectSame(
    `${family('on delete cascade')}
     create table log (n integer primary key, what text);
     create trigger gone after delete on p begin
       insert into log (what) values ('p ' || old.id || ' has ' || (select count(*) from c where p_id = old.id));
     end;
     create trigger going before delete on c begin
       insert into log (what) values ('c ' || old.id || ' of ' || (select count(*) from p));
     end;
     create trigger keeps before delete on p when old.id = 3 begin select raise(ignore); end`,
    ['delete from p'],
  );
});

test('a trigger of its own kind is not made recursive where nothing has to be', async () => {
  await expectSame(
    `create table t (id integer primary key, up integer references t (id) on delete set null, changed integer default 0);
     create trigger touched after update on t begin update t set changed = changed + 1 where id = new.id; end;
     insert into t (id, up) values (1, null), (2, 1), (3, 2)`,
    ['delete from t where id = 1', 'delete from t where id = 2'],
  );
});

test('a statement through a view means the tables behind it', async () => {
  await expectSame(
    `${family('on delete cascade')} create view shown as select id from p;
     create trigger deletes instead of delete on shown begin delete from p where id = old.id; end`,
    ['delete from shown where id = 1'],
    { behind: ['p'] },
  );
});

describe('not followed', () => {
  const copied = [
    'create table q (id integer primary key, code text unique, note text)',
    'insert into q select * from p',
    'drop table p',
    'alter table q rename to p',
  ];
  test.each([
    ['what a replaced row takes along', [`insert or replace into p values (1, 'a', 'new')`]],
    ['what a rebuild takes along', copied],
  ])('%s', async (_, statements) => {
    const schema = family('on delete cascade');
    const [real, followed] = await both(schema, statements);
    expect(followed.c).toHaveLength(5);
    expect(followed.c).not.toEqual(real.c);
  });

  test('what happens while the revision has it switched off, which it can outside a transaction', async () => {
    const off = ['pragma foreign_keys = off', 'delete from p where id = 1'];
    const on = ['pragma foreign_keys = on', 'delete from p where id = 2'];
    const schema = family('on delete cascade');
    await expectSame(schema, [...off, ...on], { transaction: false });
    await expectSame(schema, [...off, ...on]);
  });
});

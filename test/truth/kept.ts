/** Cases on which Handrail and the oracle disagreed once, made as small as they could be. */

import type { Case, Statement } from './case.ts';
import type { Expected } from './expectation.ts';

export interface KeptCase extends Case {
  readonly label: string;
  /** Of its last revision, or of the run of all if there are several. */
  readonly verdict: Expected;
}

interface Facts {
  readonly setup: readonly string[];
  readonly up: readonly Statement[];
  readonly down?: readonly Statement[];
  /** Tables that it drops; the others stay what they are. */
  readonly drops?: readonly string[];
  /** What a second revision sends. */
  readonly second?: readonly Statement[];
}

/** A statement that names tables. */
const naming = (names: string, sql: string): Statement => ({
  sql,
  names: names.split(' ').filter(Boolean),
});

function kept(
  driver: Case['driver'],
  label: string,
  verdict: Expected,
  { setup, up, down = [], drops = [], second }: Facts,
): KeptCase {
  const tables = setup.flatMap((sql) => {
    const [, name, columns] = /^create table (\w+) \((.*)\)/.exec(sql) ?? [];
    return name && columns ? [{ name, columns }] : [];
  });
  const fates = Object.fromEntries(
    tables.map(({ name, columns }) => [
      name,
      {
        now: drops.includes(name) ? null : name,
        columns: Object.fromEntries(
          columns.split(', ').map((each) => [each.split(' ')[0], each.split(' ')[0]]),
        ),
        converted: [],
        computed: [],
        renamed: false,
      },
    ]),
  );
  const revisions = [{ up, down, fates }, ...(second ? [{ up: second, down: [], fates }] : [])];
  return { driver, label, verdict, setup, revisions, allOrNothing: true };
}

const family = (action: string) => [
  'create table p (id integer primary key, tag text not null)',
  `create table c (id integer primary key, tag text not null, p_id integer references p on delete ${action})`,
  "insert into p values (1, 'p1'), (2, 'p2')",
  "insert into c values (1, 'c1', 1), (2, 'c2', 2)",
];

/** Of the parent in {@link family}. */
const REBUILT = [
  naming('n', 'create table n (id integer primary key, tag text not null)'),
  naming('n', 'insert into n select * from p'),
  naming('p', 'drop table p'),
  naming('p', 'alter table n rename to p'),
];

/** A table that refers to itself. */
const TREE_REBUILT = [
  naming(
    'n',
    'create table n (id integer primary key, tag text not null, up integer references t (id) on delete cascade)',
  ),
  naming('n', 'insert into n select * from t'),
  naming('t', 'drop table t'),
  naming('t', 'alter table n rename to t'),
];

export const KEPT: readonly KeptCase[] = [
  kept(
    'sqlite',
    'rows go with the rows that they refer to, on a database without a record',
    'clean',
    {
      setup: family('cascade'),
      up: [naming('p', 'delete from p where id = 1')],
    },
  ),
  kept('sqlite', 'a key is replaced, and takes rows that refer to it along', 'hazards', {
    setup: family('cascade'),
    up: [naming('p', "insert or replace into p (id, tag) values (1, 'new')")],
  }),
  kept('sqlite', 'a parent is dropped for good', 'clean', {
    setup: family('set null'),
    up: [naming('p', 'drop table p')],
    down: [naming('p', 'create table p (id integer primary key, tag text not null)')],
    drops: ['p'],
  }),
  kept('sqlite', 'a parent is renamed away, and its references with it', 'hazards', {
    setup: family('cascade'),
    up: [
      naming('p', 'alter table p rename to p_old'),
      naming('p', 'create table p (id integer primary key, tag text not null)'),
      naming('p', 'insert into p select * from p_old'),
      naming('p_old', 'drop table p_old'),
    ],
  }),
  kept('sqlite', 'rows are copied into an archive', 'clean', {
    setup: [
      'create table t (id integer primary key, tag text not null) strict',
      "insert into t values (1, 't1'), (2, 't2')",
    ],
    up: [
      naming('archive', 'create table archive (tag text not null)'),
      naming('archive', `insert into archive (tag) select 'a' || tag from t where id > 1`),
      naming('t', 'delete from t where id > 1'),
    ],
    down: [naming('archive', 'drop table archive')],
  }),
  kept('sqlite', 'a row gets another key', 'clean', {
    setup: family('no action'),
    up: [naming('c', 'update c set id = 501 where id = 1')],
    down: [naming('c', 'update c set id = 1 where id = 501')],
  }),
  kept('sqlite', 'a row gets another key and is deleted, beside a new one', 'clean', {
    setup: [
      'create table t (id integer primary key, tag text not null)',
      "insert into t values (1, 't1'), (2, 't2')",
    ],
    up: [
      naming('t', "insert into t (id, tag) values (900, 'new')"),
      naming('t', 'update t set id = 502 where id = 2'),
      naming('t', "delete from t where tag = 't2'"),
    ],
    down: [naming('t', "delete from t where tag = 'new'")],
  }),
  kept('sqlite', 'a tree is rebuilt, and what it was lost for is replaced', 'hazards', {
    setup: [
      'create table t (id integer primary key, tag text not null, up integer references t (id) on delete cascade)',
      "insert into t values (2, 't2', 2), (1, 't1', 2)",
    ],
    up: [...TREE_REBUILT, naming('t', "replace into t values (2, 'new', 2)")],
  }),
  kept('sqlite', 'a table is filled from one whose rows went with others', 'clean', {
    setup: [
      'create table t (id integer primary key, tag text not null, up integer references t on delete cascade)',
      "insert into t values (1, 't1', 1), (2, 't2', 1)",
    ],
    up: [
      naming('t', 'delete from t where id = 1'),
      naming('n', 'create table n (tag text not null, t_id integer)'),
      naming('n', "insert into n select 'n' || tag, id from t"),
    ],
    down: [naming('n', 'drop table n')],
  }),
  kept('sqlite', 'a row goes with another one, and its key is given to a new one', 'clean', {
    setup: family('cascade'),
    up: [
      naming('p', 'delete from p where id = 1'),
      naming('c', "insert into c values (1, 'new', null) on conflict (id) do update set tag = tag"),
    ],
  }),
  ...['cascade', 'set null'].map((action) =>
    kept('sqlite', `a row is changed, and its parent rebuilt: ${action}`, 'hazards', {
      setup: family(action),
      up: [
        naming('c', "update c set p_id = 2 where tag = 'c1'"),
        naming('p', 'pragma foreign_keys = off'),
        naming('n', 'create table n (id integer primary key, tag text not null)'),
        naming('n', 'insert into n select * from p'),
        naming('p', 'drop table p'),
        naming('p', 'alter table n rename to p'),
        naming('p', 'pragma foreign_keys = on'),
      ],
    }),
  ),
  kept('sqlite', 'a key is replaced before its row is deleted', 'hazards', {
    setup: family('cascade'),
    up: [
      naming('p', "insert or replace into p values (1, 'new')"),
      naming('p', 'delete from p where id = 2'),
    ],
  }),
  kept('sqlite', 'rows are lost in a table where others are deleted by name', 'hazards', {
    setup: family('cascade'),
    up: [
      naming('c', 'delete from c where id = 1'),
      naming('p', "insert or replace into p values (2, 'new')"),
    ],
  }),
  kept('sqlite', 'rows are archived after their parent took them along', 'hazards', {
    setup: family('cascade'),
    up: [
      naming('p', "insert or replace into p values (1, 'new')"),
      naming('n', 'create table n (tag text not null)'),
      naming('n', "insert into n select 'n' || tag from c"),
      naming('c', 'delete from c'),
    ],
    down: [naming('n', 'drop table n')],
  }),
  kept('sqlite', 'a trigger takes rows of a table that no statement names', 'hazards', {
    setup: [
      ...family('no action'),
      'create table log (id integer primary key, tag text not null)',
      "insert into log values (1, 'log1')",
      'create trigger forget after update on c begin delete from log; end',
    ],
    up: [naming('c', "update c set p_id = null where tag = 'c1'")],
  }),
  kept('sqlite', 'a trigger completes the row that a statement names', 'clean', {
    setup: [
      'create table t (id integer primary key, tag text not null, a text, b text)',
      "insert into t values (1, 't1', 'a', 'b')",
      'create trigger completed after update of a on t begin update t set b = new.a where id = new.id; end',
    ],
    up: [naming('t', "update t set a = 'x' where id = 1")],
    down: [naming('t', "update t set a = 'a' where id = 1")],
  }),
  ...['cascade', 'set null'].map((action) =>
    kept(
      'sqlite',
      `rows lost in a rebuild would keep their parent from another key: ${action}`,
      'hazards',
      {
        setup: family(action),
        up: [...REBUILT, naming('p', 'update p set id = id + 500')],
      },
    ),
  ),
  ...['cascade', 'set null'].map((action) =>
    kept(
      'sqlite',
      `rows follow their parent to another key, and it is rebuilt: ${action}`,
      'hazards',
      {
        setup: family(`${action} on update cascade`),
        up: [naming('p', 'update p set id = id + 500'), ...REBUILT],
      },
    ),
  ),
  kept('sqlite', 'rows follow their parent to another key', 'clean', {
    setup: family('cascade on update cascade'),
    up: [naming('p', 'update p set id = id + 500')],
    down: [naming('p', 'update p set id = id - 500')],
  }),
  kept('sqlite', 'a row refers to itself, and gets another key when it is lost', 'hazards', {
    setup: [
      'create table t (id integer primary key, tag text not null, up integer references t on delete cascade)',
      "insert into t values (1, 't1', 1), (2, 't2', 2)",
    ],
    up: [
      naming(
        'n',
        'create table n (id integer primary key, tag text not null, up integer references t on delete cascade)',
      ),
      naming('n', 'insert into n select * from t'),
      naming('t', 'drop table t'),
      naming('t', 'alter table n rename to t'),
      naming('t', 'update t set id = 502 where id = 2'),
    ],
  }),
  kept(
    'sqlite',
    'a new column is filled from rows that went with a table dropped for good',
    'clean',
    {
      setup: family('set null'),
      up: [
        naming('p', 'drop table p'),
        naming('c', 'alter table c add column p_was integer'),
        naming('c', 'update c set p_was = p_id'),
      ],
      down: [
        naming('p', 'create table p (id integer primary key, tag text not null)'),
        naming('c', 'alter table c drop column p_was'),
      ],
      drops: ['p'],
    },
  ),
  kept(
    'sqlite',
    'a trigger that the revision makes completes the rows that a statement names',
    'clean',
    {
      setup: [
        'create table t (id integer primary key, tag text not null, a text, b text)',
        "insert into t values (1, 't1', 'a', 'b')",
      ],
      up: [
        naming(
          't',
          'create trigger completed after update of a on t begin update t set b = new.a where id = new.id; end',
        ),
        naming('t', "update t set a = 'x' where id = 1"),
      ],
      down: [{ sql: 'drop trigger completed', names: [], drops: 'completed' }],
    },
  ),
  kept(
    'sqlite',
    'an index is dropped and made again, and lost in a rebuild after that',
    'hazards',
    {
      setup: [
        'create table t (id integer primary key, tag text not null, a text)',
        "insert into t values (1, 't1', 'a')",
        'create index t_a on t (a)',
      ],
      up: [
        { sql: 'drop index t_a', names: [] },
        naming('t', 'create index t_a on t (a)'),
        naming('n', 'create table n (id integer primary key, tag text not null, a text)'),
        naming('n', 'insert into n select * from t'),
        naming('t', 'drop table t'),
        naming('t', 'alter table n rename to t'),
      ],
      down: [naming('t', 'create index t_a on t (a)')],
    },
  ),
  kept('sqlite', 'rows go with others in a run of two revisions, without a record', 'clean', {
    setup: family('cascade'),
    up: [naming('p', 'delete from p where id = 1')],
    second: [naming('c', 'update c set p_id = null where id = 2')],
  }),
  kept('sqlite', 'a table is dropped that a trigger of another one writes to', 'hazards', {
    setup: [
      'create table t (id integer primary key, tag text not null)',
      'create table log (id integer primary key, tag text not null)',
      "insert into t values (1, 't1')",
      "create trigger audit after delete on t begin insert into log (tag) values ('deleted'); end",
    ],
    up: [naming('log', 'drop table log')],
    down: [naming('log', 'create table log (id integer primary key, tag text not null)')],
    drops: ['log'],
  }),
  kept(
    'sqlite',
    'rows whose values a trigger changed go with a table that is dropped for good',
    'clean',
    {
      setup: [
        'create table p (id integer primary key, tag text not null)',
        'create table c (id integer primary key, tag text not null, a text, p_id integer references p on delete cascade)',
        "insert into p values (1, 'p1')",
        "insert into c values (1, 'c1', 'a', 1), (2, 'c2', 'b', 1)",
        "create trigger touched after update on c begin update c set a = 'touched' where id <> new.id; end",
      ],
      up: [naming('c', "update c set a = 'x' where id = 2"), naming('p', 'drop table p')],
      down: [naming('p', 'create table p (id integer primary key, tag text not null)')],
      drops: ['p'],
    },
  ),
  kept('sqlite', 'rows in a circle go with one that is put back', 'hazards', {
    setup: [
      'create table p (id integer primary key, tag text not null)',
      'create table a (id integer primary key, tag text not null, b_id integer references b on delete cascade, p_id integer references p on delete cascade)',
      'create table b (id integer primary key, tag text not null, a_id integer references a on delete cascade)',
      'pragma defer_foreign_keys = on',
      "insert into p values (1, 'p1')",
      "insert into a values (1, 'a1', null, 1)",
      "insert into b values (1, 'b1', 1)",
      'update a set b_id = 1',
    ],
    up: [
      naming('kept', 'create table kept as select * from p'),
      naming('p', 'delete from p'),
      naming('p', 'insert into p select * from kept'),
      naming('kept', 'drop table kept'),
    ],
  }),
  kept('sqlite', 'a row is taken by a rebuild and made anew where a trigger takes it', 'hazards', {
    setup: [
      'create table t (id integer primary key, tag text not null, a text, up integer references t (id) on delete cascade)',
      "insert into t values (1, 't1', 'a', 1)",
      "create trigger forget after update on t begin delete from t where tag = 't1'; end",
    ],
    up: [
      naming(
        'n',
        'create table n (id integer primary key, tag text not null, a text, up integer references t (id) on delete cascade)',
      ),
      naming('n', 'insert into n select * from t'),
      naming('t', 'drop table t'),
      naming('t', 'alter table n rename to t'),
      naming(
        '',
        "create trigger forget after update on t begin delete from t where tag = 't1'; end",
      ),
      naming(
        't',
        "insert into t values (1, 't2', 'b', null) on conflict (id) do update set a = excluded.a",
      ),
    ],
  }),
  kept('sqlite', 'a trigger acts for another row, which a reference changed', 'hazards', {
    setup: [
      'create table p (id integer primary key, tag text not null)',
      'create table c (id integer primary key, tag text not null, a text, p_id integer references p on delete set null)',
      "insert into p values (1, 'p1'), (2, 'p2')",
      "insert into c values (1, 'c1', 'a', 1), (2, 'c2', 'b', 2)",
      "create trigger touched after update on c begin update c set a = 'touched' where id <> new.id; end",
    ],
    up: [naming('p', 'delete from p')],
  }),
  kept('sqlite', 'new rows are numbered by how many there are', 'clean', {
    setup: [
      ...family('cascade'),
      "insert into p values (3, 'p3')",
      "insert into c values (3, 'c3', 3)",
    ],
    up: [
      naming('p', 'delete from p where id = 1'),
      naming(
        'n',
        'create table n (id integer primary key, tag text not null, c_id integer references c on delete cascade)',
      ),
      naming(
        'n',
        "insert into n select (select count(*) from c o where o.id <= c.id), 'n-' || tag, id from c",
      ),
    ],
    down: [naming('n', 'drop table n')],
  }),
  kept(
    'sqlite',
    'a key is changed of no row, and a new row has one of those that were deleted',
    'clean',
    {
      setup: family('no action')
        .slice(0, 2)
        .concat("insert into c values (1, 'c1', null), (2, 'c2', null)"),
      up: [
        naming('c', 'delete from c'),
        naming('c', 'update c set id = 501 where id = 1'),
        naming('c', "insert into c values (2, 'c3', null)"),
      ],
    },
  ),
  kept('sqlite', 'a column is given other values by two copies, one after the other', 'hazards', {
    setup: [
      'create table p (id integer primary key, tag text not null, a integer)',
      "insert into p values (1, 'p1', 7)",
    ],
    up: [4, 5].flatMap((value) => [
      naming('n', 'create table n (id integer primary key, tag text not null, a integer)'),
      naming('n', `insert into n (id, tag, a) select id, tag, ${value} from p`),
      naming('p', 'drop table p'),
      naming('p', 'alter table n rename to p'),
    ]),
  }),
  kept('sqlite', 'rows that are put aside and back go with a table that is dropped', 'clean', {
    setup: family('cascade'),
    up: [
      naming('kept', 'create table kept as select * from c'),
      naming('c', 'delete from c'),
      naming('c', 'insert into c select * from kept'),
      naming('kept', 'drop table kept'),
      naming('p', 'drop table p'),
    ],
    down: [naming('p', 'create table p (id integer primary key, tag text not null)')],
    drops: ['p'],
  }),
  kept('sqlite', 'a trigger would take a row that went with another one before', 'clean', {
    setup: [
      ...family('cascade'),
      'create table log (id integer primary key, tag text not null, a text)',
      "insert into log values (1, 'log1', 'a')",
      'create trigger forget after update on log begin delete from c where id = 1; end',
    ],
    up: [naming('p', 'delete from p where id = 1'), naming('log', "update log set a = 'b'")],
  }),
  kept(
    'sqlite',
    'a trigger would take a row that a rebuild took, with one that refers to it',
    'hazards',
    {
      setup: [
        'create table t (id integer primary key, tag text not null, up integer references t (id) on delete cascade)',
        "insert into t values (1, 't1', null), (2, 't2', 1)",
        'create table log (id integer primary key, tag text not null, a text)',
        "insert into log values (1, 'log1', 'a')",
        'update t set up = 2 where id = 1',
        'create trigger forget after update on log begin delete from t where id = 1; end',
      ],
      up: [
        { sql: 'drop trigger forget', names: [], drops: 'forget' },
        ...TREE_REBUILT,
        naming(
          'log',
          'create trigger forget after update on log begin delete from t where id = 1; end',
        ),
        naming('log', "update log set a = 'b'"),
      ],
    },
  ),
  kept(
    'sqlite',
    'a tree is rebuilt, refers to nothing any more, and a key is replaced',
    'hazards',
    {
      setup: [
        'create table t (id integer primary key, tag text not null, up integer references t (id) on delete cascade)',
        "insert into t values (1, 't1', 1), (2, 't2', 3), (3, 't3', 1)",
      ],
      up: [
        ...TREE_REBUILT,
        naming('t', "replace into t values (3, 'new', null)"),
        naming('n', 'create table n (id integer primary key, tag text not null, up integer)'),
        naming('n', 'insert into n select * from t'),
        naming('t', 'drop table t'),
        naming('t', 'alter table n rename to t'),
      ],
    },
  ),
  kept(
    'sqlite',
    'a rebuild takes rows that refer to nothing when their parent is deleted',
    'hazards',
    {
      setup: family('cascade'),
      up: [
        ...REBUILT,
        naming('n', 'create table n (id integer primary key, tag text not null, p_id integer)'),
        naming('n', 'insert into n select * from c'),
        naming('c', 'drop table c'),
        naming('c', 'alter table n rename to c'),
        naming('p', 'delete from p'),
      ],
    },
  ),
  kept('sqlite', 'a key is replaced, and what took its place gets another one', 'hazards', {
    setup: family('cascade on update cascade'),
    up: [
      naming('p', "insert or replace into p values (1, 'new')"),
      naming('p', 'update p set id = id + 500'),
    ],
    down: [naming('p', 'update p set id = id - 500')],
  }),
  kept('sqlite', 'a new table refers to one that is renamed away and dropped', 'hazards', {
    setup: [
      'create table p (id integer primary key, tag text not null)',
      "insert into p values (1, 'p1'), (2, 'p2')",
    ],
    up: [
      naming(
        'c',
        'create table c (tag text not null, p_id integer references p on delete cascade)',
      ),
      naming('c', "insert into c select 'c' || tag, id from p"),
      naming('p', 'alter table p rename to p_old'),
      naming('p', 'create table p (id integer primary key, tag text not null)'),
      naming('p', 'insert into p select * from p_old'),
      naming('p_old', 'drop table p_old'),
    ],
    down: [naming('c', 'drop table c')],
  }),
  kept('sqlite', 'a copy gives a column other values, and the row is replaced', 'clean', {
    setup: [
      'create table t (id integer primary key, tag text not null, a text)',
      "insert into t values (1, 't1', 'a')",
    ],
    up: [
      naming('n', 'create table n (id integer primary key, tag text not null, a text)'),
      naming('n', "insert into n select id, tag, 'same' from t"),
      naming('t', 'drop table t'),
      naming('t', 'alter table n rename to t'),
      naming('t', "replace into t values (1, 'new', 'b')"),
    ],
  }),
  kept('sqlite', 'a copy gives a column other values, and another row is put there', 'hazards', {
    setup: [
      'create table t (id integer primary key, tag text not null, a text)',
      "insert into t values (1, 't1', 'a')",
    ],
    up: [
      naming('n', 'create table n (id integer primary key, tag text not null, a text)'),
      naming('n', "insert into n select id, tag, 'same' from t"),
      naming('t', 'drop table t'),
      naming('t', 'alter table n rename to t'),
      naming('t', "replace into t values (2, 'new', 'b')"),
    ],
  }),
  kept('sqlite', 'rows are archived and deleted, some of which went with others before', 'clean', {
    setup: family('cascade'),
    up: [
      naming('c', "insert into c values (900, 'new', null)"),
      naming('p', 'delete from p'),
      naming('n', 'create table n (tag text not null)'),
      naming('n', "insert into n select 'n' || tag from c where id = 2"),
      naming('c', 'delete from c where id = 2'),
    ],
    down: [naming('n', 'drop table n'), naming('c', 'delete from c where id = 900')],
  }),
  kept('sqlite', 'rows go with a dropped table, and the reference between them ends', 'hazards', {
    setup: [
      ...family('cascade'),
      'create table d (id integer primary key, tag text not null, c_id integer references c on delete cascade)',
      "insert into d values (1, 'd1', 1)",
    ],
    up: [
      naming('p', 'drop table p'),
      naming('c', 'alter table c add column a text'),
      naming('c', "update c set a = 'x'"),
      naming('n', 'create table n (id integer primary key, tag text not null, c_id integer)'),
      naming('n', 'insert into n select * from d'),
      naming('d', 'drop table d'),
      naming('d', 'alter table n rename to d'),
    ],
    down: [
      naming('p', 'create table p (id integer primary key, tag text not null)'),
      naming('c', 'alter table c drop column a'),
    ],
    drops: ['p'],
  }),
  kept('sqlite', 'a parent is renamed away and dropped, and its rows deleted then', 'hazards', {
    setup: family('cascade'),
    up: [
      naming('p', 'alter table p rename to p_old'),
      naming('p', 'create table p (id integer primary key, tag text not null)'),
      naming('p', 'insert into p select * from p_old'),
      naming('p_old', 'drop table p_old'),
      naming('p', 'delete from p'),
    ],
  }),
  kept('sqlite', 'a parent is replaced, renamed and dropped for good', 'clean', {
    setup: family('cascade'),
    up: [naming('p', 'alter table p rename to p_old')],
    second: [
      naming('p_old', "insert or replace into p_old values (1, 'p1')"),
      naming('p_old', 'drop table p_old'),
    ],
    drops: ['p'],
  }),
  kept('sqlite', 'a parent is rebuilt, and dropped for good later', 'hazards', {
    setup: [
      ...family('cascade'),
      'create table d (id integer primary key, tag text not null, p_id integer references p)',
      "insert into d values (1, 'd1', null)",
    ],
    up: [
      naming('p', 'create table p_new (id integer primary key, tag text not null)'),
      naming('p', 'insert into p_new select * from p'),
      naming('p', 'drop table p'),
      naming('p', 'alter table p_new rename to p'),
      naming('c', 'update c set p_id = null'),
      naming('p', 'drop table p'),
    ],
    down: [naming('p', 'create table p (id integer primary key, tag text not null)')],
    drops: ['p'],
  }),
  kept('sqlite', 'a trigger of what goes with a row fills a value that was NULL', 'hazards', {
    setup: [
      'create table p (id integer primary key, tag text not null)',
      'create table c (id integer primary key, tag text not null, p_id integer references p on delete cascade, a text)',
      "insert into p values (1, 'p1')",
      "insert into c values (1, 'c1', 1, 'a'), (2, 'c2', null, null)",
      "create trigger went after delete on c begin update c set a = 'went' where id <> old.id; end",
    ],
    up: [naming('p', 'delete from p where id = 1')],
  }),
  kept('sqlite', 'a parent is put back, and gets another key then', 'hazards', {
    setup: family('cascade'),
    up: [
      naming('p', 'create table p_kept as select * from p'),
      naming('p', 'delete from p'),
      naming('p', 'insert into p select * from p_kept'),
      naming('p_kept', 'drop table p_kept'),
      naming('p', 'update p set id = 500 where id = 1'),
      naming('p', 'update p set id = 501 where id = 500'),
      naming('p', 'delete from p where id = 2'),
    ],
  }),
  kept('sqlite', 'one of two references is emptied by a row that is there again', 'hazards', {
    setup: [
      'create table p (id integer primary key, tag text not null)',
      'create table c (id integer primary key, tag text not null, a integer references p on delete set null, b integer references p on delete set null)',
      "insert into p values (1, 'p1'), (2, 'p2')",
      "insert into c values (1, 'c1', 1, 2)",
    ],
    up: [naming('p', 'delete from p'), naming('p', "insert into p values (1, 'p3')")],
  }),
  kept('sqlite', 'a parent is replaced and dropped, and the reference done away with', 'clean', {
    setup: family('cascade'),
    up: [
      naming('p', "replace into p values (1, 'p3')"),
      naming('p', 'drop table p'),
      naming('c', 'create table c_new (id integer primary key, tag text not null, p_id integer)'),
      naming('c', 'insert into c_new select * from c'),
      naming('c', 'drop table c'),
      naming('c', 'alter table c_new rename to c'),
    ],
    down: [
      naming('p', 'create table p (id integer primary key, tag text not null)'),
      naming(
        'c',
        'create table c_new (id integer primary key, tag text not null, p_id integer references p on delete cascade)',
      ),
      naming('c', 'insert into c_new select * from c'),
      naming('c', 'drop table c'),
      naming('c', 'alter table c_new rename to c'),
    ],
    drops: ['p'],
  }),
  kept('postgresql', 'rows are deleted by name, and the others truncated along', 'hazards', {
    setup: family('cascade'),
    up: [naming('c', 'delete from c where id = 1'), naming('p', 'truncate p cascade')],
  }),
  kept('postgresql', 'all rows are deleted by name before a truncation along', 'clean', {
    setup: family('cascade'),
    up: [naming('c', 'delete from c'), naming('p', 'truncate p cascade')],
  }),
  kept('postgresql', 'another row is written under the key of a deleted one', 'clean', {
    setup: family('set null'),
    up: [naming('c', 'delete from c')],
    second: [naming('c', "insert into c (id, tag) values (2, 'new') on conflict do nothing")],
  }),
  kept('postgresql', 'code takes a row, and a statement all that are left', 'open', {
    setup: [
      ...family('cascade'),
      "create function forget() returns void language sql as 'delete from p where id = 1'",
    ],
    up: [naming('', 'select forget()'), { sql: 'delete from p', names: ['p'], empties: true }],
  }),
  kept('postgresql', 'a key is written that its sequence is yet to give out', 'hazards', {
    setup: [
      'create table p (id serial primary key, tag text not null)',
      "insert into p (tag) values ('p1')",
    ],
    up: [naming('p', "insert into p values (5, 'p5')")],
    down: [naming('p', 'delete from p where id = 5')],
  }),
  kept('postgresql', 'code changes values of rows that statements delete', 'clean', {
    setup: [
      ...family('cascade'),
      'alter table c add note text',
      "create function note() returns void language sql as $$ update c set note = 'x' $$",
    ],
    up: [naming('', 'select note()'), naming('c', 'delete from c')],
  }),
  kept('postgresql', 'code takes a row, and a reference another one with it', 'hazards', {
    setup: [
      ...family('cascade'),
      "create function forget() returns void language sql as 'delete from p where id = 1'",
    ],
    up: [naming('', 'select forget()')],
  }),
  kept('postgresql', 'a reference is dropped along with its parent', 'hazards', {
    setup: family('cascade'),
    up: [naming('c', 'update c set p_id = null'), naming('p', 'drop table p cascade')],
    down: [
      naming('p', 'create table p (id integer primary key, tag text not null)'),
      naming('c', 'alter table c add foreign key (p_id) references p on delete cascade'),
    ],
    drops: ['p'],
  }),
];

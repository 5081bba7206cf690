import { describe, expect, test } from 'vitest';
import { cutParameter, shownSql, withoutLiterals } from '../../source/text/literals.ts';

const long = 'y'.repeat(200);

describe('policy none', () => {
  test.each([
    ["select 'a', 'it''s', ''", "select '…', '…', '…'"],
    ["select E'it\\'s', e'\\\\', 'x'", "select '…', '…', '…'"],
    ["select 'back\\', 'x'", "select '…', '…'"],
    ["select x'ab', X'AB', b'01', N'n', U&'\\0061'", "select '…', '…', '…', '…', '…'"],
    ['select $$a$$, $t$ b $$ c $t$, 1', "select '…', '…', ?"],
    ['where id = $1 and b = ?2 and c = ? and d = :name', null],
    ['select 1, -2, 3.5, .5, 1e10, 1.5E-3, 0xFF, 1_000', 'select ?, -?, ?, ?, ?, ?, ?, ?'],
    ['select 5-3, 1 .2, 2e+1', 'select ?-?, ? ?, ?'],
    [
      'select t1.c2, _3, naïve4, tab$5$x$5$ from "t 1"',
      'select t1.c2, _3, naïve4, tab$5$x$5$ from "…"',
    ],
    [
      'create table `t 1` ("col_2" varchar(255), [a b] text)',
      'create table `t 1` ("col_2" varchar(?), [a b] text)',
    ],
    ['select `a``1`, "Ada Lovelace", "a""b"', 'select `a``1`, "…", "…"'],
    ["insert into [it's] values ('x')", "insert into [it's] values ('…')"],
    [
      "select array['a', 'b'], ARRAY ['c'], [['d']], a[1], (b)[2]",
      "select array['…', '…'], ARRAY ['…'], [['…']], a[?], (b)[?]",
    ],
    ["select a['key'] from [t 1]; select [c d]", "select a['…'] from [t 1]; select [c d]"],
    ["select 1 -- it's 5\n, 2", 'select ? /* … */\n, ?'],
    ["select /* it's /* nested */ 'x' */ 1 /", 'select /* … */ ? /'],
    ["select 'unterminated", "select '…'"],
    ["select E'unterminated\\'", "select '…'"],
    ['select $a$unterminated $$', "select '…'"],
    ['select /* unterminated /* */', 'select /* … */'],
    ['select "unterminated', 'select "…"'],
    ['select `unterminated', null],
    ['select [unterminated', null],
    ["json ->> 'k' - 1 #> '{a}'", "json ->> '…' - ? #> '…'"],
    ["like'x' and notE'y\\'", "like'…' and notE'…'"],
    ['', null],
  ])('%s', (sql, kept) => {
    expect(withoutLiterals(sql, 'none')).toBe(kept ?? sql);
  });
});

describe('policy cut', () => {
  test.each([
    ["insert into t values (12345, 'short', x'ab', \"name\") -- comment"],
    [`select '${'y'.repeat(64)}'`],
    [`select ${'9'.repeat(200)}, "${long}", \`${long}\`, /* ${long} */ ${long}`],
    [`select $t$${'y'.repeat(64)}$t$`],
  ])('keeps %s', (sql) => {
    expect(withoutLiterals(sql, 'cut')).toBe(sql);
  });

  const begun = 'y'.repeat(63);
  test.each([
    [`('${long}', 1)`, `('${begun}…' /* 200 characters */, 1)`],
    [`E'${long}'`, `E'${begun}…' /* 200 characters */`],
    [`U&'${long}'`, `U&'${begun}…' /* 200 characters */`],
    [`$fn$${long}$fn$`, `$fn$${begun}…$fn$ /* 200 characters */`],
    [`'${long}`, `'${begun}…' /* 200+ characters */`],
    [`$$${long}`, `$$${begun}…$$ /* 200+ characters */`],
    // Never half of what belongs together.
    [`'${'y'.repeat(62)}''''${long}'`, `'${'y'.repeat(62)}…' /* 266 characters */`],
    [`E'${'y'.repeat(62)}\\'${long}'`, `E'${'y'.repeat(62)}…' /* 264 characters */`],
    [`'${'y'.repeat(62)}🎉${long}'`, `'${'y'.repeat(62)}…' /* 264 characters */`],
  ])('cuts %s', (sql, kept) => {
    expect(withoutLiterals(sql, 'cut')).toBe(kept);
  });

  test.each([
    [
      "alter role a password 'Moon-77' valid until 'x'",
      "alter role a password '…' valid until 'x'",
    ],
    ["alter role a password E'Moon-77\\'y'", "alter role a password '…'"],
    ['alter role a password $q$Moon-77$q$', "alter role a password '…'"],
    ["alter role a password /* b */ 'Moon'\n'-77'", "alter role a password /* b */ '…'\n'…'"],
    ["create role a password'Moon-77'", "create role a password'…'"],
    ["options (user 'a', set password 'Moon-77')", "options (user 'a', set password '…')"],
    ["set \"app.password\" = 'Moon-77', b = 'c'", "set \"app.password\" = '…', b = 'c'"],
    ["select set_config('a.password', 'Moon-77')", "select set_config('a.password', '…')"],
    ["select 'postgres://a:Moon-77@b/c'", "select 'postgres://…@b/c'"],
    ["connection 'host=a password=Moon-77'", "connection 'host=a password=…'"],
    ["select 'host=a password=''Moon 77'' user=b'", "select 'host=a password=''…'' user=b'"],
    [
      "do $$ execute 'alter role a password ''Moon-77''' $$",
      "do $$ execute 'alter role a password ''…''' $$",
    ],
    [
      "do 'execute ''alter role a password ''''Moon-77'''''''",
      "do 'execute ''alter role a password ''''…'''''''",
    ],
    ["select password from a where b = 'c'", "select password from a where b = 'c'"],
    [
      "insert into a (password, b) values ('c', 'd')",
      "insert into a (password, b) values ('c', 'd')",
    ],
  ])('no password is kept, whatever the policy: %s', (statement, kept) => {
    expect(withoutLiterals(statement, 'cut')).toBe(kept);
    expect(withoutLiterals(statement, 'none')).not.toContain('77');
  });

  test('parameters', () => {
    expect(cutParameter('y'.repeat(64))).toBe('y'.repeat(64));
    expect(cutParameter(long)).toBe(`${begun}… (200 characters)`);
  });
});

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

function pick<T>(from: readonly [T, ...T[]], random: Iterator<number, never>): T {
  return from[Math.floor(random.next().value * from.length)] ?? from[0];
}

const seeds = Array.from({ length: 300 }, (_, index) => index + 1);

describe('any statement', () => {
  /** Each holds the word `secret` or the number 70707 as data. */
  const literals = [
    "'secret'",
    "'it''s secret'",
    "'--secret'",
    "'/* secret'",
    "'[secret \"` $$'",
    "E'\\'secret\\\\'",
    "e'''secret'",
    "x'70707'",
    "U&'secret'",
    '$$secret\'s "$$',
    '$a$ $$secret$b$ $a$',
    "array['secret', 'secret']",
    "array [['secret'], ['secret']]",
    "a['secret']",
    '70707',
    '70707.70707e-70707',
    '.70707',
    '0x70707',
    '"a secret"',
    "/* secret's */ 1",
    '/* a /* secret */ secret */ 1',
    "-- secret's\n 1",
  ] as const;
  const names = [
    'name',
    '"name"',
    '`na me`',
    '[na me]',
    '"schema"."name"',
    'e',
    'x',
    'nam$e$',
  ] as const;
  const glue = [
    ', ',
    ' = ',
    ' + ',
    ' and ',
    ' || ',
    '\n',
    ' ( ',
    ' ) ',
    '; ',
    ' -> ',
    ' - ',
  ] as const;

  test.each(seeds)('loses its data and keeps its names (%i)', (seed) => {
    const random = numbers(seed);
    const parts: string[] = [];
    const expectedNames: string[] = [];
    for (let n = 0; n < 20; n++) {
      const name = pick(names, random);
      expectedNames.push(name);
      parts.push(name, pick(glue, random), pick(literals, random), pick(glue, random));
    }
    const kept = withoutLiterals(parts.join(''), 'none');
    expect(kept).not.toMatch(/secret|70707/);
    let position = 0;
    for (const name of expectedNames) {
      position = kept.indexOf(name, position);
      expect(position, `${name} in ${kept}`).toBeGreaterThanOrEqual(0);
    }
    expect(withoutLiterals(kept, 'none')).toBe(kept);
    expect(withoutLiterals(parts.join(''), 'cut')).toBe(parts.join(''));
  });

  test.each(seeds)('can be rubbish (%i)', (seed) => {
    const random = numbers(seed);
    const pieces = [
      ...["'", '"', '`', '[', ']', '$', '$$', '$a$', '\\', '--', '/*', '*/', '\n', 'E', "x'", '?'],
      ...['1', '.', 'e', '-', '+', ';', ' ', 'é', '🎉', '\ud83c', '\0', 'U&', 'z'.repeat(70)],
    ] as unknown as readonly [string, ...string[]];
    let sql = '';
    for (let n = 0; n < 60; n++) sql += pick(pieces, random);
    // Only what stands in strings may be missing, and only from one so long.
    const kept = withoutLiterals(sql, 'cut');
    if (!kept.includes('characters */')) expect(kept).toBe(sql);
    expect(withoutLiterals(sql, 'none')).toBeTypeOf('string');
  });

  // Half a million of anything: in quadratic time the test would run for an hour.
  test.each([
    ...["'", "''", '"', '`', '[', ']', '[[a', "['", '$', '$$', '$a', '$a$', '\\', "E'\\", "E'\\'"],
    ...['-', '--', '/', '/*', '/**/', '*/', '1', '1.', '.', '1e', '1e+', 'a', 'é', '?', ';', ' '],
    ...['🎉', 'x', "x'", 'U&', "'a'", '"a', '[a]', 'array [', '[ '],
  ])('may be very long: %s', (piece) => {
    const sql = piece.repeat(500_000 / piece.length);
    withoutLiterals(sql, 'none');
    withoutLiterals(sql, 'cut');
    withoutLiterals(`${sql}'`, 'cut');
    withoutLiterals(`E'${sql}'`, 'cut');
    withoutLiterals(`[${sql}]`, 'none');
  });
});

describe('SQL that is shown', () => {
  test.each([
    ["create role r login password 'CANARY'", "create role r login password '…'"],
    ["ALTER USER r PASSWORD'CANARY'", "ALTER USER r PASSWORD'…'"],
    ["alter role r password E'CAN\\'ARY'", "alter role r password '…'"],
    ['alter role r password $x$CANARY$x$', "alter role r password '…'"],
    ["alter role r password U&'CANARY\\0041'", "alter role r password '…'"],
    [
      "alter role r password /* new */ 'CAN'\n  'ARY'",
      "alter role r password /* new */ '…'\n  '…'",
    ],
    [
      "create user mapping for public server s options (user 'u', password 'CANARY')",
      "create user mapping for public server s options (user 'u', password '…')",
    ],
    [
      "do $$ begin execute 'alter role r password ''CANARY'''; end $$",
      "do $$ begin execute 'alter role r password ''…'''; end $$",
    ],
    [
      "select dblink_connect('host=h password=CANARY')",
      "select dblink_connect('host=h password=…')",
    ],
    ["select 'postgresql://u:CANARY@h/d'", "select 'postgresql://…@h/d'"],
    ["set app.password = 'CANARY'", "set app.password = '…'"],
    ["set local app.api_token to 'CANARY'", "set local app.api_token to '…'"],
    [
      "select set_config('app.secret', 'CANARY', true)",
      "select set_config('app.secret', '…', true)",
    ],
    // Composed of pieces, of which one says what the others are.
    [
      "select format('alter role %I password %L', 'r', 'CANARY')",
      "select format('alter role %I password %L', '…', '…')",
    ],
    [
      "execute format('alter role r password %2$L', 'a', E'CAN\\'ARY') || 'b'; select 'c'",
      "execute format('alter role r password %2$L', '…', '…') || 'b'; select 'c'",
    ],
    ["execute 'alter role r password ' || 'CANARY'", "execute 'alter role r password ' || '…'"],
    [
      "execute 'alter role r password ' || quote_literal('CANARY')",
      "execute 'alter role r password ' || quote_literal('…')",
    ],
    [
      "execute concat('alter role r password ''', 'CANARY', '''')",
      "execute concat('alter role r password ''…''', '…', '…')",
    ],
    [
      "execute replace('alter role r password :p', ':p', 'CANARY')",
      "execute replace('alter role r password :…', '…', '…')",
    ],
    [
      "execute 'alter role r password $1' using 'CANARY'",
      "execute 'alter role r password $1' using '…'",
    ],
    ["raise notice 'password: %', 'CANARY'", "raise notice 'password: …', '…'"],
    ["raise notice 'password is %', $x$CANARY$x$", "raise notice 'password is %', '…'"],
    [
      "do $$ begin execute format('alter role r password %L', 'CANARY'); raise notice 'a %', 'b'; end $$",
      "do $$ begin execute format('alter role r password %L', '…'); raise notice 'a %', 'b'; end $$",
    ],
    [
      "do $$ begin perform set_config('app.password', 'CANARY', true); end $$",
      "do $$ begin perform set_config('app.password', '…', true); end $$",
    ],
    [
      "do 'begin execute format(''alter role r password %L'', ''CANARY''); end'",
      "do 'begin execute format(''alter role r password %L'', ''…''); end'",
    ],
    ["select 1 -- password: CANARY\n, 'a'", "select 1 -- password: …\n, 'a'"],
    [
      "do $$ begin execute 'alter role r password ' || quote_literal('CANARY'); end $$",
      "do $$ begin execute 'alter role r password ' || quote_literal('…'); end $$",
    ],
    [
      "do $$ declare pw text := 'CANARY'; new_pwd constant text := 'CANARY'; begin end $$",
      "do $$ declare pw text := '…'; new_pwd constant text := '…'; begin end $$",
    ],
    // The keys of encrypted SQLite files.
    ["pragma key = 'CANARY'", "pragma key = '…'"],
    ['PRAGMA main.rekey("CANARY")', "PRAGMA main.rekey('…')"],
    ["pragma hexkey=x'CA11A2'; select 'a'", "pragma hexkey='…'; select 'a'"],
    ['pragma /* a */ key = "x\'CANARY\'"', "pragma /* a */ key = '…'"],
    ['pragma key = CANARY', "pragma key = '…'"],
    ["attach 'a.db' as b key 'CANARY'", "attach 'a.db' as b key '…'"],
    ['attach database \'a.db\' as b key "CANARY"', "attach database 'a.db' as b key '…'"],
  ])('has no password that it sets: %s', (sql, shown) => {
    expect(shownSql(sql)).toBe(shown);
    expect(shownSql(shown)).toBe(shown);
  });

  test.each([
    "alter table u add column password text not null default ''",
    'create index password_key on u (password)',
    "comment on column u.password is 'a hash'",
    "update u set password = ''",
    "insert into u (name, password) values ('ada', null)",
    'create table a (key text primary key, b text unique); pragma foreign_key_list("a")',
    "attach 'a.db' as key",
    "insert into help (topic, text) values ('the passwords', 'b'), ('key', 'c')",
    "select format('%s has a password since %s', 'ada', 'b')",
  ])('is otherwise as it was written: %s', (sql) => {
    expect(shownSql(sql)).toBe(sql);
  });
});

import { describe, expect, test } from 'vitest';
import { withoutData, withoutDataOf } from '../../source/text/messages.ts';

describe('messages without data', () => {
  test.each([
    ['UNIQUE constraint failed: user.email', 'UNIQUE constraint failed: user.email'],
    ['near "Ada": syntax error', 'near "…": syntax error'],
    ['near "O\'Brien": syntax error', 'near "…": syntax error'],
    ['unrecognized token: "\'Ada"', 'unrecognized token: "…"'],
    ['Key (email)=(ada@example.com) already exists.', 'Key (email)=(…) already exists.'],
    ['Key (a, b)=(x) y, (z) already exists.', 'Key (a, b)=(…) already exists.'],
    ['Key (a)=(cut off', 'Key (a)=(…)'],
    [
      'Key (id)=(1) is not present in table "user".',
      'Key (id)=(…) is not present in table "user".',
    ],
    ['Failing row contains (1, ada, null).', 'Failing row contains (…).'],
    [
      'duplicate key value violates unique constraint "user_email_key"',
      'duplicate key value violates unique constraint "user_email_key"',
    ],
    [
      'null value in column "name" of relation "user" violates not-null constraint',
      'null value in column "name" of relation "user" violates not-null constraint',
    ],
    ['invalid input syntax for type integer: "Ada"', 'invalid input syntax for type integer: "…"'],
    ['value "a "quoted" b" is wrong', 'value "…" is wrong'],
    ["value 'a 'quoted' b' is wrong", 'value "…" is wrong'],
    ["bad literal E'Ada'", 'bad literal "…"'],
    ['an end "that never', 'an end "…"'],
    ["It can't be done; it's late.", "It can't be done; it's late."],
    ['no data', 'no data'],
    ['', ''],
  ])('%s', (message, kept) => {
    expect(withoutData(message, 'none')).toBe(kept);
  });

  test('keep everything but credentials when literals are only cut', () => {
    const message = 'Key (email)=(ada@example.com) "Ada" at postgres://ada:pw@host/db';
    expect(withoutData(message, 'cut')).toBe(
      'Key (email)=(ada@example.com) "Ada" at postgres://…@host/db',
    );
  });

  test.each(['"', "'", " '", '=(', '= ', 'contains (', 'table "a', '://', '://a@', '://:'])(
    'may be very long: %s',
    (piece) => {
      withoutData(piece.repeat(200_000 / piece.length), 'none');
    },
  );
});

test('what the statement has as a literal is not kept without quotes either', () => {
  const error = { code: null, position: null, detail: null, hint: null };
  const kept = (message: string, sql: string, policy: 'cut' | 'none' = 'none') =>
    withoutDataOf({ ...error, message }, policy, sql).message;
  const said = 'unable to open database: /home/ada.db';
  expect(kept(said, `attach '/home/ada.db' as other`)).toBe('unable to open database: …');
  expect(kept(said, `attach '/home/ada.db' as other`, 'cut')).toBe(said);
  expect(kept("bad: it's Ada", `select f('it''s Ada')`)).toBe('bad: …');
  expect(kept('bad: Ada', 'select f($x$Ada$x$)')).toBe('bad: …');
  expect(kept('4711 is too much', 'select f(4711)')).toBe('… is too much');
  expect(kept('no such table: a', `select 'a' from a`)).toBe('no such table: a');
});

test('details, hints and messages of code are not kept where no data is', () => {
  const error = { message: 'Ada', code: null, position: null, detail: 'a=1', hint: 'b' };
  expect(withoutDataOf(error, 'cut')).toEqual(error);
  expect(withoutDataOf(error, 'none')).toEqual({ ...error, detail: null, hint: null });
  expect(withoutDataOf({ ...error, raised: true }, 'none').message).toMatch(/not kept/);
});

import { describe, expect, test } from 'vitest';
import { statementText } from '../../source/text/sql.ts';

describe('statementText', () => {
  test.each([
    ['select 1', 'select 1;'],
    ['  select 1;  ', 'select 1;'],
    [
      '\n      create table t (\n        id integer\n      )\n    ',
      'create table t (\n  id integer\n);',
    ],
    ['alter table t\n          add column c text', 'alter table t\n  add column c text;'],
    ['update t\n  set a = 1\n\n  where b', 'update t\n  set a = 1\n\n  where b;'],
    ['', ';'],
  ])('%j', (sql, text) => {
    expect(statementText(sql)).toBe(text);
  });

  test('a hundred thousand lines are no matter', () => {
    const rows = Array.from({ length: 100_000 }, (_, at) => `        ${at},`);
    expect(statementText(`insert into t values\n${rows.join('\n')}`)).toContain('\n  99999,');
  });
});

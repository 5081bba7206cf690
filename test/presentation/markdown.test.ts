import { expect, test } from 'vitest';
import { reportToMarkdown } from '../../source/presentation/markdown.ts';
import { effectWords } from '../../source/presentation/words.ts';
import { effectOf, findingOf, passOf, rehearsedRevision, reportOf } from '../tui/builders.ts';

test('a report says verdict, findings and statements', () => {
  const text = reportToMarkdown(
    reportOf([
      rehearsedRevision({
        name: 'tall_shelf',
        verdict: 'hazards',
        findings: [findingOf({ what: '3 of 3 rows of jar are lost.', keys: ['id = 1'] })],
        passes: [
          passOf('up', {
            statements: [
              effectOf('drop table shelf', {
                changed: [{ table: 'jar', rows: 3, indirect: true }],
              }),
            ],
          }),
        ],
      }),
    ]),
  );
  expect(text).toContain('## ⚠️ tall\\_shelf');
  expect(text).toContain('### ⚠️ 3 of 3 rows of jar are lost.');
  expect(text).toContain('Rows: `id = 1`');
  expect(text).toContain('| `drop table shelf` | 1.4 ms | 3 rows of jar (by the way) |');
});

test('nothing in it becomes Markdown, HTML or a control sequence of its own', () => {
  const hostile = '</details><script>`a` | *b* [c](d)\u001b[31m';
  const text = reportToMarkdown(
    reportOf([
      rehearsedRevision({
        name: hostile,
        findings: [findingOf({ what: hostile, keys: [hostile], statement: '```\n# title\n```' })],
        passes: [passOf('up', { statements: [effectOf(`select '${hostile}'`)] })],
      }),
    ]),
  );
  expect(text).not.toContain('\u001b');
  expect(text.match(/<script>/g)?.length ?? 0).toBe(
    text.match(/`[^\n]*<script>[^\n]*`/g)?.length ?? 0,
  );
  expect(text).toContain('````sql\n```\n# title\n```\n````');
  expect(text).toMatch(/^\| ``select .*\\\|.*`` \|/m);
});

test('what a statement did but for rows is in words', () => {
  const measured = {
    locks: [
      { relation: 'orders', mode: 'ACCESS EXCLUSIVE' },
      { relation: 'orders_pkey', mode: 'ACCESS EXCLUSIVE' },
      { relation: 'customer', mode: 'ROW SHARE' },
    ],
    rewritten: ['orders'],
    scanned: ['orders', 'customer'],
    built: [{ index: 'line_price', table: 'line' }],
    wal: 61_000_000,
  } as const;
  expect(effectWords(effectOf('alter table …', measured))).toEqual([
    'ACCESS EXCLUSIVE on orders, orders_pkey',
    'orders rewritten',
    'index line_price built',
    'all of customer read',
    '61 MB of WAL',
  ]);
  expect(effectWords(effectOf('vacuum', { locks: null }))).toEqual(['locks not measured']);
  expect(effectWords(effectOf('vacuum', { locks: null, error: 'no' }))).toEqual([]);
  const changed = [{ table: 'orders', rows: 3, indirect: false }];
  expect(effectWords(effectOf('update orders …', { scanned: ['orders'], changed }))).toEqual([]);
});

test('no password that a statement sets is in it', () => {
  const sql = "alter role r password 'CANARY'";
  const text = reportToMarkdown(
    reportOf([
      rehearsedRevision({
        findings: [findingOf({ statement: sql })],
        passes: [passOf('up', { statements: [effectOf(sql)] })],
      }),
    ]),
  );
  expect(text).toContain("`alter role r password '…'`");
  expect(text).not.toContain('CANARY');
});

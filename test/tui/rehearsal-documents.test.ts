import { describe, expect, test } from 'vitest';
import { REHEARSAL_STEPS, type RehearsalRequest } from '../../source/contract/rehearsal.ts';
import { diffLines } from '../../source/presentation/terminal/diff.ts';
import { evidenceLines } from '../../source/presentation/terminal/evidence.ts';
import { plainSql } from '../../source/presentation/terminal/highlight.ts';
import { planLines } from '../../source/presentation/terminal/plan.ts';
import { repairDocument } from '../../source/presentation/terminal/repair.ts';
import {
  applicable,
  offersOf,
  reportLines,
  reportTitle,
} from '../../source/presentation/terminal/report.ts';
import { type Line, lineWidth, textOf } from '../../source/presentation/terminal/spans.ts';
import { stepWords, worstFirst } from '../../source/presentation/words.ts';
import {
  placeOfNow,
  progressBar,
  rehearsalEnd,
  rehearsalProgress,
  rehearsalTitle,
  stepRows,
} from '../../source/tui/documents/rehearsal.ts';
import { wishOf } from '../../source/tui/screens/report.tsx';
import { reduceAll } from '../../source/tui/store/reduce.ts';
import { type Action, initialState, type RehearsalState } from '../../source/tui/store/state.ts';
import {
  effectOf,
  evidenceOf,
  findingOf,
  hazardousReport,
  passOf,
  planOf,
  problemOf,
  rehearsedRevision,
  repairOf,
  reportOf,
  revision,
  stepOf,
} from './builders.ts';
import { NOW } from './screen.tsx';

const NAME = '20261124_add_repo_owner';
const texts = (document: readonly Line[]) => document.map(textOf);
const text = (document: readonly Line[]) => texts(document).join('\n');

function rehearsalAfter(
  request: Partial<RehearsalRequest>,
  ...actions: readonly Action[]
): RehearsalState {
  const whole: RehearsalRequest = {
    revisions: [NAME],
    bases: ['target'],
    tests: { upgraded: false, downgraded: false },
    ...request,
  };
  const { rehearsal } = reduceAll(
    initialState,
    [{ type: 'rehearsal-started', request: whole }, ...actions],
    1_000,
  );
  if (!rehearsal) throw new Error('There is a rehearsal.');
  return rehearsal;
}

const told = (...args: Parameters<typeof stepOf>): Action => ({
  type: 'rehearsal-step',
  step: stepOf(...args),
});

describe('steps', () => {
  test('are listed for every base and revision before they begin', () => {
    const rows = stepRows(
      rehearsalAfter({ revisions: ['a', 'b'], bases: ['target', 'empty'] }),
      80,
    ).map(({ line }) => textOf(line).trimEnd());
    expect(rows.slice(0, 6)).toEqual([
      'On a copy of the target',
      '  · copy the target',
      '  a',
      '    · bring it to the revision',
      '    · upgrade',
      '    · check rows and schema',
    ]);
    expect(rows).toContain('From an empty database');
    expect(rows).toContain('  · create an empty database');
    expect(rows.filter((row) => row === '  b')).toHaveLength(2);
    expect(rows.join()).not.toContain('test command');
    // What is told for all revisions at once is not still to do for each.
    const once = stepRows(rehearsalAfter({}, told('base')), 80).map(({ line }) => textOf(line));
    expect(once[2]).toMatch(/^ {2}✓ bring it to the revision/);
    expect(once.filter((row) => row.includes('bring it'))).toHaveLength(1);
  });

  test('are said in words, all of them, that fit their column', () => {
    for (const step of REHEARSAL_STEPS) {
      for (const base of ['target', 'empty'] as const) {
        expect(stepWords(step, base)).toMatch(/^[a-z][a-z ,]{5,24}$/);
      }
    }
  });

  test('show how they ended, how long they took, what they found, and how far they are', () => {
    const rehearsal = rehearsalAfter(
      { tests: { upgraded: true, downgraded: false } },
      told('copy', { ms: 120, note: '1.2 MB' }),
      told('base', { state: 'skipped', note: 'it is there already' }),
      told('up', { state: 'failed', ms: 41, note: 'no such table: \u001b[31mx' }),
      told('check-up', { state: 'running', progress: 0.52 }),
    );
    const rows = stepRows(rehearsal, 80);
    const shown = rows.map(({ line }) => textOf(line).trimEnd());
    expect(shown[1]).toMatch(/^ {2}✓ copy the target +120 ms {2}1\.2 MB$/);
    expect(shown[2]).toMatch(/^ {2}– bring it to the revision +it is there already$/);
    expect(shown[4]).toMatch(/^ {4}✗ upgrade +41 ms {2}no such table: ␛\[31mx$/);
    expect(shown[5]).toMatch(/^ {6}check rows and schema +████░░░░ {2}52 %$/);
    expect(shown[6]).toBe('    · test command');
    expect(rows.map(({ since }) => since)).toEqual([
      ...Array(5).fill(null),
      1_000,
      ...Array(rows.length - 6).fill(null),
    ]);
    expect(placeOfNow(rows)).toBe(5);
    for (const { line } of stepRows(rehearsal, 40)) expect(lineWidth(line)).toBeLessThanOrEqual(40);
  });

  test('that were going on when it ended are shown as stopped, and are not timed', () => {
    const rehearsal = rehearsalAfter({}, told('up', { state: 'running', progress: 0.5 }), {
      type: 'rehearsal-refused',
      problem: problemOf({ code: 'cancelled' }),
    });
    const rows = stepRows(rehearsal, 80, true);
    const up = rows.find(({ line }) => textOf(line).includes('upgrade'));
    expect(textOf(up?.line ?? [])).toMatch(/– upgrade +stopped $/);
    expect(up?.since).toBeNull();
    expect(rehearsalEnd(rehearsal)).toMatchObject({ text: 'Cancelled', style: 'warn' });
  });

  test('say how far the whole is', () => {
    const before = rehearsalAfter({ revisions: ['a', 'b'], bases: ['target', 'empty'] });
    expect(rehearsalProgress(before)).toEqual({ text: 'rehearsing', revision: null });
    expect(rehearsalTitle(before)).toBe('Rehearsal of 2 revisions');
    const second = rehearsalAfter(
      { revisions: ['a', 'b'], bases: ['target', 'empty'] },
      told('up', { revision: 'a' }),
      told('up', { revision: 'b', state: 'running' }),
    );
    expect(rehearsalProgress(second)).toEqual({ text: 'rehearsing 2 of 4', revision: 'b' });
  });

  test.each([
    [-1, '░░░░░░░░   0 %'],
    [0.5, '████░░░░  50 %'],
    [0.999, '████████  99 %'],
    [7, '████████ 100 %'],
  ])('a progress of %d is %s', (progress, bar) => {
    expect(textOf(progressBar(progress))).toBe(bar);
  });
});

describe('evidence', () => {
  test('says nothing of rows that nobody counted: an upgrade that failed was rolled back', () => {
    const rehearsal = evidenceOf({ verdict: 'failed', downMs: null, rowsLost: 0 });
    expect(texts(evidenceLines(revision('a', { rehearsal }), NOW))[0]).toBe(
      '✗ rehearsed 2 min ago, failed: up 41 ms',
    );
  });

  test('says what was measured, and when', () => {
    const one = revision('a', { rehearsal: evidenceOf() });
    expect(texts(evidenceLines(one, NOW))).toEqual([
      '✓ rehearsed 2 min ago: up 41 ms · down 12 ms · 0 of 9,412 rows lost',
      'v shows the report',
    ]);
  });

  test('says what came of it, and why it proves nothing any more', () => {
    const one = revision('a', {
      rehearsal: evidenceOf({
        verdict: 'failed',
        downMs: null,
        rowsLost: 3,
        stale: ['file', 'base'],
      }),
    });
    expect(texts(evidenceLines(one, NOW))).toEqual([
      '✗ rehearsed 2 min ago, failed: up 41 ms · 3 of 9,412 rows lost',
      '! stale: the file and what it was run on changed since',
      'v shows the report',
    ]);
  });

  test('of nothing is a hint where there is something to rehearse', () => {
    expect(text(evidenceLines(revision('a', { state: 'pending' }), NOW))).toContain('R rehearses');
    expect(evidenceLines(revision('a'), NOW)).toEqual([]);
  });
});

describe('the report', () => {
  test('begins with the verdict in words, and names what it stands on', () => {
    const shown = text(reportLines(hazardousReport, 90, plainSql));
    expect(shown).toMatch(/^⚠ Hazards: it ran, with 1 hazard\.\n/);
    expect(shown).toContain('target      sqlite var/dev.db (dev)');
    expect(shown).toContain('copy of the target · 9,412 rows · 1.2 MB, removed');
    expect(shown).toContain('took        up 41 ms · down 12 ms');
    expect(shown).toContain('rows        9,412 before · 12 lost');
    expect(reportTitle(hazardousReport)).toBe(`Hazards: rehearsal of ${NAME}`);
    const clean = reportOf([rehearsedRevision(), rehearsedRevision({ base: 'empty' })]);
    expect(text(reportLines(clean, 90, plainSql))).toMatch(/^✓ Clean: up, down and up again/);
    expect(reportTitle(clean)).toBe(`Clean: rehearsal of ${NAME}`);
    expect(text(reportLines(clean, 90, plainSql))).toContain('from an empty database');
  });

  test('shows the effect of each statement, also on tables that it does not name', () => {
    const shown = text(reportLines(hazardousReport, 90, plainSql));
    expect(shown).toContain('▸ up · 41 ms · 1 statement\n  drop table `repos`;');
    expect(shown).toContain(
      '41 ms · repos 3 rows · ↳ comments 12 rows, indirectly · rebuilds repos',
    );
  });

  test('shows findings worst first, with cause, keys, details and repairs', () => {
    const shown = text(reportLines(hazardousReport, 90, plainSql));
    expect(shown.indexOf('✗ hazard: rows lost')).toBeLessThan(shown.indexOf('! notice:'));
    expect(shown).toContain('  comments lost 12 of 40 rows.\n  Dropping repos deletes');
    expect(shown).toContain('  rows: id = 1, id = 7 and 10 more');
    expect(shown).toContain('    drop table `repos`;\n  1. repair: Keep the comments');
    expect(shown).toContain('2. repair: Copy the comments back. · by hand\n     ! Choose a table.');
    expect(shown).toContain('3. repair: Leave the table. · press a');
    expect(shown).toContain('    + alter table `repos` add `owner`\n    - nothing');
  });

  test('says how far a failed one came', () => {
    const failed = reportOf(
      [
        rehearsedRevision({
          verdict: 'failed',
          passes: [
            passOf('up', {
              statements: [effectOf('create table x', { error: 'x exists' })],
              failure: {
                revision: NAME,
                statement: { seq: 1, sql: 'create table x' },
                error: {
                  message: 'x exists',
                  code: null,
                  position: null,
                  detail: null,
                  hint: null,
                },
              },
            }),
          ],
          tests: [
            { command: 'npm test', ok: false, ended: '1', ms: 900, output: ['\u001b[31mno\u0007'] },
          ],
        }),
      ],
      { notRehearsed: ['20261130_later'] },
    );
    const shown = text(reportLines(failed, 90, plainSql));
    expect(shown).toMatch(/^✗ Failed: it did not complete\./);
    expect(shown).toContain('took        up 41 ms (failed)');
    expect(shown).toContain('✗ x exists');
    expect(shown).toContain('✗ test command failed (1) · 900 ms · npm test\n    ␛[31mno␇');
    expect(shown).toContain('Not rehearsed, since one before them failed:\n· 20261130_later');
  });

  test('of thousands of statements and long SQL stays readable', () => {
    const statements = Array.from({ length: 5_000 }, (_, index) =>
      effectOf(`insert into t values (\n${'  1,\n'.repeat(50)}  ${index}\n)`),
    );
    const big = reportOf([rehearsedRevision({ passes: [passOf('up', { statements })] })]);
    const shown = reportLines(big, 80, plainSql);
    expect(shown.length).toBeLessThan(1_500);
    expect(text(shown)).toContain('… 42 lines more');
    expect(text(shown)).toContain('… and 4,900 statements more');
  });

  test.each([20, 56, 76, 116])('fits into %d columns, whatever is in it', (columns) => {
    const wide = rehearsedRevision({
      verdict: 'hazards',
      findings: [
        findingOf({
          what: '日本語のテーブル '.repeat(20),
          keys: ['id = 🎉\u202e\u0000', 'x'.repeat(300)],
          details: [`+ ${'y'.repeat(300)}`],
          repairs: [repairOf({ title: 'z '.repeat(100), statements: ['q'.repeat(400)] })],
        }),
      ],
    });
    for (const line of reportLines(reportOf([wide]), columns, plainSql)) {
      expect(lineWidth(line)).toBeLessThanOrEqual(columns);
      expect(textOf(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    }
  });

  test('sorts by severity, by kind, and by rows', () => {
    const kinds = worstFirst([
      findingOf({ severity: 'notice', kind: 'drift' }),
      findingOf({ kind: 'schema-differs' }),
      findingOf({ kind: 'rows-lost', rows: 1 }),
      findingOf({ kind: 'rows-lost', rows: 5 }),
      findingOf({ kind: 'failed' }),
    ]).map(({ kind, rows }) => `${kind} ${rows}`);
    expect(kinds).toEqual([
      'failed 12',
      'rows-lost 5',
      'rows-lost 1',
      'schema-differs 12',
      'drift 12',
    ]);
  });
});

describe('repairs', () => {
  test('are numbered as the report shows them; one offered twice has one number', () => {
    const [first] = hazardousReport.revisions;
    if (!first) throw new Error('There is one.');
    const both = reportOf([first, { ...first, base: 'empty' }]);
    const offers = offersOf(both);
    expect(offers.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(applicable(offers).map(({ number }) => number)).toEqual([1, 3]);
    expect(text(reportLines(both, 90, plainSql)).match(/1\. repair/g)).toHaveLength(2);
    const noFile = reportOf([{ ...first, file: null }]);
    expect(applicable(offersOf(noFile))).toEqual([]);
    expect(text(reportLines(noFile, 90, plainSql))).not.toContain('press a');
  });

  test('are shown with statements and difference', () => {
    const [offer] = applicable(offersOf(hazardousReport));
    if (!offer) throw new Error('There is one.');
    const before = 'export class A {\r\n  up() {\r\n  }\r\n}\r\n'.replaceAll('\r', '');
    const shown = text(repairDocument(offer, before, 80, plainSql));
    expect(shown).toContain('── statements');
    expect(shown).toContain('pragma defer_foreign_keys = on;');
    expect(shown).toContain(`── migrations/${NAME}.ts`);
    expect(shown).toContain('    up() {\n+     keep();\n    }');
  });

  test('show no difference where there is none, and no control characters', () => {
    expect(diffLines('a\n', 'a\n')).toEqual([]);
    const shown = texts(diffLines('a\r\nb\r\n', 'a\r\n\u001b[2Jb\r\n'));
    expect(shown).toEqual(['@@ from line 1', '  a', '- b', '+ ␛[2Jb']);
  });

  test('are followed by the same rehearsal', () => {
    expect(wishOf(hazardousReport)).toEqual({ revisions: [NAME], bases: ['target'] });
    const two = reportOf([rehearsedRevision(), rehearsedRevision({ base: 'empty' })], {
      notRehearsed: ['later'],
      throwaways: [],
    });
    expect(wishOf(two)).toEqual({ revisions: [NAME, 'later'], bases: ['target', 'empty'] });
  });
});

describe('a plan that would lose rows', () => {
  test('says so before everything else', () => {
    const hazards = [
      {
        revision: NAME,
        sql: 'drop table\n  `repos`',
        what: '12 rows of comments would be deleted.',
      },
    ];
    const rows = texts(planLines(planOf('up', [NAME], { hazards }), 90, plainSql));
    expect(rows[0]).toMatch(/^✗ A statement of this plan would silently delete or damage rows/);
    expect(rows[1]).toBe(`1. 12 rows of comments would be deleted. · ${NAME}`);
    expect(rows[2]).toBe('   drop table `repos`');
    const shown = rows.join(' ').replace(/ +/g, ' ');
    expect(shown).toContain('Other runners (mikro-orm migration:up) will lose the rows.');
    expect(rows.findIndex((row) => row.startsWith('direction'))).toBeGreaterThan(3);
  });
});

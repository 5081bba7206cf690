import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { guardedPlan } from '../../source/contract/plan-difference.ts';
import { ANSWER } from '../../source/contract/rehearsal.ts';
import type { RevisionEvidence } from '../../source/contract/revision.ts';
import {
  endedStatement,
  evidenceOf,
  findingOf,
  hazardousReport,
  historyOf,
  planOf,
  problemOf,
  rehearsedRevision,
  repairOf,
  reportOf,
  revision,
  someHistory,
  started,
  stepOf,
} from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, type Options, openScreen } from './screen.tsx';

const NAME = '20261124_add_repo_owner';

async function withHistory(options: Options = {}, history = someHistory) {
  const screen = openScreen(options);
  screen.session.emit({ type: 'history', history });
  await screen.shows('▌○ 20261124');
  return screen;
}

/** Asked for with R, and begun. */
async function whileRehearsing(options: Options = {}) {
  const screen = await withHistory(options);
  await screen.press('R');
  await screen.shows('▸Rehearsal of');
  screen.session.emit(
    {
      type: 'rehearsal-started',
      request: {
        revisions: [NAME],
        bases: ['target'],
        tests: { upgraded: true, downgraded: false },
      },
    },
    { type: 'rehearsal-step', step: stepOf('copy', { ms: 120, note: '1.2 MB' }) },
    { type: 'rehearsal-step', step: stepOf('up', { state: 'running', progress: 0.5 }) },
    { type: 'statement-started', statement: started(1, { sql: 'drop table `repos`' }) },
  );
  await screen.shows('50 %');
  return screen;
}

const historyWith = (rehearsal: RevisionEvidence) =>
  historyOf(someHistory.revisions.map((one) => (one.name === NAME ? { ...one, rehearsal } : one)));

describe('starting', () => {
  test.each([
    ['R', [], { revisions: [NAME], bases: ['target'] }],
    ['R', ['j', 'j'], { revisions: ['20261101_user_api_keys'], bases: ['target'] }],
    ['B', [], { revisions: [NAME], bases: ['target', 'empty'] }],
    ['A', ['j'], { revisions: [], bases: ['target'] }],
  ])(
    '%s after %j asks for the right rehearsal, and shows it at once',
    async (key, moves, asked) => {
      const screen = await withHistory();
      await screen.press(...moves, key);
      await screen.shows('▸Rehearsal of');
      expect(screen.session.rehearsed).toEqual([asked]);
      expect(screen.rows()[0]).toContain('rehearsing');
      expect(screen.session.calls).not.toContain('run');
    },
  );

  test('is refused with a reason', async () => {
    const history = historyOf([
      revision('20261101_a'),
      revision('20261102_b', { state: 'missing' }),
    ]);
    const screen = openScreen();
    screen.session.emit({ type: 'history', history });
    await screen.shows('▌! 20261102_b');
    await screen.press('R');
    await screen.shows('The file of the selected revision is missing');
    await screen.press('A');
    await screen.shows('Nothing is pending.');
    await screen.press('p');
    await screen.shows('Nothing was rehearsed since Handrail was opened');
    await screen.press('v');
    await screen.shows('was never rehearsed here');
    expect(screen.session.rehearsed).toEqual([]);
  });

  test('can be found in the palette', async () => {
    const screen = await withHistory();
    await screen.press(':', ...'rehearse all');
    await screen.shows('▌ A');
    await screen.press(keys.enter);
    await screen.until(() => screen.session.rehearsed.length === 1, 'rehearsed');
    expect(screen.frame()).toContain('Rehearsal of 2 revisions');
  });
});

describe('going on', () => {
  test.each([
    [120, 36],
    [80, 24],
    [60, 16],
  ])('%d×%d is filled exactly', async (columns, rows) => {
    const screen = await whileRehearsing({ columns, rows });
    expect(screen.rows()).toHaveLength(rows);
    for (const row of screen.rows().slice(1, -1)) expect(stringWidth(row)).toBe(columns);
    expect(screen.frame()).toMatch(/upgrade +████░░░░ {2}50 %/);
    expect(screen.frame()).toContain('Ctrl+C cancel');
  });

  test('shows steps, SQL, and what the test command prints', async () => {
    const screen = await whileRehearsing();
    expect(screen.frame()).toMatch(/✓ copy the target +120 ms {2}1\.2 MB/);
    expect(screen.frame()).toContain('· check that all is back');
    expect(screen.rows()[0]).toContain(`rehearsing 1 of 1 · ${NAME}`);
    await screen.shows('drop table `repos`');
    expect(screen.frame()).toContain('SQL ─ throwaway');
    await screen.press(keys.tab);
    await screen.shows('╭▸SQL ─ throwaway');
    await screen.press(keys.enter);
    await screen.shows('Statement 1');
    await screen.press(keys.escape);
    await screen.shows('╭▸SQL');
    await screen.press(keys.tab);
    await screen.shows('The test command has printed nothing yet.');
    screen.session.emit({ type: 'test-output', line: 'ok 1 \u001b[2J\u202eevil' });
    await screen.shows('ok 1 ␛[2J\\u202eevil');
    await screen.press(keys.tab);
    await screen.shows('╭▸Rehearsal');
    screen.session.emit({ type: 'statement-ended', statement: endedStatement(1) });
    await screen.press(keys.shiftTab, keys.shiftTab);
    await screen.shows('╭▸SQL');
  });

  test('follows the step that goes on, until it is moved', async () => {
    const screen = await whileRehearsing({ columns: 60, rows: 16 });
    screen.session.emit({
      type: 'rehearsal-step',
      step: stepOf('check-again', { state: 'running' }),
    });
    await screen.shows('check for the same result');
    await screen.press('g');
    await screen.shows('On a copy of the target');
    await screen.press('f');
    await screen.shows('check for the same result');
  });

  test('goes on in the background, and is found again', async () => {
    const screen = await whileRehearsing();
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
    expect(screen.rows()[0]).toContain('rehearsing 1 of 1');
    expect(screen.frame()).toMatch(/20261124_add_repo_owner +rehearsing/);
    await screen.press('u');
    await screen.shows('A rehearsal is going on. Wait until it is over');
    await screen.press('R');
    expect(screen.session.rehearsed).toHaveLength(1);
    await screen.press('l');
    await screen.shows('Log ─ Runs');
    await screen.press('p');
    await screen.shows('╭▸Rehearsal of');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
    screen.session.finishRehearsal(hazardousReport);
    await screen.shows('⚠ rehearsal: hazards');
    await screen.press('p');
    await screen.shows('⚠ Hazards: it ran, with 1 hazard.');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
    expect(screen.rows()[0]).not.toContain('hazards');
  });

  test('is cancelled by Ctrl+C, which is told', async () => {
    const screen = await whileRehearsing();
    await screen.press(keys.ctrlC);
    expect(screen.session.calls).toContain('cancel');
    await screen.shows('cancelling…');
    screen.session.refuseRehearsal(problemOf({ code: 'cancelled', what: 'It was cancelled.' }));
    await screen.shows('Cancelled: the target was only read');
    expect(screen.frame()).toContain('✗ It was cancelled.');
    expect(screen.quits).toEqual([]);
    await screen.press('t');
    await screen.shows('at somewhere');
    await screen.press(keys.tab);
    await screen.shows('– upgrade');
  });

  test('q asks before it ends it', async () => {
    const screen = await whileRehearsing();
    await screen.press('q');
    await screen.shows('A rehearsal is going on.');
    await screen.press('n');
    await screen.shows('╭▸Rehearsal of');
    expect(screen.quits).toEqual([]);
    await screen.press('q', 'y');
    await screen.until(() => screen.quits.length === 1, 'quit');
    expect(screen.quits).toEqual([130]);
  });

  test('help and palette are about it', async () => {
    const screen = await whileRehearsing();
    await screen.press('?');
    await screen.shows('Help: Rehearsal');
    expect(screen.frame()).toContain('Save the report as Markdown. Not now:');
    await screen.press(keys.escape);
    await screen.shows('╭▸Rehearsal of');
    await screen.press(':', ...'save');
    await screen.shows('Not now: There is no report on screen.');
    await screen.press(keys.escape);
    await screen.shows('╭▸Rehearsal of');
  });

  test('that can not be begun says why', async () => {
    const screen = await withHistory({ columns: 80, rows: 24 });
    await screen.press('R');
    screen.session.refuseRehearsal(problemOf({ code: 'no-room', what: 'The disk is too full.' }));
    await screen.shows('▸Refused');
    expect(screen.frame()).toContain('✗ The disk is too full.');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
  });
});

describe('the report', () => {
  test.each([
    [120, 36],
    [80, 24],
    [60, 16],
  ])('%d×%d is filled exactly, and scrolls to its end', async (columns, rows) => {
    const screen = await whileRehearsing({ columns, rows });
    screen.session.finishRehearsal(hazardousReport);
    await screen.shows('⚠ Hazards: it ran');
    expect(screen.rows()).toHaveLength(rows);
    for (const row of screen.rows().slice(1, -1)) expect(stringWidth(row)).toBe(columns);
    await screen.press('G');
    await screen.shows('✓ downgrade · 12 ms');
    await screen.press(keys.tab);
    await screen.shows('✓ copy the target');
    await screen.press(keys.shiftTab);
    await screen.shows('Hazards: rehearsal of');
  });

  test('that the journal keeps is opened by v', async () => {
    const session = new FakeSession();
    session.answers.rehearsal = async () => ({ ok: true, value: hazardousReport });
    const screen = await withHistory({ session }, historyWith(evidenceOf({ rehearsal: 31 })));
    await screen.press('v');
    await screen.shows('⚠ Hazards: it ran, with 1 hazard.');
    expect(session.calls).toContain('rehearsal 31');
    await screen.press('?');
    await screen.shows('Help: Rehearsal');
    await screen.press(keys.escape);
    await screen.shows('Hazards: rehearsal of');
    await screen.press('j', keys.tab, keys.enter);
    expect(screen.frame()).toContain('Hazards: rehearsal of');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
  });

  test('that the journal does not have, or can not read, is told', async () => {
    const session = new FakeSession();
    const screen = await withHistory({ session }, historyWith(evidenceOf()));
    await screen.press('v');
    await screen.shows('The journal does not have this report any more.');
    session.answers.rehearsal = async () => ({
      ok: false,
      problem: problemOf({ what: 'The journal is damaged.' }),
    });
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
    await screen.press('v');
    await screen.shows('✗ The journal is damaged.');
    await screen.press('t');
    await screen.shows('at somewhere');
    await screen.press('a');
    await screen.shows('There is no report on screen.');
  });
});

describe('saving and repairing', () => {
  const before = 'export class A {\n  up() {\n  }\n}\n';
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'handrail-rehearsal-'));
    mkdirSync(join(root, 'migrations'));
    writeFileSync(join(root, 'migrations', `${NAME}.ts`), before);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  async function withReport(report = hazardousReport, options: Options = {}) {
    const screen = await whileRehearsing({ root, ...options });
    screen.session.finishRehearsal(report);
    await screen.shows('⚠ Hazards: it ran');
    return screen;
  }

  test('the report is saved as Markdown, and not over a file unasked', async () => {
    const screen = await withReport();
    await screen.press('s');
    await screen.shows('save as: handrail-rehearsal-7.md');
    await screen.press(keys.enter);
    await screen.shows('Saved the report to handrail-rehearsal-7.md.');
    const file = join(root, 'handrail-rehearsal-7.md');
    expect(readFileSync(file, 'utf8')).toContain('comments lost 12 of 40 rows');
    writeFileSync(file, 'mine');
    await screen.press('s', keys.enter);
    await screen.shows('handrail-rehearsal-7.md exists. Overwrite it?');
    await screen.press('n');
    await screen.shows('save as:');
    await screen.press(keys.escape);
    await screen.shows('s save');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('a repair is chosen by its number, shown, and only then tried', async () => {
    const screen = await withReport();
    await screen.press('a');
    await screen.shows('Which of 2 repairs?');
    expect(screen.frame()).toContain('▌   1. Keep the comments');
    expect(screen.frame()).not.toContain('Copy the comments back');
    await screen.press('2', keys.enter);
    await screen.shows('No repair that Handrail can make has the number 2.');
    await screen.press('a', '3');
    await screen.shows('▌   3. Leave the table.');
    await screen.press(keys.enter);
    await screen.shows('Repair 3');
    await screen.shows('+ export class A {}');
    await screen.press('n');
    await screen.shows('Which of 2 repairs?');
    await screen.press(keys.enter);
    await screen.shows('+     keep();');
    expect(screen.frame()).toContain('pragma defer_foreign_keys = on;');
    expect(screen.session.repaired).toEqual([]);
    await screen.press('y');
    await screen.shows(`Proven, and written to migrations/${NAME}.ts. Z in the list undoes it.`);
    const [made] = screen.session.repaired;
    expect(made).toMatchObject({ revision: NAME, after: null });
    expect(made?.repair.rewritten).toContain('keep();');
    expect(made?.again).toMatchObject({ revisions: [NAME], bases: ['target'] });
  });

  test('a value is asked for, with the default proposed, and goes into the file as typed', async () => {
    const choice = { name: 'item.code', proposed: "'info'" };
    const rewritten = `export class A { up() { this.addSql(\`update item set code = ${ANSWER}\`); } }`;
    const asking = { ...findingOf(), repairs: [repairOf({ choice, rewritten })] };
    const screen = await withReport(
      reportOf([rehearsedRevision({ verdict: 'hazards', findings: [asking] })]),
    );
    await screen.press('a');
    await screen.shows("item.code = (SQL) 'info'");
    await screen.press(...Array.from("'info'", () => keys.backspace), keys.enter);
    await screen.shows('Type an expression in SQL');
    await screen.press(...'upper(`name`)', keys.enter);
    await screen.shows('Rehearse this repair');
    await screen.press('y');
    await screen.until(() => screen.session.repaired.length === 1, 'tried');
    expect(screen.session.repaired[0]?.repair.rewritten).toContain('code = upper(\\`name\\`)');
  });

  test('a repair that is not enough goes on with what is offered then', async () => {
    const session = new FakeSession();
    const next = repairOf({ id: 'rows-lost:comments:2', title: 'Keep them, too.' });
    session.answers.repair = async ({ repair, first }) => ({
      ok: true,
      value: {
        kept: false,
        attempt: {
          repairs: [repair],
          helped: [],
          repaired: { revision: NAME, text: '', further: [], differs: [] },
          report: reportOf([
            rehearsedRevision({ name: NAME, findings: [{ ...findingOf(), repairs: [next] }] }),
          ]),
          why: `It fails still, ${first.verdict}.`,
        },
      },
    });
    const screen = await withReport(hazardousReport, { session });
    await screen.press('a', keys.enter);
    await screen.shows('Rehearse this repair');
    await screen.press('y');
    await screen.shows('Keep them, too.');
    await screen.press('y');
    await screen.until(() => session.repaired.length === 2, 'tried on');
    expect(session.repaired[1]?.after?.repairs).toHaveLength(1);
  });

  test('a repair that is refused says why, and nothing is rehearsed', async () => {
    const session = new FakeSession();
    session.answers.repair = async () => ({
      ok: false,
      problem: problemOf({ what: 'The file is another one by now.' }),
    });
    const screen = await withReport(hazardousReport, { session });
    await screen.press('a', keys.enter);
    await screen.shows('Rehearse this repair, and write it if it is proven?');
    await screen.press('y');
    await screen.shows('✗ The file is another one by now.');
    expect(screen.frame()).toContain('Refused: the file is as it was');
    await screen.press('y', 'n');
    await screen.shows('Which of 2 repairs?');
    await screen.press(keys.escape);
    await screen.shows('⚠ Hazards: it ran');
    expect(session.repaired).toHaveLength(1);
    expect(session.rehearsed).toHaveLength(1);
  });

  test('without the file nothing is offered but to go back', async () => {
    rmSync(join(root, 'migrations', `${NAME}.ts`));
    const screen = await withReport();
    await screen.press('a', keys.enter);
    await screen.shows('The revision’s file could not be read.');
    await screen.press('y');
    expect(screen.session.repaired).toEqual([]);
  });

  test('a kept report is repaired too', async () => {
    const session = new FakeSession();
    const [only] = hazardousReport.revisions;
    const [finding] = only?.findings.slice(1) ?? [];
    if (!only || !finding) throw new Error('There is one.');
    const one = { ...finding, repairs: finding.repairs.slice(0, 1) };
    session.answers.rehearsal = async () => ({
      ok: true,
      value: reportOf([{ ...only, findings: [one] }]),
    });
    const screen = await withHistory({ session, root }, historyWith(evidenceOf()));
    await screen.press('v');
    await screen.shows('⚠ Hazards: it ran');
    await screen.press('a');
    await screen.shows('+     keep();');
    await screen.press('y');
    await screen.shows('Proven, and written to');
    expect(session.repaired[0]?.again).toEqual({ revisions: [NAME], bases: ['target'] });
  });

  test('a clean report offers nothing to repair', async () => {
    const screen = await whileRehearsing({ root });
    screen.session.finishRehearsal(reportOf([rehearsedRevision()]));
    await screen.shows('✓ Clean:');
    await screen.press('a');
    await screen.shows('The report offers no repair that Handrail could make.');
  });
});

describe('the list', () => {
  const listed = (name: string, rehearsal: Partial<RevisionEvidence>) =>
    revision(name, { state: 'pending', rehearsal: evidenceOf(rehearsal) });

  test('shows what the last rehearsal is worth, in symbols and words', async () => {
    const screen = openScreen();
    const history = historyOf([
      revision('applied', { rehearsal: evidenceOf() }),
      listed('hazardous', { verdict: 'hazards' }),
      listed('failing', { verdict: 'failed' }),
      listed('outdated', { verdict: 'hazards', stale: ['code'] }),
      listed('good', {}),
    ]);
    screen.session.emit({ type: 'history', history });
    await screen.shows('▌○ good');
    const frame = screen.frame();
    expect(frame).toMatch(/○ good +✓ rehearsed/);
    expect(frame).toMatch(/○ outdated +⚠ stale/);
    expect(frame).toMatch(/○ failing +✗ failed/);
    expect(frame).toMatch(/○ hazardous +⚠ hazards/);
    expect(frame).toMatch(/● applied +✓ rehearsed {2}23 days ago/);
    expect(frame).toContain('✓ rehearsed 2 min ago: up 41 ms · down 12 ms · 0 of 9,412 rows lost');
    await screen.press('/', ...'stale');
    await screen.shows('(1 of 5)');
    expect(screen.frame()).toContain('stale: the project’s code changed since');
  });

  test('keeps the symbol where there is no room for words', async () => {
    const screen = openScreen({ columns: 80, rows: 24 });
    const history = historyOf([
      listed('20261120_index_changesets', { verdict: 'hazards', stale: ['base'] }),
      { ...listed('20261121_a_long_name', { verdict: 'failed' }), flags: ['out-of-order'] },
      listed('20261124_add_repo_owner', {}),
    ]);
    screen.session.emit({ type: 'history', history });
    await screen.shows('▌○ 20261124_add_repo_owner ✓ ');
    expect(screen.frame()).toContain('⚠? │');
    expect(screen.frame()).toMatch(/○ 2026\S+ out of order {2}✗ /);
  });
});

describe('a plan that would lose rows', () => {
  const hazards = [
    { revision: NAME, sql: 'drop table `repos`', what: '12 rows of comments would be deleted.' },
  ];

  async function withHazards(direction: 'up' | 'down') {
    const session = new FakeSession();
    const plan = planOf(direction, [NAME], { hazards });
    session.answers.plan = async () => ({ ok: true, value: plan });
    const screen = await withHistory({ session, columns: 80, rows: 24 });
    await screen.press(direction === 'up' ? 'u' : 'd');
    await screen.shows('Rows would be lost. g runs it guarded');
    return { screen, session, plan };
  }

  test.each([
    ['up', keys.enter],
    ['down', 'y'],
  ] as const)('%s is not run by the plain key, which says why', async (direction, key) => {
    const { screen, session } = await withHazards(direction);
    expect(screen.frame()).toContain('1. 12 rows of comments would be deleted.');
    expect(screen.frame()).toContain(`mikro-orm migration:${direction}`);
    await screen.press(key);
    await screen.shows('Rows of other tables would be deleted. g runs it guarded');
    await screen.press(key, key);
    expect(session.ran).toEqual([]);
  });

  test('is run guarded by g, after one more question', async () => {
    const { screen, session, plan } = await withHazards('up');
    await screen.press('g');
    await screen.shows('mikro-orm migration:up elsewhere will lose them.');
    await screen.press(keys.enter, 'n');
    await screen.shows('Rows would be lost.');
    expect(session.ran).toEqual([]);
    await screen.press('g');
    await screen.shows('Guarded?');
    await screen.press('y');
    await screen.until(() => session.ran.length === 1, 'ran');
    expect(session.calls).toContain('run guarded');
    expect(session.ran).toEqual([guardedPlan(plan)]);
    await screen.shows('upgrading: starting…');
  });

  test('nothing else is run guarded', async () => {
    const screen = await withHistory();
    await screen.press('u');
    await screen.shows('Run this upgrade?');
    await screen.press('g');
    await screen.shows('Nothing in this plan needs a guard.');
    await screen.press(keys.enter);
    await screen.until(() => screen.session.ran.length === 1, 'ran');
    expect(screen.session.calls).toContain('run');
  });
});

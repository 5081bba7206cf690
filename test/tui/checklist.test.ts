import { describe, expect, test } from 'vitest';
import { checklistOf, evidenceOf, historyOf, problemOf, revision, stepOf } from './builders.ts';
import { FakeSession } from './fake-session.ts';
import { keys, type Options, openScreen } from './screen.tsx';

const draft = revision('20261124_add_repo_owner', { state: 'pending', flags: ['draft'] });
const applied = revision('20261101_user_api_keys');

async function openChecklist(options: Options = {}, history = historyOf([applied, draft])) {
  const { session = new FakeSession() } = options;
  const screen = openScreen({ ...options, session });
  session.emit({ type: 'history', history });
  await screen.shows('user_api_keys');
  await screen.press('c');
  await screen.shows('Checklist ─');
  await screen.shows('Commit together');
  return screen;
}

describe('the checklist screen', () => {
  test('stands at the next step, and says what it is for and what Enter does', async () => {
    const screen = await openChecklist();
    await screen.shows('3 of 9 · next: clean the draft up');
    await screen.shows('▌○ Clean the draft up');
    await screen.shows('Enter opens it in your editor.');
    await screen.shows('A generator knows the schema');
    await screen.press(keys.escape);
    await screen.shows('╭▸Revisions');
    await screen.shows('checklist (c): 3 of 9');
  });

  test('does the next thing with one key, and has read what the editor left as it was', async () => {
    const screen = await openChecklist();
    await screen.shows('▌○ Clean the draft up');
    await screen.press(keys.enter);
    await screen.until(() => screen.edited.length === 1, 'the editor is opened');
    await screen.until(
      () => screen.session.calls.includes(`mark ${draft.name} edit done`),
      'it was read',
    );
  });

  test('rehearses for upgrade, test and downgrade, and leads back', async () => {
    const session = new FakeSession();
    session.answers.checklist = async (name) => ({
      ok: true,
      value: checklistOf(name, { edit: { state: 'done' } }),
    });
    const screen = await openChecklist({ session });
    await screen.shows('▌○ Upgrade');
    await screen.press(keys.enter);
    await screen.until(() => session.rehearsed.length === 1, 'it is rehearsed');
    expect(session.rehearsed).toEqual([{ revisions: [draft.name], bases: ['target'] }]);
    await screen.shows('Rehearsal');
    session.emit({ type: 'rehearsal-step', step: stepOf('down', { state: 'running' }) });
    await screen.press(keys.escape);
    await screen.shows('▌○ Upgrade');
    await screen.press(keys.down, keys.down);
    await screen.shows('▌');
    await screen.shows('○ running');
  });

  test('opens the report when a rehearsal found something', async () => {
    const session = new FakeSession();
    session.answers.checklist = async (name) => ({
      ok: true,
      value: checklistOf(name, {
        edit: { state: 'done' },
        upgrade: { state: 'failed', evidence: 'By a rehearsal: 12 rows lost.' },
      }),
    });
    const rehearsed = { ...draft, rehearsal: evidenceOf({ verdict: 'hazards' }) };
    const screen = await openChecklist({ session }, historyOf([applied, rehearsed]));
    await screen.shows('✗ Upgrade');
    await screen.shows('By a rehearsal: 12 rows lost.');
    await screen.press(keys.enter);
    await screen.until(() => session.calls.includes('rehearsal 7'), 'the report is asked for');
  });

  test('upgrades what is pending before it, after showing the plan', async () => {
    const session = new FakeSession();
    const first = revision('20261120_first', { state: 'pending' });
    session.answers.checklist = async (name) => ({
      ok: true,
      value: checklistOf(name, { current: { state: 'todo' } }),
    });
    const screen = await openChecklist({ session }, historyOf([applied, first, draft]));
    await screen.shows('▌○ Target up to date');
    await screen.press(keys.enter);
    await screen.shows('Enter runs it');
    expect(session.planned).toEqual([
      { direction: 'up', goal: { kind: 'to', revision: '20261120_first' } },
    ]);
    await screen.press(keys.enter);
    await screen.until(() => session.ran.length === 1, 'it runs');
    await screen.shows('Checklist ─');
  });

  test('skips a step with a reason, and never without one', async () => {
    const screen = await openChecklist();
    const marks = () => screen.session.calls.filter((call) => call.startsWith('mark'));
    await screen.shows('▌○ Clean the draft up');
    await screen.press('s');
    await screen.shows('Reason for skipping:');
    await screen.press(keys.enter);
    await screen.shows('A step is skipped with a reason.');
    expect(marks()).toEqual([]);
    await screen.press('s');
    for (const letter of 'as it is') await screen.press(letter);
    await screen.press(keys.enter);
    await screen.until(() => marks().length === 1, 'it is kept');
    expect(marks()).toEqual([`mark ${draft.name} edit skipped as it is`]);
  });

  test('a skipped step is taken up again, a done one and the commit are not skipped', async () => {
    const session = new FakeSession();
    session.answers.checklist = async (name) => ({
      ok: true,
      value: checklistOf(name, { edit: { state: 'skipped', evidence: 'Skipped: no time' } }),
    });
    const screen = await openChecklist({ session });
    await screen.shows('▌○ Upgrade');
    await screen.press(keys.up);
    await screen.shows('Skipped: no time');
    await screen.press('s');
    await screen.until(() => session.calls.includes(`mark ${draft.name} edit todo`), 'taken up');
    await screen.press(keys.up, 's');
    await screen.shows('It is done: there is nothing to skip.');
    await screen.press('G', 's');
    await screen.shows('There is no way around “Commit together”.');
  });

  test('is one for each draft, and for the next revision', async () => {
    const other = revision('20261125_add_ssh', { state: 'pending', flags: ['draft'] });
    const screen = await openChecklist({}, historyOf([applied, draft, other]));
    await screen.shows('Checklist ─ 20261125_add_ssh');
    await screen.press(']');
    await screen.shows('Checklist ─ next revision');
    await screen.press(']');
    await screen.shows('Checklist ─ 20261124_add_repo_owner');
    await screen.press('[');
    await screen.shows('Checklist ─ next revision');
    await screen.press('n');
    await screen.shows('+ column shelf.width');
  });

  test('falls back to the next revision when its draft is gone', async () => {
    const screen = await openChecklist();
    screen.session.emit({ type: 'history', history: historyOf([applied]) });
    await screen.shows('Checklist ─ next revision');
    await screen.press(']');
    await screen.shows('There is only this checklist.');
  });

  test('says why it can’t be told', async () => {
    const session = new FakeSession();
    const screen = openScreen({ session });
    session.emit({ type: 'history', history: historyOf([applied, draft]) });
    session.answers.checklist = async () => ({
      ok: false,
      problem: problemOf({ what: 'The journal can’t be read.' }),
    });
    await screen.shows('user_api_keys');
    await screen.press('c');
    await screen.shows('The journal can’t be read.');
  });

  test('fits a small terminal, where steps and explanation take turns', async () => {
    const screen = await openChecklist({ columns: 60, rows: 16 });
    await screen.shows('▌○ Clean the draft up');
    expect(screen.frame()).not.toContain('A generator knows');
    await screen.press(keys.tab);
    await screen.shows('A generator knows');
    for (const row of screen.rows()) expect(row.length).toBeLessThanOrEqual(60);
    expect(screen.rows().length).toBeLessThanOrEqual(16);
  });
});

import { expect, test } from 'vitest';
import { repairAll } from '../../source/cli/repairing.ts';
import { ANSWER, type Repair } from '../../source/contract/rehearsal.ts';
import type { RepairOutcome, RepairWish } from '../../source/session/repair.ts';
import { findingOf, rehearsedRevision, repairOf, reportOf } from '../tui/builders.ts';

const again = { revisions: [], bases: ['target'] } as const;
const silent = { note: () => {} };
const offering = (...repairs: Repair[]) =>
  reportOf([rehearsedRevision({ verdict: 'hazards', findings: [findingOf({ repairs })] })]);

/** Keeps nothing: what it offers then is what `next` says. */
async function tried(repairs: Repair[], next: Repair[], wishes = { choose: [''], answer: [''] }) {
  const asked: RepairWish[] = [];
  const repair = async (wish: RepairWish) => {
    asked.push(wish);
    const { revision, after } = wish;
    const made = [...(after?.repairs ?? []), wish.repair];
    const repaired = { revision, text: wish.repair.rewritten ?? '', further: [], differs: [] };
    const attempt = { repairs: made, helped: [], repaired, report: offering(...next), why: 'no' };
    const value: RepairOutcome = { kept: false, attempt };
    return { ok: true, value } as const;
  };
  const first = { id: 1, report: offering(...repairs) };
  const reply = await repairAll({ repair }, first, again, wishes, silent);
  return { asked, reply };
}

const none = { choose: [], answer: [] };

test('what chooses a value or deletes rows is left out, unless it was answered or chosen', async () => {
  const value = repairOf({
    id: 'a',
    choice: { name: 'item.code', proposed: null },
    rewritten: ANSWER,
  });
  const deletes = repairOf({ id: 'b', choice: { name: null, proposed: null }, rewritten: 'b' });
  expect((await tried([value, deletes], [], none)).asked).toEqual([]);
  const answered = await tried([value, deletes], [], { choose: [], answer: ["item.code='x'"] });
  expect(answered.asked.map(({ repair }) => repair.rewritten)).toEqual(["'x'"]);
  const chosen = await tried([value, deletes], [], { choose: ['b'], answer: [] });
  expect(chosen.asked.map(({ repair }) => repair.id)).toEqual(['b']);
});

test('a name that nothing asks for is refused', async () => {
  const { reply } = await tried([], [], { choose: [], answer: ['item.cod=1'] });
  expect(reply).toMatchObject({ ok: false, problem: { code: 'usage' } });
});

test('a chosen repair without the value that it asks for is refused', async () => {
  const choice = { name: 'item.code', proposed: null };
  const value = repairOf({ id: 'a', choice, rewritten: ANSWER });
  const { asked, reply } = await tried([value], [], { choose: ['a'], answer: [] });
  expect(asked).toEqual([]);
  expect(reply).toMatchObject({
    problem: { code: 'usage', next: ['Add --answer item.code=… with an SQL expression.'] },
  });
});

test('one that did not do alone goes on with the next, and none is made twice', async () => {
  const one = repairOf({ id: 'one', rewritten: '1' });
  const two = repairOf({ id: 'two', rewritten: '2', statements: ['select 2'] });
  const onceMore = { ...one, rewritten: '11' };
  const { asked, reply } = await tried([one], [onceMore, two, { ...two, rewritten: '22' }], none);
  expect(asked.map(({ repair }) => repair.rewritten)).toEqual(['1', '2']);
  expect(reply).toMatchObject({ value: { repaired: [], unproven: [{ why: 'no' }] } });
});

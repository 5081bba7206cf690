/** A draft in words, for the app and the commands alike. */

import type {
  Discarded,
  DraftChange,
  DraftQuestion,
  DraftTrial,
  Place,
} from '../contract/draft.ts';
import { plural } from '../text/format.ts';

const SIGNS = { add: '+', change: '~', rename: '→', drop: '−' } as const;

function describeChange({ kind, what, detail }: DraftChange): string {
  const words = kind === 'rename' ? `${what} is renamed to ${detail}` : what;
  const more = detail && kind !== 'rename' ? `  ${detail}` : '';
  return `${SIGNS[kind]} ${words}${more}`;
}

const MANY: Readonly<Record<string, string>> = { index: 'indexes', policy: 'policies' };

/** So many changes of one kind are one line. */
const FOLDED = 4;

/** A line for each change, and one for many that differ in their names and numbers alone. */
export function describeChanges(
  changes: readonly DraftChange[],
): readonly { readonly kind: DraftChange['kind']; readonly words: string }[] {
  const alike = Map.groupBy(changes, ({ kind, what, detail }) => {
    const object = what.slice(0, what.lastIndexOf(' '));
    return [kind, object, kind === 'rename' ? '' : detail.replaceAll(/\d+/g, '#')].join('\n');
  });
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (!first || group.length < FOLDED || first.kind === 'drop' || first.what === 'statement') {
      return group.map((change) => ({ kind: change.kind, words: describeChange(change) }));
    }
    const object = first.what.slice(0, first.what.lastIndexOf(' '));
    const words = `${SIGNS[first.kind]} ${plural(group.length, object, MANY[object])}, such as ${describeChange(first).slice(2)}`;
    return [{ kind: first.kind, words }];
  });
}

/** How a draft did when it was tried, line by line. */
export function describeTrial({
  verdict,
  problem,
  failure,
  findings,
  repaired,
}: DraftTrial): readonly string[] {
  const already = repaired.map((title) => `✓ Repaired already: ${title}.`);
  if (verdict === null) return [`! It could not be tried: ${problem}`, ...already];
  if (failure) {
    const { direction, statement, message } = failure;
    const which = direction === 'up' ? 'upgrade' : 'downgrade';
    const at = statement === null ? '' : ` At: ${statement}`;
    return [...already, `! Tried on a copy: the ${which} fails. ${message}.${at}`];
  }
  const hazards = findings.flatMap(({ what, repairs }) => [
    `! Tried on a copy: ${what}`,
    ...repairs.slice(0, 1).map(({ title }) => `  Repair: ${title}.`),
  ]);
  const clean = verdict === 'clean' ? ['✓ Tried on a copy: up, down and up again.'] : [];
  return [...already, ...hazards, ...clean];
}

export function describePlace({ table, name }: Place): string {
  return name === null ? table : `${table}.${name}`;
}

/** Without the ways to answer it. */
export function describeQuestion(question: DraftQuestion): string {
  if (question.kind === 'gone') {
    const { place, object, holds } = question;
    const what = `No entity has the ${object.kind} ${describePlace(place)} any more.`;
    if (object.kind !== 'table' && object.kind !== 'column') {
      return `${what} Drop it, as an entity’s, or keep it, as made by hand?`;
    }
    const lost =
      holds === null ? '' : ` It holds ${plural(holds, place.name === null ? 'row' : 'value')}.`;
    return `${what}${lost} Rename it, drop it, or keep it?`;
  }
  if (question.kind === 'rows') {
    const { what, direction } = question;
    const when = direction === 'up' ? 'the upgrade' : 'the downgrade';
    return `${what} That stops ${when}. What should become of them?`;
  }
  if (question.kind === 'convert') return describeConversion(question);
  const { table, column, type, rows, direction } = question;
  const where = rows === null ? 'Rows' : plural(rows, 'row');
  const needs = `${table}.${column} (${type}) must have a value`;
  return direction === 'up'
    ? `${needs}. ${where} have none: what should they get?`
    : `${needs} when the downgrade adds it again. ${where} have none then: what should they get?`;
}

function describeConversion({
  table,
  column,
  from,
  to,
  rows,
  why,
  direction,
}: Extract<DraftQuestion, { kind: 'convert' }>): string {
  const when = direction === 'up' ? '' : ' when it is downgraded';
  const becomes = `${table}.${column} becomes ${to}${when}, and is ${from}.`;
  const values = rows === null ? 'its values' : plural(rows, 'value');
  return why === 'zone'
    ? `${becomes} Of which time zone are ${values}${from.includes('without') ? '' : ' to be then'}?`
    : `${becomes} The database knows no way from the one to the other: what do ${values} become?`;
}

const SNAPSHOTS: Readonly<Record<Discarded['snapshot'], string>> = {
  restored: ' MikroORM’s snapshot is as it was before.',
  removed: ' MikroORM’s snapshot, which was new, is removed.',
  left: ' MikroORM’s snapshot was changed since, and is left as it is.',
  none: '',
};

export function describeDiscarded({ file, snapshot }: Discarded): string {
  return `Removed ${file}; the journal keeps its text.${SNAPSHOTS[snapshot]}`;
}

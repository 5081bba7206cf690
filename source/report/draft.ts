/** A draft in words, for the app and the commands alike. */

import type { DraftChange, DraftQuestion, Place } from '../draft.ts';
import type { Discarded } from '../supervisor/draft.ts';
import { plural } from '../text/format.ts';

const SIGNS = { add: '+', change: '~', rename: '→', drop: '−' } as const;

export function describeChange({ kind, what, detail }: DraftChange): string {
  const words = kind === 'rename' ? `${what} is renamed to ${detail}` : what;
  const more = detail && kind !== 'rename' ? `  ${detail}` : '';
  return `${SIGNS[kind]} ${words}${more}`;
}

export function describePlace({ table, name }: Place): string {
  return name === null ? table : `${table}.${name}`;
}

/** Without the ways to answer it. */
export function describeQuestion(question: DraftQuestion): string {
  if (question.kind === 'gone') {
    const { place, holds } = question;
    const what = `No entity has the ${place.name === null ? 'table' : 'column'} ${describePlace(place)} any more.`;
    const lost =
      holds === null ? '' : ` It holds ${plural(holds, place.name === null ? 'row' : 'value')}.`;
    return `${what}${lost} Was it renamed, shall it go, or stay?`;
  }
  const { table, column, type, rows } = question;
  const where = rows === null ? 'rows' : plural(rows, 'row');
  return `${table}.${column} (${type}) must have a value. What do ${where} get that have none?`;
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

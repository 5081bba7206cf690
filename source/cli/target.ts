/** A target, in words and as a document. */

import type { History } from '../contract/history.ts';
import type { Target } from '../contract/target.ts';
import { escapeControl } from '../text/escape.ts';

type Named = Pick<Target, 'names' | 'protected'>;

/** What a document says of a target. */
export function targetDocument(target: Target) {
  const { name, driver, database, schema } = target;
  return { name, driver, database, schema, protected: protectedDocument(target) };
}

export function protectedDocument({ names: [name], protected: why }: Named) {
  return why === null ? null : { name, why };
}

/** Said where a target is told of. */
export function protectedLine({ protected: why }: Named): readonly string[] {
  return why === null ? [] : [`■ protected: ${escapeControl(why)}`];
}

export function standing({ counts, upToDate }: Pick<History, 'counts' | 'upToDate'>): string {
  const parts = [`● ${counts.applied} applied`, `○ ${counts.pending} pending`];
  if (counts.missing > 0) parts.push(`! ${counts.missing} missing`);
  parts.push(upToDate ? 'up to date' : `▲ behind by ${counts.pending}`);
  return parts.join('   ');
}

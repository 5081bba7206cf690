/** What the last rehearsal of a revision said, and what it is worth now. */

import type { Revision, RevisionEvidence } from '../../contract/revision.ts';
import { ago } from '../../text/format.ts';
import { measuredOf } from '../../text/phrases.ts';
import { type Line, line, span } from './spans.ts';
import { evidenceMark } from './theme.ts';

const CHANGES: Readonly<Record<RevisionEvidence['stale'][number], string>> = {
  file: 'the file',
  code: 'the project’s code',
  base: 'what it was run on',
};

/** `✓ rehearsed 2 min ago: up 41 ms · down 12 ms · 0 of 9,412 rows lost`, and why it is stale. */
export function evidenceLines({ rehearsal, state }: Revision, now: number): readonly Line[] {
  if (!rehearsal) {
    return state === 'pending' ? [line(span('not rehearsed yet · R rehearses it', 'dim'))] : [];
  }
  const { verdict, at, stale } = rehearsal;
  const mark = evidenceMark(rehearsal);
  const begun = Date.parse(at);
  const when = Number.isNaN(begun) ? at : ago(begun, now);
  const outcome = verdict === 'clean' ? '' : verdict === 'hazards' ? ', with hazards' : ', failed';
  const rows: Line[] = [
    line(
      span(`${mark.symbol} `, mark.style),
      span(`rehearsed ${when}${outcome}: `, mark.style === 'good' ? 'plain' : mark.style),
      span(measuredOf(rehearsal).join(' · '), stale.length > 0 ? 'dim' : 'plain'),
    ),
  ];
  if (stale.length > 0) {
    const what = stale.map((change) => CHANGES[change]).join(' and ');
    rows.push(line(span('! ', 'warn'), span(`stale: ${what} changed since`)));
  }
  rows.push(line(span('v shows the report', 'dim')));
  return rows;
}

/** What became of a draft: its file and its SQL, since it was drafted and since it was saved last. */

import type { DraftVersion, DraftVersions } from '../../contract/draft.ts';
import { plural } from '../../text/format.ts';
import { statementText } from '../../text/sql.ts';
import { diffLines } from './diff.ts';
import { EMPTY, type Line, line, rule, span, wrapLines } from './spans.ts';

/** Lines of at most `columns`. */
export function compareDocument(
  { now, drafted, before }: DraftVersions,
  columns: number,
): readonly Line[] {
  const lines: Line[] = drafted
    ? [...sections(drafted, now, 'since it was drafted', columns)]
    : [line(span('The journal does not know what was drafted.', 'warn'))];
  if (before !== null && before.source !== drafted?.source) {
    lines.push(EMPTY, ...sections(before, now, 'since it was saved last', columns));
  }
  return wrapLines(lines, columns);
}

function sections(
  then: DraftVersion,
  now: DraftVersion,
  since: string,
  columns: number,
): readonly Line[] {
  if (then.source === now.source) {
    return [rule(since, columns), line('Nothing: the file is as it was.')];
  }
  return [
    rule(`upgrade ${since}`, columns),
    ...sqlLines(then.up, now.up),
    EMPTY,
    rule(`downgrade ${since}`, columns),
    ...sqlLines(then.down, now.down),
    EMPTY,
    rule(`file ${since}`, columns),
    ...diffLines(then.source, now.source),
  ];
}

function sqlLines(then: DraftVersion['up'], now: DraftVersion['up']): readonly Line[] {
  if (now === null) return [line(span('Its SQL is not known: it can’t be loaded.', 'warn'))];
  if (then === null) return [line(span('What its SQL was is not known.', 'dim'))];
  const [was, is] = [textOf(then), textOf(now)];
  if (was === is) return [line(`The same SQL, ${plural(now.length, 'statement')}.`)];
  return diffLines(was, is);
}

function textOf(statements: readonly string[]): string {
  return statements.map((sql) => `${statementText(sql)}\n`).join('');
}

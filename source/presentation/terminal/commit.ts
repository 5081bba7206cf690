/** What goes into one commit, for the person who confirms it. */

import type { CommitProposal } from '../../contract/commit.ts';
import { EMPTY, type Line, line, lines, rule, span, wrapLines } from './spans.ts';

/** Lines of at most `columns`. */
export function commitLines(
  { files, others, message }: CommitProposal,
  columns: number,
): readonly Line[] {
  const rows: readonly Line[] = [
    ...files.map(({ path, role, change, staged }) =>
      line(
        span(`${role.padEnd(8)}  `, 'dim'),
        span(path, 'strong'),
        span(`  ${change}${staged ? ', staged' : ''}`, change === 'removed' ? 'bad' : 'good'),
      ),
    ),
    ...(others.length > 0
      ? [EMPTY, line(span(`Left as they are: ${others.join(', ')}`, 'dim'))]
      : []),
  ];
  return [
    ...wrapLines(rows, columns),
    EMPTY,
    rule('message', columns),
    ...wrapLines(lines(message), columns),
  ];
}

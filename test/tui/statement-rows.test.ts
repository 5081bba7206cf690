import { describe, expect, test } from 'vitest';
import { statementRows } from '../../source/tui/statement-rows.ts';
import { noticeOf } from './builders.ts';

/** `2` is the row of the statement at 2, `2.1` that of the first notice under it. */
function shown(count: number, seqs: readonly number[], first = 1): readonly string[] {
  const notices = seqs.map((seq, at) => noticeOf(seq, `${at}`));
  const rows = statementRows(count, (seq) => seq - first, notices);
  return Array.from({ length: rows.total }, (_, place) => {
    const { index, nth, notice } = rows.at(place);
    expect(rows.placeOf(index) + nth).toBe(place);
    expect(notice === null).toBe(nth === 0);
    if (notice) expect(notice.seq - first).toBe(index);
    return nth === 0 ? `${index}` : `${index}.${nth}`;
  });
}

describe('rows', () => {
  test('are the statements where nothing was said', () => {
    expect(shown(3, [])).toEqual(['0', '1', '2']);
    expect(shown(0, [1])).toEqual([]);
  });

  test('have what was said under its statement', () => {
    expect(shown(3, [1, 1, 3])).toEqual(['0', '0.1', '0.2', '1', '2', '2.1']);
  });

  test('leave out what was said of statements that are not in the list', () => {
    expect(shown(2, [1, 5, 6, 9], 5)).toEqual(['0', '0.1', '1', '1.1']);
  });

  test('keep notices in their order', () => {
    const rows = statementRows(1, (seq) => seq - 1, [noticeOf(1, 'a'), noticeOf(1, 'b')]);
    expect([1, 2].map((place) => rows.at(place).notice?.message)).toEqual(['a', 'b']);
  });
});

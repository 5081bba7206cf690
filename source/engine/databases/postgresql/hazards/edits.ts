/** Changes of a revision's statements that several hazards offer. */

import type { Direction } from '../../../../contract/direction.ts';
import type { Edit } from '../../analysis.ts';
import { alterTable, readAlterTable } from '../parser/alter-table.ts';
import type { StatementFacts } from '../parser/statement.ts';
import type { Step, Survey } from './context.ts';

/**
 * `alter table` with other commands in the place of one; null if it can’t be taken apart.
 *
 * @param commands none leaves it out
 */
export async function replaceCommand(
  sql: string,
  edit: Pick<Edit, 'direction' | 'at'>,
  isIt: (facts: StatementFacts) => boolean,
  commands: readonly string[],
): Promise<Edit | null> {
  const table = await readAlterTable(sql);
  const index = table?.commands.findIndex(({ facts }) => facts.some(isIt)) ?? -1;
  if (!table || index < 0 || edit.at < 0) return null;
  const texts = table.commands.map(({ text }) => text).toSpliced(index, 1, ...commands);
  const statement = alterTable(table, texts);
  return { ...edit, place: 'instead', statements: statement === null ? [] : [statement] };
}

/** The text of the command of a statement that says so; null if it can’t be taken apart. */
export async function commandOf(
  { effect }: Step,
  isIt: (facts: StatementFacts) => boolean,
): Promise<string | null> {
  const table = await readAlterTable(effect.sql);
  return table?.commands.find(({ facts }) => facts.some(isIt))?.text ?? null;
}

/** In what undoes the pass: the statement that says so. */
export function undoing(
  survey: Survey,
  isIt: (facts: StatementFacts) => boolean,
): { readonly direction: Direction; readonly at: number; readonly sql: string } | null {
  const direction = survey.direction === 'up' ? 'down' : 'up';
  const at = survey.other.findIndex((facts) => facts.some(isIt));
  const sql = survey.statements[direction][at];
  return sql === undefined ? null : { direction, at, sql };
}

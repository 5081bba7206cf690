/** Rows that refer to rows which do not exist: found, and cleaned up before they are in the way. */

import type { Direction } from '../../../../contract/direction.ts';
import type { DialectFinding, Edit, RevisionStatements } from '../../analysis.ts';
import { DECISION } from '../../finding.ts';
import { keyOf, quoted, type Schema, sameName } from '../catalogue/schema.ts';
import { readStatement, realTable } from '../parser/statement.ts';
import { findRebuilds } from './rebuild.ts';

export interface Reference {
  readonly table: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentColumns?: readonly string[];
}

/** The condition that a row of the table is an orphan, for a `where`. */
export function orphanCondition(schema: Schema, reference: Reference): string | null {
  const { table, columns, parent } = reference;
  const parentTable = schema.tables.find(({ name }) => sameName(name, parent));
  const given = reference.parentColumns ?? [];
  const parentColumns = given.length > 0 ? given : parentTable ? keyOf(parentTable) : null;
  if (!parentColumns || parentColumns.length !== columns.length) return null;
  const own = columns.map((column) => `${quoted(table)}.${quoted(column)}`);
  const matches = parentColumns.map((column, index) => `p.${quoted(column)} = ${own[index]}`);
  const filled = own.map((column) => `${column} is not null`).join(' and ');
  return `${filled} and not exists (select 1 from ${quoted(parent)} p where ${matches.join(' and ')})`;
}

/** Clean-ups that go before the first statement that touches the table. */
export function orphanRepairs(
  statements: RevisionStatements,
  direction: Direction,
  schema: Schema,
  reference: Reference,
): DialectFinding['repairs'] {
  const condition = orphanCondition(schema, reference);
  const { table, columns, parent } = reference;
  const at = firstStatementOn(statements[direction], table);
  if (condition === null || at === null) return [];
  const edit = (sql: string): Edit[] => [{ direction, at, place: 'before', statements: [sql] }];
  const own = schema.tables.find(({ name }) => sameName(name, table));
  const mayBeNull = columns.every((column) =>
    own?.columns.some(({ name, notNull, key }) => sameName(name, column) && !notNull && key === 0),
  );
  const nulls = columns.map((column) => `${quoted(column)} = null`).join(', ');
  return [
    ...(mayBeNull
      ? [
          {
            title: `Let the rows of ${table} refer to nothing where ${parent} has no such row`,
            caution: '',
            choice: DECISION,
            differs: [{ table, columns }],
            edits: edit(`update ${quoted(table)} set ${nulls} where ${condition}`),
          },
        ]
      : []),
    {
      title: `Delete the rows of ${table} whose row of ${parent} does not exist`,
      caution: 'Deletes rows, and those that refer to them. Look at them first.',
      choice: DECISION,
      differs: [{ table, columns: 'all' }],
      edits: edit(`delete from ${quoted(table)} where ${condition}`),
    },
  ];
}

/** Index of the first statement that touches the table, or of the rebuild that it belongs to. */
export function firstStatementOn(statements: readonly string[], table: string): number | null {
  const rebuild = findRebuilds(statements).find((each) => sameName(each.table, table));
  const index = statements.findIndex((sql) => {
    const facts = readStatement(sql);
    return 'table' in facts && sameName(realTable(facts.table), table);
  });
  if (rebuild && (index < 0 || rebuild.create < index)) return rebuild.create;
  return index < 0 ? null : index;
}

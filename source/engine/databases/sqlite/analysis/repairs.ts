/** Changes of a revision's statements that repair what a rehearsal found. */

import type { Node } from 'sql-parser-cst';
import type { Direction } from '../../../../contract/direction.ts';
import type { DialectFinding, Edit, RevisionStatements } from '../../analysis.ts';
import { DECISION } from '../../finding.ts';
import {
  affinityOf,
  type Named,
  quoted,
  type Schema,
  sameName,
  type Table,
} from '../catalogue/schema.ts';
import { parseStatement, readStatement } from '../parser/statement.ts';
import { findRebuilds, type Rebuild } from './rebuild.ts';

type Repairs = DialectFinding['repairs'];

const DIRECTIONS = ['up', 'down'] as const;

/** A rebuild copies the renamed column's values instead of NULL, in both directions. */
export function fillFrom(
  statements: RevisionStatements,
  table: string,
  from: string,
  to: string,
): Repairs {
  const edits = [
    ...fillInDirection(statements.up, 'up', table, from, to),
    ...fillInDirection(statements.down, 'down', table, to, from),
  ];
  if (edits.length === 0) return [];
  return [
    {
      title: `Copy the values of ${from} into ${to}`,
      caution: `If ${to} is not a new name for ${from}, drop ${from} in a statement of its own instead.`,
      edits,
      differs: [{ table, columns: [to] }],
    },
  ];
}

function fillInDirection(
  statements: readonly string[],
  direction: Direction,
  table: string,
  from: string,
  to: string,
): Edit[] {
  return rebuildsOf(statements, table).flatMap((rebuild): Edit[] => {
    const filled = replaceCopied(statements, rebuild, to, (value) =>
      isNull(value) ? quoted(from) : null,
    );
    return filled && rebuild.copy !== null
      ? [{ direction, at: rebuild.copy, place: 'instead', statements: [filled] }]
      : [];
  });
}

/** A value for the NULLs that a rebuild fills a column with; what it fills in otherwise stays. */
export function fillWith(
  statements: readonly string[],
  direction: Direction,
  rebuild: Rebuild,
  column: string,
  value: string,
): Edit | null {
  const filled = replaceCopied(statements, rebuild, column, (given) =>
    isNull(given) ? value : `coalesce(${given}, ${value})`,
  );
  return filled && rebuild.copy !== null
    ? { direction, at: rebuild.copy, place: 'instead', statements: [filled] }
    : null;
}

function isNull(value: string): boolean {
  return /^null$/i.test(value.trim());
}

/**
 * The copying statement with another value for a column; null if it copies otherwise.
 *
 * @param valueFor what is copied now; null leaves it
 */
function replaceCopied(
  statements: readonly string[],
  { copy, create }: Rebuild,
  column: string,
  valueFor: (given: string) => string | null,
): string | null {
  const sql = copy === null ? undefined : statements[copy];
  if (sql === undefined) return null;
  const facts = readStatement(sql);
  if (facts.kind !== 'insert' || !facts.copy || facts.copy.values.includes('*')) return null;
  const made = readStatement(statements[create] ?? '');
  const names = facts.columns ?? (made.kind === 'create-table' ? made.columns : null);
  const index = names?.findIndex((name) => sameName(name, column)) ?? -1;
  const item = index < 0 ? undefined : copiedItems(sql)[index];
  if (!item?.range) return null;
  const value = valueFor(textOf(sql, item.type === 'alias' ? (item.expr as Node) : item));
  const [from, to] = item.range;
  return value === null
    ? null
    : `${sql.slice(0, from)}${value} as ${quoted(column)}${sql.slice(to)}`;
}

function copiedItems(sql: string): readonly Node[] {
  const statement = parseStatement(sql);
  if (statement?.type !== 'insert_stmt') return [];
  const select = statement.clauses.find((clause) => clause.type === 'select_stmt');
  const columns = select?.clauses.find((clause) => clause.type === 'select_clause')?.columns;
  return columns?.type === 'list_expr' ? (columns.items as readonly Node[]) : [];
}

/** SQLite keeps a value that does not fit a type: without the conversion nothing is cut. */
export function keepValues(statements: RevisionStatements, table: string, column: string): Repairs {
  const edits = rebuildsOf(statements.up, table).flatMap((rebuild): Edit[] => {
    const kept = replaceCopied(statements.up, rebuild, column, () => quoted(column));
    return kept && rebuild.copy !== null
      ? [{ direction: 'up', at: rebuild.copy, place: 'instead', statements: [kept] }]
      : [];
  });
  for (const [at, sql] of statements.up.entries()) {
    const facts = readStatement(sql);
    const [only, ...more] = facts.kind === 'update' ? facts.assignments : [];
    const isIt = facts.kind === 'update' && sameName(facts.table, table) && more.length === 0;
    if (isIt && only && sameName(only.column, column)) {
      edits.push({ direction: 'up', at, place: 'instead', statements: [] });
    }
  }
  if (edits.length === 0) return [];
  return [
    {
      title: `Keep the values of ${column} as they are`,
      caution:
        'SQLite stores a value that does not fit the type of its column unchanged. If they shall be cut, keep the old values in another column or table first.',
      edits,
      choice: DECISION,
      differs: [{ table, columns: [column] }],
    },
  ];
}

/** Makes a lost index or trigger again after every rebuild of its table. */
export function remakeObjects(
  statements: RevisionStatements,
  table: string,
  { kind, name, sql }: Named,
): Repairs {
  const edits = DIRECTIONS.flatMap((direction) =>
    rebuildsOf(statements[direction], table).map(
      ({ rename }): Edit => ({ direction, at: rename, place: 'after', statements: [sql] }),
    ),
  );
  if (edits.length === 0) return [];
  return [
    {
      title: `Make the ${kind} ${name} again after the rebuild`,
      caution: '',
      edits,
      differs: [{ table, columns: [] }],
    },
  ];
}

/** Declares STRICT, WITHOUT ROWID and collations in the table that takes the old one's place. */
export function restoreDeclaration(statements: RevisionStatements, table: Table): Repairs {
  const edits = DIRECTIONS.flatMap((direction) =>
    rebuildsOf(statements[direction], table.name).flatMap(({ create }): Edit[] => {
      const declared = declareLike(statements[direction][create] ?? '', table);
      return declared === null
        ? []
        : [{ direction, at: create, place: 'instead', statements: [declared] }];
    }),
  );
  if (edits.length === 0) return [];
  return [
    {
      title: `Declare ${table.name} as it was before`,
      caution: '',
      edits,
      differs: [{ table: table.name, columns: [] }],
    },
  ];
}

function declareLike(sql: string, table: Table): string | null {
  const tree = parseStatement(sql);
  if (tree?.type !== 'create_table_stmt' || !tree.columns?.range) return null;
  const insertions: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  for (const item of tree.columns.expr.items) {
    if (item.type !== 'column_definition' || !item.dataType?.range) continue;
    const old = table.columns.find(({ name }) => sameName(name, item.name.name));
    const [from, to] = item.dataType.range;
    const written = sql.slice(from, to);
    if (table.strict && !STRICT_TYPES.test(written)) {
      const type = old && STRICT_TYPES.test(old.type) ? old.type : strictType(written);
      insertions.push({ from, to, text: type });
    }
    if (old && old.collation !== 'binary' && !/\bcollate\b/i.test(textOf(sql, item))) {
      insertions.push({ from: to, to, text: ` collate ${old.collation}` });
    }
  }
  const options = [table.strict && 'strict', table.withoutRowid && 'without rowid'].filter(Boolean);
  const written = tree.options?.items.length ?? 0;
  const end = tree.columns.range[1];
  if (options.length > 0 && written === 0) {
    insertions.push({ from: end, to: end, text: ` ${options.join(', ')}` });
  }
  return insertions
    .toSorted((a, b) => b.from - a.from)
    .reduce((text, { from, to, text: put }) => text.slice(0, from) + put + text.slice(to), sql);
}

/** https://sqlite.org/stricttables.html */
const STRICT_TYPES = /^(int|integer|real|text|blob|any)$/i;

function strictType(type: string): string {
  const affinity = affinityOf(type.toLowerCase());
  return affinity === 'numeric' ? 'any' : affinity;
}

/** A rename in place of a drop and a creation, in both directions. */
export function renameInstead(
  statements: RevisionStatements,
  schema: Schema,
  { from, to }: { readonly from: string; readonly to: string },
): Repairs {
  const up = renameEdits(statements.up, 'up', from, to);
  if (up === null) return [];
  const down = renameEdits(statements.down, 'down', to, from) ?? [];
  const old = schema.named.filter(({ kind, table }) => kind === 'index' && sameName(table, from));
  const [upFirst, ...upRest] = up;
  const [downFirst, ...downRest] = down;
  const edits: Edit[] = [];
  // Indexes come along under their old names; the draft makes those with the new ones.
  if (upFirst) {
    const drops = old.map(({ name }) => `drop index ${quoted(name)}`);
    edits.push({ ...upFirst, statements: [...upFirst.statements, ...drops] }, ...upRest);
  }
  if (downFirst) {
    const drops = indexesMade(statements.up, to).map((name) => `drop index ${quoted(name)}`);
    const made = new Set(indexesMade(statements.down, from).map((name) => name.toLowerCase()));
    const missing = old.filter(({ name }) => !made.has(name.toLowerCase())).map(({ sql }) => sql);
    edits.push(
      { ...downFirst, statements: [...downFirst.statements, ...drops, ...missing] },
      ...downRest,
    );
  }
  return [
    {
      title: `Rename ${from} to ${to} instead`,
      caution: `If ${to} is not the same table under a new name, keep the draft, and drop ${from} knowingly.`,
      edits,
      differs: [from, to].map((table) => ({ table, columns: 'all' })),
    },
  ];
}

/** A rename in place of a column that is dropped and one that is added, in both directions. */
export function renameColumnInstead(
  statements: RevisionStatements,
  table: string,
  from: string,
  to: string,
): Repairs {
  const up = columnEdits(statements.up, 'up', table, from, to);
  if (up.length === 0) return [];
  return [
    {
      title: `Rename ${from} to ${to} instead`,
      caution: `If ${to} is not a new name for ${from}, drop ${from} in a revision of its own instead.`,
      choice: DECISION,
      differs: [{ table, columns: [from, to] }],
      edits: [...up, ...columnEdits(statements.down, 'down', table, to, from)],
    },
  ];
}

function columnEdits(
  statements: readonly string[],
  direction: Direction,
  table: string,
  from: string,
  to: string,
): Edit[] {
  const at = (kind: 'add-column' | 'drop-column', column: string) =>
    statements.findIndex((sql) => {
      const facts = readStatement(sql);
      return facts.kind === kind && sameName(facts.table, table) && sameName(facts.column, column);
    });
  const [added, dropped] = [at('add-column', to), at('drop-column', from)];
  if (added < 0 || dropped < 0) return [];
  const rename = `alter table ${quoted(table)} rename column ${quoted(from)} to ${quoted(to)}`;
  return [
    { direction, at: added, place: 'instead', statements: [rename] },
    { direction, at: dropped, place: 'instead', statements: [] },
  ];
}

function indexesMade(statements: readonly string[], table: string): string[] {
  return statements
    .map(readStatement)
    .flatMap((facts) =>
      facts.kind === 'create-index' && sameName(facts.table, table) ? [facts.name] : [],
    );
}

function renameEdits(
  statements: readonly string[],
  direction: Direction,
  from: string,
  to: string,
): Edit[] | null {
  const facts = statements.map(readStatement);
  const create = facts.findIndex(
    (each) => each.kind === 'create-table' && sameName(each.table, to),
  );
  const drop = facts.findIndex((each) => each.kind === 'drop-table' && sameName(each.table, from));
  if (create < 0 || drop < 0) return null;
  const rename = `alter table ${quoted(from)} rename to ${quoted(to)}`;
  return [
    { direction, at: create, place: 'instead', statements: [rename] },
    { direction, at: drop, place: 'instead', statements: [] },
  ];
}

function rebuildsOf(statements: readonly string[], table: string): readonly Rebuild[] {
  return findRebuilds(statements).filter((rebuild) => sameName(rebuild.table, table));
}

function textOf(sql: string, { range }: Node): string {
  return range ? sql.slice(...range) : '';
}

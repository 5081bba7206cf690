/** Values that a statement can't convert, or compute with: it fails at the first of them. */

import { KEYS } from '../../../../../contract/rehearsal.ts';
import type { Table } from '../../catalogue/table.ts';
import type { Shape } from '../../catalogue/table-columns.ts';
import { readAlterTable } from '../../parser/alter-table.ts';
import { parseSql, type Token, tokensOf } from '../../parser/parse.ts';
import { literal, quoted } from '../../parser/sql.ts';
import { addColumns, probe } from './probe.ts';
import type { Scene } from './reenact.ts';
import { type BrokenRows, failingRows, keysWhere, rowsWhere, tableOfName } from './rows.ts';
import { factsOf } from './rules.ts';

export interface BrokenValues extends BrokenRows {
  readonly table: Table;
  /** Null where it is computed from several. */
  readonly column: string | null;
  /** What it was to become; null where it is computed for something else. */
  readonly type: string | null;
  /** The rows, for a `where`: by their keys, or where they are many by what tells them. Else null. */
  readonly listed: string | null;
}

export async function brokenValues(scene: Scene, shape: Shape): Promise<BrokenValues | null> {
  const { failed } = scene;
  for (const fact of await factsOf(scene)) {
    if (!('table' in fact) || fact.table === null) continue;
    const table = tableOfName(shape, fact.table);
    if (!table || failed === null) continue;
    switch (fact.kind) {
      case 'alter-type': {
        const conversion = await conversionOf(failed, fact.column);
        if (!conversion) break;
        const { type, using } = conversion;
        const expression = using ?? quoted(fact.column);
        const found = await tried(scene, table, expression, type, [fact.column]);
        if (found) return { ...found, column: fact.column, type };
        break;
      }
      case 'update': {
        const updated = await updatedValues(failed);
        for (const { column, expression, where } of updated) {
          const type = table.columns.find(({ name }) => name === column)?.type ?? null;
          const value = where === null ? expression : `case when ${where} then ${expression} end`;
          const found = await tried(scene, table, value, type, await columnsIn(expression, table));
          if (found) return { ...found, column, type };
        }
        break;
      }
      default: {
        const found = await scene.attempt(() => computed(scene, table, failed));
        if (found) return found;
      }
    }
  }
  return null;
}

/** Expressions of a check, an index or a column that is generated. */
async function computed(scene: Scene, table: Table, failed: string): Promise<BrokenValues | null> {
  const probed = await scene.attempt(() => probe(scene.query, table, failed));
  if (!probed) return null;
  const plain = probed.added.filter(({ generated }) => !generated);
  await addColumns(scene.query, table, plain);
  const generated = probed.added.filter(({ generated: is }) => is);
  const expressions = [
    ...generated.map(({ value, type }) => ({ expression: value ?? 'null', type })),
    ...probed.rules.flatMap(({ condition, parts, predicate }) =>
      [condition, predicate, ...parts.map(({ expression }) => expression)].flatMap((expression) =>
        expression === null ? [] : [{ expression, type: null }],
      ),
    ),
  ];
  for (const { expression, type } of expressions) {
    const columns = await columnsIn(expression, table);
    const found = await tried(scene, table, expression, type, columns);
    if (!found) continue;
    const [only, ...more] = columns;
    return { ...found, column: more.length === 0 ? (only ?? null) : null, type };
  }
  return null;
}

function tried(
  scene: Scene,
  table: Table,
  expression: string,
  type: string | null,
  columns: readonly string[],
): Promise<Pick<BrokenValues, 'table' | 'listed' | 'rows' | 'keys'> | null> {
  return scene.attempt(async () => {
    const condition = await failingRows(scene.query, table, expression, type);
    if (condition === null) return null;
    const found = await rowsWhere(scene.query, table, condition, columns);
    const listed =
      found.rows > KEYS
        ? await unreadable(scene, table, columns, type, found.rows)
        : await keysWhere(scene.query, table, condition);
    return { ...found, table, listed };
  });
}

/** Many rows are told by whether the type can read their text, if that tells the same ones. */
function unreadable(
  scene: Scene,
  table: Table,
  [column, ...more]: readonly string[],
  type: string | null,
  rows: number,
): Promise<string | null> {
  if (column === undefined || more.length > 0 || type === null) return Promise.resolve(null);
  return scene.attempt(async () => {
    // Since PostgreSQL 16.
    const condition = `not pg_input_is_valid(${quoted(column)}::text, ${literal(type)})`;
    const found = await rowsWhere(scene.query, table, condition, []);
    return found.rows === rows ? condition : null;
  });
}

/** Of `alter column … type … using …`. */
async function conversionOf(sql: string, column: string) {
  const parsed = await readAlterTable(sql);
  const command = parsed?.commands.find(({ facts }) =>
    facts.some((fact) => fact.kind === 'alter-type' && fact.column === column),
  );
  if (!command) return null;
  const { text } = command;
  const tokens = await tokensOf(text);
  const type = tokens.findIndex((token) => token.text.toLowerCase() === 'type');
  const using = tokens.findIndex((token, at) => at > type && token.text.toLowerCase() === 'using');
  const collate = tokens.findIndex(
    (token, at) => at > type && token.text.toLowerCase() === 'collate',
  );
  const start = tokens[type]?.end;
  const ends = [using, collate]
    .filter((at) => at > 0)
    .map((at) => tokens[at]?.start ?? text.length);
  if (type < 0 || start === undefined) return null;
  return {
    type: text.slice(start, Math.min(text.length, ...ends)).trim(),
    using: using < 0 ? null : text.slice(tokens[using]?.end).trim(),
  };
}

/** Of an update of one table alone, without an alias. */
async function updatedValues(sql: string) {
  const [node] = await parseSql(sql);
  if (!node || !('UpdateStmt' in node)) return [];
  const { relation, targetList = [], fromClause, withClause } = node.UpdateStmt;
  if (fromClause || withClause || relation?.alias) return [];
  const outer = outermost((await tokensOf(sql)).filter(({ text }) => text !== ';'));
  const word = (text: string) => outer.find((token) => token.text.toLowerCase() === text);
  const [set, where, returning] = [word('set'), word('where'), word('returning')];
  const end = returning?.start ?? sql.replace(/;\s*$/, '').length;
  const condition = where ? sql.slice(where.end, end) : null;
  const last = where?.start ?? end;
  const commas = outer.filter(
    ({ text, start }) => text === ',' && start > (set?.end ?? 0) && start < last,
  );
  const starts = [set?.end ?? 0, ...commas.map(({ end: at }) => at)];
  const parts = starts.map((start, at) => sql.slice(start, commas[at]?.start ?? last));
  if (parts.length !== targetList.length) return [];
  return targetList.flatMap((target, at) => {
    const column = 'ResTarget' in target ? target.ResTarget.name : undefined;
    const [, expression] = /^[^=]*=(.*)$/s.exec(parts[at] ?? '') ?? [];
    return column && expression ? [{ column, expression, where: condition }] : [];
  });
}

/** Those that are in no brackets. */
function outermost(tokens: readonly Token[]): readonly Token[] {
  let depth = 0;
  return tokens.filter(({ text }) => {
    if (text === ')' || text === ']') depth--;
    const found = depth === 0;
    if (text === '(' || text === '[') depth++;
    return found;
  });
}

async function columnsIn(expression: string, { columns }: Table): Promise<readonly string[]> {
  const texts = new Set((await tokensOf(expression)).map(({ text }) => text));
  return columns
    .map(({ name }) => name)
    .filter((name) => texts.has(name) || texts.has(quoted(name)));
}

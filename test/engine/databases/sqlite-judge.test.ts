/**
 * Random schemas, rows and changes: findings say that something is lost exactly when a comparison
 * that shares no code with them says so.
 *
 * The other side is a model in plain JavaScript of what the statements mean to do. What the
 * database holds afterwards and the model does not, or the other way round, was not meant.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DialectFinding } from '../../../source/engine/databases/analysis.ts';
import { SqliteThrowaway } from '../../../source/engine/databases/sqlite/throwaway/throwaway.ts';
import { runPass, yardstickOf } from './sqlite/passes.ts';

type Value = string | number | null;
type Row = Record<string, Value>;

interface Column {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'real';
}
interface TableModel {
  readonly name: string;
  readonly columns: readonly Column[];
  /** A table before this one, and what happens to rows when theirs goes. */
  readonly parent: { readonly table: number; readonly action: string } | null;
  readonly rows: readonly Row[];
}
type Change =
  | { readonly kind: 'rebuild'; readonly table: number }
  | { readonly kind: 'rebuild-rename'; readonly table: number; readonly column: number }
  | { readonly kind: 'add'; readonly table: number }
  | { readonly kind: 'rename'; readonly table: number; readonly column: number }
  | { readonly kind: 'update'; readonly table: number; readonly column: number }
  | { readonly kind: 'delete'; readonly table: number; readonly divisor: number }
  | { readonly kind: 'insert'; readonly table: number }
  | { readonly kind: 'index'; readonly table: number; readonly column: number };

const VALUES: Readonly<Record<Column['type'], readonly Value[]>> = {
  text: ['', 'a', 'A', "it's", '1', '01', '\u0000', 'ü', null],
  integer: [0, 1, -7, 2 ** 40, null],
  real: [0.5, 1, -2.25, 1e300, null],
};
const value = (type: Column['type']): fc.Arbitrary<Value> => fc.constantFrom(...VALUES[type]);

const columns = fc.uniqueArray(
  fc.record<Column>({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    type: fc.constantFrom('text', 'integer', 'real'),
  }),
  { minLength: 1, maxLength: 3, selector: ({ name }) => name },
);

const tables = fc
  .array(fc.tuple(columns, fc.nat(), fc.constantFrom('cascade', 'set null', 'no action')), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((shapes) =>
    fc.tuple(
      ...shapes.map(([shape, link, action], index) => {
        const parent = index > 0 && link % 3 > 0 ? { table: link % index, action } : null;
        const own = Object.fromEntries(shape.map(({ name, type }) => [name, value(type)]));
        return fc.array(fc.tuple(fc.record(own), fc.nat({ max: 6 })), { maxLength: 6 }).map(
          (made): TableModel => ({
            name: `t${index}`,
            columns: shape,
            parent,
            rows: made.map(([fields, to], id) => ({
              id: id + 1,
              ...(parent && { parent_id: to }),
              ...fields,
            })) as Row[],
          }),
        );
      }),
    ),
  )
  .map(withoutOrphans);

/** References go to rows that exist. */
function withoutOrphans(made: readonly TableModel[]): readonly TableModel[] {
  return made.map((table) => {
    const parent = table.parent ? made[table.parent.table] : undefined;
    if (!parent) return table;
    const rows = table.rows.map((row) => {
      const to = Number(row.parent_id);
      return { ...row, parent_id: to >= 1 && to <= parent.rows.length ? to : null };
    });
    return { ...table, rows };
  });
}

const place = fc.nat({ max: 11 });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('rebuild' as const), table: place }),
  fc.record({ kind: fc.constant('rebuild-rename' as const), table: place, column: place }),
  fc.record({ kind: fc.constant('add' as const), table: place }),
  fc.record({ kind: fc.constant('rename' as const), table: place, column: place }),
  fc.record({ kind: fc.constant('update' as const), table: place, column: place }),
  fc.record({
    kind: fc.constant('delete' as const),
    table: place,
    divisor: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('insert' as const), table: place }),
  fc.record({ kind: fc.constant('index' as const), table: place, column: place }),
);

/** What the changes mean: their SQL, and the rows that there should be. */
class Meaning {
  readonly statements: string[] = [];
  readonly tables: { name: string; columns: Column[]; parent: TableModel['parent']; rows: Row[] }[];
  #names = 0;
  readonly #emptied = new Set<string>();

  constructor(made: readonly TableModel[]) {
    this.tables = made.map((table) => ({
      ...table,
      columns: [...table.columns],
      rows: table.rows.map((row) => ({ ...row })),
    }));
  }

  apply(change: Change): void {
    const table = this.tables[change.table % this.tables.length];
    if (!table) return;
    const column =
      'column' in change ? table.columns[change.column % table.columns.length] : undefined;
    const { name, rows } = table;
    switch (change.kind) {
      case 'rebuild':
        this.#rebuild(table, table.columns, (each) => `"${each}"`);
        break;
      case 'rebuild-rename': {
        if (!column) break;
        const renamed = `n${this.#names++}`;
        const now = table.columns.map((each) =>
          each === column ? { ...each, name: renamed } : each,
        );
        this.#rebuild(table, now, (each) => (each === renamed ? `null as "${each}"` : `"${each}"`));
        this.#renameIn(table, column, renamed);
        this.#emptied.add(renamed);
        break;
      }
      case 'add': {
        // Its values did not exist before, so that none of them can be lost.
        this.statements.push(
          `alter table "${name}" add column "n${this.#names++}" integer default 3`,
        );
        break;
      }
      case 'rename': {
        if (!column) break;
        const renamed = `n${this.#names++}`;
        this.statements.push(
          `alter table "${name}" rename column "${column.name}" to "${renamed}"`,
        );
        this.#renameIn(table, column, renamed);
        break;
      }
      case 'update':
        // A column that is filled after it was made is a new one, and no lost rename.
        if (!column || this.#emptied.has(column.name)) break;
        this.statements.push(`update "${name}" set "${column.name}" = 42 where "id" % 2 = 0`);
        for (const row of rows) {
          if (Number(row.id) % 2 === 0) row[column.name] = column.type === 'text' ? '42' : 42;
        }
        break;
      case 'delete':
        this.statements.push(`delete from "${name}" where "id" % ${change.divisor} = 0`);
        table.rows = rows.filter((row) => Number(row.id) % change.divisor !== 0);
        this.#follow(this.tables.indexOf(table));
        break;
      case 'insert': {
        const id = 1_000 + this.#names++;
        this.statements.push(`insert into "${name}" ("id") values (${id})`);
        rows.push({ id });
        break;
      }
      case 'index':
        if (column) {
          this.statements.push(`create index "i${this.#names++}" on "${name}" ("${column.name}")`);
        }
        break;
    }
  }

  #rebuild(
    table: Meaning['tables'][number],
    now: readonly Column[],
    copied: (name: string) => string,
  ): void {
    const { name, parent } = table;
    const names = ['id', ...(parent ? ['parent_id'] : []), ...now.map((each) => each.name)];
    this.statements.push(
      'pragma foreign_keys = off',
      definition({ name: `${name}__temp_alter`, columns: now, parent }),
      `insert into "${name}__temp_alter" select ${names.map(copied).join(', ')} from "${name}"`,
      `drop table "${name}"`,
      `alter table "${name}__temp_alter" rename to "${name}"`,
      'pragma foreign_keys = on',
    );
  }

  /** What refers to rows that were deleted goes with them, as it is declared. */
  #follow(parent: number): void {
    const left = new Set(this.tables[parent]?.rows.map(({ id }) => id));
    for (const [index, child] of this.tables.entries()) {
      if (child.parent?.table !== parent) continue;
      const { action } = child.parent;
      const isLoose = (row: Row) => row.parent_id !== null && !left.has(row.parent_id ?? null);
      if (action === 'cascade') child.rows = child.rows.filter((row) => !isLoose(row));
      for (const row of child.rows) if (action === 'set null' && isLoose(row)) row.parent_id = null;
      if (action === 'cascade') this.#follow(index);
    }
  }

  #renameIn(table: Meaning['tables'][number], column: Column, renamed: string): void {
    if (this.#emptied.has(column.name)) this.#emptied.add(renamed);
    table.columns = table.columns.map((each) =>
      each === column ? { ...each, name: renamed } : each,
    );
    for (const row of table.rows) {
      row[renamed] = row[column.name] ?? null;
      delete row[column.name];
    }
  }
}

function definition({ name, columns, parent }: Pick<TableModel, 'name' | 'columns' | 'parent'>) {
  const all = [
    '"id" integer not null primary key',
    ...(parent
      ? [`"parent_id" integer null references "t${parent.table}" ("id") on delete ${parent.action}`]
      : []),
    ...columns.map((column) => `"${column.name}" ${column.type} null`),
  ];
  return `create table "${name}" (${all.join(', ')})`;
}

/** Whether every row that the model has is in the database, value for value. */
function isAllThere(path: string, meaning: Meaning): boolean {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return meaning.tables.every(({ name, rows }) => {
      const found = new Map(
        (database.prepare(`select * from "${name}"`).all() as Row[]).map((row) => [row.id, row]),
      );
      return rows.every((row) => {
        const real = found.get(row.id ?? null);
        return real !== undefined && Object.entries(row).every(([key, each]) => real[key] === each);
      });
    });
  } finally {
    database.close();
  }
}

async function runOnThrowaway(made: readonly TableModel[], meaning: Meaning) {
  const folder = mkdtempSync(join(tmpdir(), 'handrail-test-judge-'));
  const path = join(folder, 'throwaway.db');
  try {
    fill(path, made);
    const throwaway = new SqliteThrowaway(folder, 'mikro_orm_migrations');
    const mark = await throwaway.mark();
    const sent = meaning.statements;
    const record = await runPass(throwaway, mark, sent, 'up').catch(() => null);
    if (!record) return { failed: true, findings: [] as readonly DialectFinding[], intact: true };
    const yardstick = yardstickOf(throwaway, mark, sent, 'up');
    const { findings } = await throwaway.compare(mark, [record], { up: sent, down: [] }, yardstick);
    return { failed: false, findings, intact: isAllThere(path, meaning) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fill(path: string, made: readonly TableModel[]): void {
  const database = new DatabaseSync(path);
  for (const table of made) {
    database.exec(definition(table));
    for (const row of table.rows) {
      const names = Object.keys(row);
      database
        .prepare(
          `insert into "${table.name}" (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
        )
        .run(...Object.values(row));
    }
  }
  database.close();
}

const LOSSES = ['rows-lost', 'values-lost', 'rename-lost', 'table-rename-lost', 'narrowed'];

describe('what is lost', () => {
  test('is found exactly when something is missing that was not meant to go', async () => {
    let lossy = 0;
    let intactRuns = 0;
    await fc.assert(
      fc.asyncProperty(
        tables,
        fc.array(change, { minLength: 1, maxLength: 5 }),
        async (made, changes) => {
          const meaning = new Meaning(made);
          for (const each of changes) meaning.apply(each);
          const { failed, findings, intact } = await runOnThrowaway(made, meaning);
          if (failed) return;
          const losses = findings.filter(
            ({ kind, severity }) => severity === 'hazard' && LOSSES.includes(kind),
          );
          if (intact) intactRuns++;
          else lossy++;
          const said = losses.map(({ what }) => what).join('\n');
          expect(losses.length === 0, `${meaning.statements.join(';\n')}\n${said}`).toBe(intact);
        },
      ),
      {
        numRuns: Number(process.env.HANDRAIL_TEST_RUNS ?? 200),
        seed: Number(process.env.HANDRAIL_TEST_SEED ?? 20_261_124),
      },
    );
    // Both answers were really asked for.
    expect(lossy).toBeGreaterThan(20);
    expect(intactRuns).toBeGreaterThan(100);
  });
});

/**
 * What passes did to the rows that were there before them, as findings.
 *
 * A loss that statements say – they delete, update or drop by name – is listed as a notice. Every
 * other one is a hazard: nobody who reads the revision can see it. Foreign keys that delete or
 * change rows are the usual cause; a trigger that somebody wrote is meant to.
 */

import type { DialectFinding, PassRecord, RawQuery, RevisionStatements } from '../dialect.ts';
import {
  type Cause,
  type ColumnDifference,
  Losses,
  type TableComparison,
  twinOf,
} from '../losses.ts';
import { Comparison, type TablePair } from './compare.ts';
import { intentOf, type TableIntent } from './intent.ts';
import type { KeptTable, PostgresqlMark } from './mark.ts';
import { renameInstead } from './repairs.ts';
import {
  type Column,
  nameOf,
  type Reference,
  type Shape,
  type Table,
  tableNamed,
} from './shape.ts';
import { qualified, quoted } from './sql.ts';
import { type Name, readStatement, type StatementFacts } from './statement.ts';

export interface Passed {
  readonly before: PostgresqlMark;
  readonly after: Shape;
  /** The upgrade, and the downgrade after it if that is what is judged. */
  readonly passes: readonly PassRecord[];
  readonly statements: RevisionStatements;
}

export interface Judgement {
  readonly findings: readonly DialectFinding[];
  readonly rowsLost: number;
}

export async function judge(query: RawQuery, passed: Passed): Promise<Judgement> {
  const intent = await intentOf(passed.before.shape, passed.passes);
  return new Judge(new Comparison(query), passed, intent).result();
}

class Judge {
  readonly #comparison: Comparison;
  readonly #passed: Passed;
  readonly #intent: ReadonlyMap<string, TableIntent>;
  readonly #findings: DialectFinding[] = [];
  /** The downgrade is judged by names: everything has to be where it was. */
  readonly #back: boolean;
  #rowsLost = 0;

  constructor(comparison: Comparison, passed: Passed, intent: ReadonlyMap<string, TableIntent>) {
    this.#comparison = comparison;
    this.#passed = passed;
    this.#intent = intent;
    this.#back = passed.passes.at(-1)?.direction === 'down';
  }

  async result(): Promise<Judgement> {
    for (const kept of this.#passed.before.tables.values()) {
      const after = this.#successorOf(kept.table);
      const intent = this.#intent.get(kept.table.oid);
      if (!intent) continue;
      if (after) await this.#judgeTable(kept, after, intent);
      else if (!this.#back && kept.rows > 0) await this.#judgeDropped(kept);
    }
    return { findings: this.#findings, rowsLost: this.#rowsLost };
  }

  /** The same table, whatever its name is now, or the one that it is a part of; else its namesake. */
  #successorOf({ oid, schema, name }: Table): Table | undefined {
    const { tables } = this.#passed.after;
    const named = () => tables.find((table) => table.schema === schema && table.name === name);
    if (this.#back) return named();
    const whole = () =>
      tables.find(({ partitions }) => partitions.some((part) => part.oid === oid));
    return tables.find((table) => table.oid === oid) ?? whole() ?? named();
  }

  async #judgeTable(before: KeptTable, after: Table, intent: TableIntent): Promise<void> {
    const { table } = before;
    const columns = table.columns.flatMap((column): [Column, Column][] => {
      const now = this.#columnNow(column, table, after);
      return now && !now.generated && !column.generated ? [[column, now]] : [];
    });
    const rekeyed = new Set(
      columns.flatMap(([{ number }, now]) =>
        table.key?.includes(number) &&
        (intent.changed.has(number) || (after.oid === table.oid && now.number !== number))
          ? [number]
          : [],
      ),
    );
    const pair: TablePair = { before, after, columns, rekeyed };
    const compared = await this.#comparison.compare(pair);
    const losses = new Losses(nameOf(table), this.#back);
    await this.#judgeLost(before, after, intent, losses, compared);
    for (const difference of compared.columns) {
      await this.#judgeChanged(pair, intent, losses, difference);
    }
    if (!this.#back) await this.#judgeGoneColumns(pair, losses);
  }

  #columnNow({ number, name }: Column, before: Table, after: Table): Column | undefined {
    const named = () => after.columns.find((column) => column.name === name);
    if (this.#back || before.oid !== after.oid) return named();
    return after.columns.find((column) => column.number === number) ?? named();
  }

  async #judgeLost(
    { table }: KeptTable,
    after: Table,
    intent: TableIntent,
    losses: Losses,
    compared: TableComparison,
  ): Promise<void> {
    const { lost } = compared;
    if (lost.rows === 0 || (await this.#rowsApart(table)) >= lost.rows) return;
    // What was dropped on the way up can't be there after the way back.
    const madeAnew = this.#back && after.oid !== table.oid;
    const cause = await this.#causeOf(table);
    if (intent.deleted >= lost.rows || intent.rewritten || madeAnew || cause === 'meant') {
      this.#findings.push(losses.rowsDeleted(compared));
      return;
    }
    this.#rowsLost += lost.rows;
    this.#findings.push(losses.rowsLost(compared, after.oid === table.oid ? cause : MADE_AGAIN));
  }

  /** Rows of what was a partition of the table, and is a table of its own now. */
  async #rowsApart({ partitions }: Table): Promise<number> {
    const parts = new Set(partitions.map(({ oid }) => oid));
    let rows = 0;
    for (const table of this.#passed.after.tables) {
      if (parts.has(table.oid)) rows += await this.#comparison.countAfter(table);
    }
    return rows;
  }

  async #judgeChanged(
    { before, after, columns }: TablePair,
    intent: TableIntent,
    losses: Losses,
    difference: ColumnDifference,
  ): Promise<void> {
    const [old, now] = columns.find(([column]) => column.name === difference.column) ?? [];
    const said =
      intent.rewritten ||
      (old ? intent.changed.has(old.number) : intent.changed.size > 0) ||
      // What was cut on the way up does not come back.
      (this.#back && old !== undefined && intent.remade.has(old.number));
    const madeAgain =
      old && now && after.oid === before.table.oid && old.number !== now.number && !this.#back;
    if (!said && !madeAgain && old && now && old.type !== now.type && !this.#back) {
      const why = `The values were converted, and what does not fit ${now.type} was cut. A downgrade can’t bring it back.`;
      this.#findings.push(losses.retyped(difference, [old.type, now.type], why));
      return;
    }
    const cause = said ? 'meant' : madeAgain ? MADE_AGAIN : await this.#causeOf(before.table);
    this.#findings.push(
      cause === 'meant' ? losses.valuesChanged(difference) : losses.valuesLost(difference, cause),
    );
  }

  async #judgeGoneColumns(pair: TablePair, losses: Losses): Promise<void> {
    const { before, after, columns } = pair;
    const continued = new Set(columns.map(([, now]) => now.number));
    for (const column of before.table.columns) {
      const now = this.#columnNow(column, before.table, after);
      if (column.generated || (now && !now.generated)) continue;
      const values = await this.#comparison.values(pair, column);
      if (values.rows === 0) continue;
      const [similar, ...others] = after.columns.filter(
        ({ number, type, generated }) =>
          !generated && !continued.has(number) && type === column.type,
      );
      const advice =
        similar && others.length === 0
          ? `If ${similar.name} is its new name, rename it instead: alter table ${qualified(after)} rename column ${quoted(column.name)} to ${quoted(similar.name)}`
          : null;
      this.#findings.push(losses.columnDropped(column.name, values, advice));
    }
  }

  async #judgeDropped({ table, rows }: KeptTable): Promise<void> {
    const losses = new Losses(nameOf(table), this.#back);
    const known = new Set(this.#passed.before.shape.tables.map(({ oid }) => oid));
    const created = this.#passed.after.tables
      .filter(({ oid }) => !known.has(oid))
      .map((made) => ({ made, columns: made.columns.map(({ name }) => name) }));
    const twin = twinOf(
      table.columns.map(({ name }) => name),
      created,
    );
    if (!twin || (await this.#comparison.countAfter(twin.made)) > 0) {
      this.#findings.push(losses.dropped(rows));
      return;
    }
    this.#rowsLost += rows;
    const repairs = await renameInstead(
      this.#passed.statements,
      table,
      twin.made,
      this.#passed.before.objects,
    );
    this.#findings.push(losses.droppedForTwin(rows, nameOf(twin.made), repairs));
  }

  /**
   * What changed rows of a table that no statement names. What a trigger does, or a key that
   * follows a changed one, somebody meant.
   */
  async #causeOf(table: Table): Promise<Cause | 'meant'> {
    const { passes, before } = this.#passed;
    const { tables, references } = before.shape;
    const removing = ancestorsOf(
      table,
      references.filter(({ onDelete }) => onDelete),
    );
    const changing = ancestorsOf(
      table,
      references.filter(({ onUpdate }) => onUpdate),
    );
    const referring = ancestorsOf(table, references);
    let meant = false;
    for (const { sql } of passes.at(-1)?.statements ?? []) {
      for (const facts of await readStatement(sql)) {
        for (const { name, change } of rowChanges(facts)) {
          const changed = tableNamed(tables, name);
          if (!changed) continue;
          if (change === 'truncate' && referring.has(changed.oid)) {
            return {
              why: `It refers to ${nameOf(changed)}, which was truncated with “cascade”.`,
              statement: sql,
            };
          }
          if (change === 'delete' && removing.has(changed.oid)) {
            return {
              why: `Its foreign key did it: rows of ${nameOf(changed)} were deleted.`,
              statement: sql,
            };
          }
          meant ||= changed.triggers || (change === 'update' && changing.has(changed.oid));
        }
      }
    }
    return meant ? 'meant' : { why: '', statement: null };
  }
}

/** Tables that it refers to, directly or through others, by oid. */
function ancestorsOf(table: Table, references: readonly Reference[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (oid: string) => {
    for (const { table: child, parent } of references) {
      if (child !== oid || found.has(parent)) continue;
      found.add(parent);
      visit(parent);
    }
  };
  visit(table.oid);
  return found;
}

/** Of a table or column: it has its name, and is another one. */
const MADE_AGAIN: Cause = {
  why: 'It was dropped, and created again without them.',
  statement: null,
};

type RowChange = {
  readonly name: Name;
  readonly change: 'insert' | 'update' | 'delete' | 'truncate';
};

function rowChanges(facts: StatementFacts): readonly RowChange[] {
  switch (facts.kind) {
    case 'insert':
    case 'update':
    case 'delete':
      return [{ name: facts.table, change: facts.kind }];
    case 'merge':
      return (['insert', 'update', 'delete'] as const).map((change) => ({
        name: facts.table,
        change,
      }));
    case 'truncate':
      return facts.cascade ? facts.tables.map((name) => ({ name, change: 'truncate' })) : [];
    default:
      return [];
  }
}

/**
 * What passes did to the rows and objects that were there before them, as findings.
 *
 * A loss that statements say – they delete, update or drop by name – is listed as a notice.
 * Every other one is a hazard: nobody who reads the revision can see it.
 */

import { KEYS } from '../../../rehearsal.ts';
import { plural } from '../../../text/format.ts';
import type { DialectFinding, PassRecord, RevisionStatements } from '../dialect.ts';
import { findingOf } from '../finding.ts';
import { type ColumnDifference, Losses, type TableComparison, twinOf } from '../losses.ts';
import { Comparison, type TablePair } from './compare.ts';
import { type ColumnFate, follow, type Lineage, type TableFate } from './lineage.ts';
import {
  fillFrom,
  keepValues,
  remakeObjects,
  renameInstead,
  restoreDeclaration,
} from './repairs.ts';
import { affinityOf, type Column, quoted, type Schema, sameName, type Table } from './schema.ts';
import { readStatement } from './statement.ts';

export interface State {
  readonly path: string;
  readonly schema: Schema;
}

export interface Passed {
  readonly before: State;
  readonly after: State;
  /** The upgrade, and the downgrade after it if that is what is judged. */
  readonly passes: readonly PassRecord[];
  readonly statements: RevisionStatements;
}

type Notice = Pick<DialectFinding, 'kind' | 'what'> & Partial<DialectFinding>;

export function judge(passed: Passed): { findings: DialectFinding[]; rowsLost: number } {
  using comparison = new Comparison(passed.after.path, passed.before.path);
  return new Judge(passed, comparison).result();
}

/** Where the tables and columns of a state went in the course of passes. */
export function lineageOf({ schema }: State, passes: readonly PassRecord[]): Lineage {
  return follow(
    new Map(schema.tables.map(({ name, columns }) => [name, columns.map((c) => c.name)])),
    passes.flatMap(({ statements }) => statements),
    schema.named.filter(({ kind }) => kind === 'trigger').map(({ sql }) => sql),
  );
}

class Judge {
  readonly #passed: Passed;
  readonly #comparison: Comparison;
  readonly #lineage: Lineage;
  readonly #findings: DialectFinding[] = [];
  /** The downgrade is judged by names: everything has to be where it was. */
  readonly #back: boolean;
  #rowsLost = 0;

  constructor(passed: Passed, comparison: Comparison) {
    this.#passed = passed;
    this.#comparison = comparison;
    this.#back = passed.passes.at(-1)?.direction === 'down';
    this.#lineage = lineageOf(passed.before, passed.passes);
  }

  result() {
    for (const table of this.#passed.before.schema.tables) {
      if (!table.virtual) this.#judgeTable(table);
    }
    if (!this.#back) this.#judgeObjects();
    return { findings: this.#findings, rowsLost: this.#rowsLost };
  }

  #judgeTable(table: Table): void {
    const fate = this.#lineage.tables.get(table.name.toLowerCase());
    if (!fate) return;
    const now = this.#back ? table.name : fate.now;
    const after = now === null ? null : this.#after(now);
    if (!after) {
      if (!this.#back) this.#judgeDropped(table);
      return;
    }
    const columns = table.columns.flatMap((column): [Column, Column][] => {
      if (column.generated) return [];
      const name = this.#back ? column.name : fate.columns.get(column.name)?.now;
      const found = after.columns.find((each) => sameName(each.name, name));
      return found && !found.generated ? [[column, found]] : [];
    });
    const pair: TablePair = { before: table, after, columns };
    const compared = this.#comparison.compare(pair);
    this.#judgeLost(table, fate, compared);
    for (const difference of compared.columns) {
      this.#judgeChanged(table, after, fate, difference);
    }
    if (!this.#back) this.#judgeGoneColumns(pair, fate);
  }

  #judgeLost(table: Table, fate: TableFate, compared: TableComparison): void {
    const { lost } = compared;
    if (lost.rows === 0) return;
    const losses = this.#lossesOf(table);
    const dropped = this.#back && fate.now === null;
    if (fate.deleted >= lost.rows || fate.rewritten || dropped) {
      this.#findings.push(losses.rowsDeleted(compared));
      return;
    }
    this.#rowsLost += lost.rows;
    this.#findings.push(losses.rowsLost(compared, { why: '', statement: null }));
  }

  #lossesOf({ name }: Table): Losses {
    return new Losses(name, this.#back);
  }

  #judgeChanged(table: Table, after: Table, fate: TableFate, difference: ColumnDifference): void {
    const { column, rows, keys } = difference;
    const own = fate.columns.get(column);
    const before = table.columns.find(({ name }) => name === column);
    const now = after.columns.find(({ name }) =>
      sameName(name, this.#back ? column : (own?.now ?? column)),
    );
    const losses = this.#lossesOf(table);
    if (own?.changed?.cuts && !this.#back) {
      this.#add('hazard', {
        kind: 'narrowed',
        what: `${plural(rows, 'value')} of ${table.name}.${column} changed when it was converted.`,
        why: `A conversion such as cast, round or substr cuts what does not fit${now ? ` ${now.type || 'the new type'}` : ''}. A downgrade can’t bring the rest back.`,
        statement: this.#statementThatCuts(table.name, column),
        repairs: keepValues(this.#passed.statements, table.name, column),
        table: table.name,
        column,
        rows,
        keys,
      });
      return;
    }
    if (own?.changed || fate.rewritten || this.#goneBetween(own)) {
      this.#findings.push(losses.valuesChanged(difference));
      return;
    }
    if (before && now && affinityOf(before.type) !== affinityOf(now.type) && !this.#back) {
      const why =
        'SQLite converts values to the new type where it can, and some came out different.';
      this.#findings.push(losses.retyped(difference, [before.type, now.type], why));
      return;
    }
    this.#findings.push(losses.valuesLost(difference, { why: '', statement: null }));
  }

  /** A value that the upgrade dropped can't be the same after the downgrade. */
  #goneBetween(fate: ColumnFate | undefined): boolean {
    return this.#back && (fate === undefined || fate.now === null);
  }

  #judgeGoneColumns(pair: TablePair, fate: TableFate): void {
    const { before: table, after } = pair;
    for (const column of table.columns) {
      if (column.generated || fate.columns.get(column.name)?.now) continue;
      const values = this.#comparison.values(pair, column.name);
      if (values.rows === 0) continue;
      const facts = { table: table.name, column: column.name, ...values };
      const successors = this.#successorsOf(column, after, fate);
      if (successors.length > 0) {
        this.#add('hazard', {
          kind: 'rename-lost',
          what: `${plural(values.rows, 'value')} of ${table.name}.${column.name} are lost: ${successors.length === 1 ? 'its new name' : 'its new name, one of'} ${successors.join(', ')}, is filled with NULL.`,
          why: 'The column was renamed and the table changed otherwise at the same time; the generator then copies the table without the values of the renamed column.',
          repairs: successors.flatMap((successor) =>
            fillFrom(this.#passed.statements, table.name, column.name, successor),
          ),
          ...facts,
        });
      } else {
        const similar = this.#similarNewColumn(column, table, after, fate);
        const advice =
          similar === null
            ? null
            : `If ${similar} is its new name, rename it instead: alter table ${quoted(table.name)} rename column ${quoted(column.name)} to ${quoted(similar)}`;
        this.#findings.push(this.#lossesOf(table).columnDropped(column.name, values, advice));
      }
    }
  }

  /** New columns that a rebuild filled with NULL where a renamed one should have gone. */
  #successorsOf(gone: Column, after: Table, fate: TableFate): readonly string[] {
    if (fate.columns.get(gone.name)?.dropped || !fate.rebuilt) return [];
    return after.columns
      .filter(
        ({ name, type }) =>
          fate.filledWithNull.includes(name) && affinityOf(type) === affinityOf(gone.type),
      )
      .map(({ name }) => name);
  }

  #similarNewColumn(gone: Column, table: Table, after: Table, fate: TableFate): string | null {
    const continued = new Set([...fate.columns.values()].map(({ now }) => now));
    const added = after.columns.filter(
      ({ name, type }) =>
        !continued.has(name) &&
        !table.columns.some((column) => sameName(column.name, name)) &&
        affinityOf(type) === affinityOf(gone.type),
    );
    return added.length === 1 ? (added[0]?.name ?? null) : null;
  }

  #judgeDropped(table: Table): void {
    const rows = this.#comparison.count(table.name);
    if (rows === 0) return;
    const losses = this.#lossesOf(table);
    const names = table.columns.map(({ name }) => name);
    const twin = twinOf(names, this.#lineage.created);
    if (!twin || !this.#isEmpty(twin.table)) {
      this.#findings.push(losses.dropped(rows));
      return;
    }
    this.#rowsLost += rows;
    const repairs = renameInstead(this.#passed.statements, this.#passed.before.schema, {
      from: table.name,
      to: twin.table,
    });
    this.#findings.push(losses.droppedForTwin(rows, twin.table, repairs));
  }

  #isEmpty(table: string): boolean {
    return this.#comparison.countAfter(table) === 0;
  }

  /** Indexes, triggers and properties of tables that were rebuilt without them. */
  #judgeObjects(): void {
    const { before, after, statements } = this.#passed;
    const still = new Set(after.schema.named.map(({ kind, name }) => `${kind} ${name}`));
    for (const object of before.schema.named) {
      const fate = this.#lineage.tables.get(object.table.toLowerCase());
      if (object.kind === 'view' || !fate?.rebuilt || fate.now === null) continue;
      const id = `${object.kind} ${object.name}`;
      if (still.has(id) || this.#lineage.dropped.has(id.toLowerCase())) continue;
      this.#add('hazard', {
        kind: 'objects-lost',
        what: `The ${object.kind} ${object.name} of ${object.table} is lost.`,
        why: 'The table was rebuilt, and what the entities do not know was not made again. If it shall go, drop it in a statement of its own.',
        table: object.table,
        details: [object.sql],
        repairs: remakeObjects(statements, object.table, object),
      });
    }
    for (const table of before.schema.tables) this.#judgeDeclaration(table);
  }

  #judgeDeclaration(table: Table): void {
    const fate = this.#lineage.tables.get(table.name.toLowerCase());
    const after = fate?.now ? this.#after(fate.now) : undefined;
    if (!fate?.rebuilt || !after) return;
    const lost: string[] = [];
    if (table.strict && !after.strict) lost.push('STRICT');
    if (table.withoutRowid && !after.withoutRowid) lost.push('WITHOUT ROWID');
    for (const column of table.columns) {
      const now = after.columns.find(({ name }) => name === fate.columns.get(column.name)?.now);
      if (now && column.collation !== 'binary' && now.collation === 'binary') {
        lost.push(`the collation ${column.collation} of ${column.name}`);
      }
    }
    if (lost.length === 0) return;
    this.#add('hazard', {
      kind: 'objects-lost',
      what: `Table ${table.name} loses ${lost.join(', ')}.`,
      why: 'The table was rebuilt from what the entities say, and they can’t say this.',
      table: table.name,
      details: [table.sql],
      repairs: restoreDeclaration(this.#passed.statements, table),
    });
  }

  #statementThatCuts(table: string, column: string): string | null {
    for (const { sql } of this.#passed.passes.at(-1)?.statements ?? []) {
      const facts = readStatement(sql);
      const values =
        facts.kind === 'update' && sameName(facts.table, table)
          ? facts.assignments.filter((each) => sameName(each.column, column)).map((a) => a.value)
          : facts.kind === 'insert' && facts.copy && sameName(facts.copy.from, table)
            ? facts.copy.values
            : [];
      const cuts = values.some(
        (value) =>
          value !== '*' &&
          value.kind === 'expression' &&
          value.cuts &&
          value.of !== null &&
          sameName(value.of, column),
      );
      if (cuts) return sql;
    }
    return null;
  }

  #after(name: string): Table | undefined {
    return this.#passed.after.schema.tables.find((table) => sameName(table.name, name));
  }

  #add(severity: DialectFinding['severity'], notice: Notice): void {
    const keys = notice.keys?.slice(0, KEYS) ?? [];
    this.#findings.push(findingOf({ severity, ...notice, keys }));
  }
}

/**
 * What passes did to the rows and objects that were there before them, as findings.
 *
 * A loss that statements say – they delete, update or drop by name – is listed as a notice.
 * Every other one is a hazard: nobody who reads the revision can see it.
 */

import { KEYS } from '../../../rehearsal.ts';
import { plural } from '../../../text/format.ts';
import type { DialectFinding, Edit, PassRecord, RevisionStatements } from '../dialect.ts';
import { findingOf } from '../finding.ts';
import {
  type ColumnDifference,
  Comparison,
  type TableComparison,
  type TablePair,
} from './compare.ts';
import { type ColumnFate, follow, type Lineage, type TableFate } from './lineage.ts';
import { findRebuilds, keepRows } from './rebuild.ts';
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
  /** What the downgrade starts with. */
  readonly upgraded: Schema;
  /** The upgrade, and the downgrade after it if that is what is judged. */
  readonly passes: readonly PassRecord[];
  readonly statements: RevisionStatements;
}

type Notice = Pick<DialectFinding, 'kind' | 'what'> & Partial<DialectFinding>;

export function judge(passed: Passed): { findings: DialectFinding[]; rowsLost: number } {
  using comparison = new Comparison(passed.after.path, passed.before.path);
  return new Judge(passed, comparison).result();
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
    const { schema } = passed.before;
    this.#lineage = follow(
      new Map(schema.tables.map(({ name, columns }) => [name, columns.map((c) => c.name)])),
      passed.passes.flatMap(({ statements }) => statements),
      schema.named.filter(({ kind }) => kind === 'trigger').map(({ sql }) => sql),
    );
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

  #judgeLost(table: Table, fate: TableFate, { lost, rowsBefore }: TableComparison): void {
    if (lost.rows === 0) return;
    const facts = { table: table.name, rows: lost.rows, keys: lost.keys };
    const counted = `${lost.rows.toLocaleString('en')} of ${plural(rowsBefore, 'row')}`;
    const dropped = this.#back && fate.now === null;
    if (fate.deleted >= lost.rows || fate.rewritten || dropped) {
      this.#add('notice', {
        kind: 'changed-on-purpose',
        what: `${counted} of ${table.name} are gone: statements of the revision delete them.`,
        why: this.#back ? 'A downgrade can’t bring them back.' : '',
        ...facts,
      });
      return;
    }
    this.#rowsLost += lost.rows;
    const cause = this.#causeOf(table.name);
    const why =
      cause === null
        ? 'No statement of the revision deletes from this table.'
        : `No statement of the revision deletes from this table. They were deleted by “on delete cascade” when ${cause.table} was dropped to be rebuilt: “pragma foreign_keys = off” does nothing inside a transaction, and the run reports success.`;
    this.#add('hazard', {
      kind: 'rows-lost',
      what: `${counted} of ${table.name} are lost.`,
      why,
      statement: cause?.sql ?? null,
      repairs: this.#keepRows(),
      ...facts,
    });
  }

  #judgeChanged(table: Table, after: Table, fate: TableFate, difference: ColumnDifference): void {
    const { column, rows, keys, toNull } = difference;
    const own = fate.columns.get(column);
    const before = table.columns.find(({ name }) => name === column);
    const now = after.columns.find(({ name }) =>
      sameName(name, this.#back ? column : (own?.now ?? column)),
    );
    const facts = { table: table.name, column: column === '*' ? null : column, rows, keys };
    const named = column === '*' ? table.name : `${table.name}.${column}`;
    const retyped =
      before && now && affinityOf(before.type) !== affinityOf(now.type) && !this.#back;
    if (own?.changed?.cuts && !this.#back) {
      this.#add('hazard', {
        kind: 'narrowed',
        what: `${plural(rows, 'value')} of ${named} changed when it was converted.`,
        why: `A conversion such as cast, round or substr cuts what does not fit${now ? ` ${now.type || 'the new type'}` : ''}. A downgrade can’t bring the rest back.`,
        statement: this.#statementThatCuts(table.name, column),
        repairs: keepValues(this.#passed.statements, table.name, column),
        ...facts,
      });
      return;
    }
    if (own?.changed || fate.rewritten || this.#goneBetween(own)) {
      this.#add('notice', {
        kind: 'changed-on-purpose',
        what: `${plural(rows, 'value')} of ${named} ${this.#back ? 'are not what they were before the upgrade' : 'changed'}: statements of the revision change them.`,
        ...facts,
      });
      return;
    }
    if (retyped) {
      this.#add('hazard', {
        kind: 'narrowed',
        what: `${plural(rows, 'value')} of ${named} are different after its type changed from ${before.type} to ${now.type}.`,
        why: 'SQLite converts values to the new type where it can, and some came out different.',
        ...facts,
      });
      return;
    }
    const cause = this.#causeOf(table.name);
    this.#add('hazard', {
      kind: 'values-lost',
      what: `${plural(rows, 'value')} of ${named} ${toNull === rows ? 'became NULL' : 'changed'}.`,
      why:
        cause === null
          ? 'No statement of the revision changes this column.'
          : `No statement of the revision changes this column. A foreign key action did it when ${cause.table} was dropped to be rebuilt: “pragma foreign_keys = off” does nothing inside a transaction.`,
      statement: cause?.sql ?? null,
      repairs: this.#keepRows(),
      ...facts,
    });
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
        this.#add('notice', {
          kind: 'changed-on-purpose',
          what: `Column ${table.name}.${column.name} is dropped with ${plural(values.rows, 'value')}.`,
          why: similar
            ? `If ${similar} is its new name, rename it instead: alter table ${quoted(table.name)} rename column ${quoted(column.name)} to ${quoted(similar)}`
            : 'A downgrade can’t bring them back.',
          ...facts,
        });
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
    const names = new Set(table.columns.map(({ name }) => name.toLowerCase()));
    const twin = this.#lineage.created.find(({ columns }) => {
      const shared = columns.filter((name) => names.has(name.toLowerCase())).length;
      return shared > 0 && shared >= 0.8 * Math.max(columns.length, names.size);
    });
    const facts = { table: table.name, rows };
    if (twin && this.#isEmpty(twin.table)) {
      this.#rowsLost += rows;
      this.#add('hazard', {
        kind: 'table-rename-lost',
        what: `Table ${table.name} is dropped with ${plural(rows, 'row')}, and ${twin.table}, which looks like it, is created empty.`,
        why: 'The generator does not see that a table was renamed: it drops one and creates another.',
        repairs: renameInstead(this.#passed.statements, this.#passed.before.schema, {
          from: table.name,
          to: twin.table,
        }),
        ...facts,
      });
      return;
    }
    this.#add('notice', {
      kind: 'changed-on-purpose',
      what: `Table ${table.name} is dropped with ${plural(rows, 'row')}.`,
      why: 'A downgrade can’t bring them back.',
      ...facts,
    });
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

  /** The statement that changed rows of a table by the way. */
  #causeOf(table: string): { readonly table: string; readonly sql: string } | null {
    const { statements = [] } = this.#passed.passes.at(-1) ?? {};
    for (const { sql, changed } of statements) {
      const facts = readStatement(sql);
      if (facts.kind !== 'drop-table') continue;
      const touched = changed.some(
        ({ table: name, indirect }) =>
          indirect && (sameName(name, table) || name === 'other tables'),
      );
      if (touched) return { table: facts.table, sql };
    }
    return null;
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

  /** One change for both directions: the other one rebuilds the same table. */
  #keepRows(): DialectFinding['repairs'] {
    const { statements, before, upgraded } = this.#passed;
    const edits: Edit[] = [
      ...keepRows(statements.up, before.schema, 'up'),
      ...keepRows(statements.down, upgraded, 'down'),
    ];
    if (edits.length === 0) return [];
    const tables = [
      ...new Set(
        [...findRebuilds(statements.up), ...findRebuilds(statements.down)].map((r) => r.table),
      ),
    ];
    return [
      {
        title: `Put the rows of other tables aside while ${tables.join(', ')} is rebuilt`,
        caution:
          'Keeps every row under any transaction setting. It copies the tables that refer to the rebuilt one, which takes time and room where they are large.',
        edits,
      },
    ];
  }

  #after(name: string): Table | undefined {
    return this.#passed.after.schema.tables.find((table) => sameName(table.name, name));
  }

  #add(severity: DialectFinding['severity'], notice: Notice): void {
    const keys = notice.keys?.slice(0, KEYS) ?? [];
    this.#findings.push(findingOf({ severity, ...notice, keys }));
  }
}

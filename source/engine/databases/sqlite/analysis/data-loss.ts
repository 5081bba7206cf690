/**
 * What passes did to the rows and objects that were there before them, as findings.
 *
 * A loss that statements say – they delete, update or drop by name – is listed as a notice.
 * Every other one is a hazard: nobody who reads the revision can see it.
 */

import { KEYS } from '../../../../contract/rehearsal.ts';
import { plural } from '../../../../text/format.ts';
import type { DialectFinding, RevisionStatements } from '../../analysis.ts';
import {
  type Cause,
  type ColumnDifference,
  Losses,
  type RowDifference,
  type TableComparison,
  twinOf,
} from '../../data-loss-findings.ts';
import { DECISION, findingOf } from '../../finding.ts';
import type { PassRecord } from '../../measurement.ts';
import {
  affinityOf,
  type Column,
  keyOf,
  type Schema,
  sameName,
  type Table,
} from '../catalogue/schema.ts';
import {
  type Change,
  follow,
  type Lineage,
  type TableBefore,
  type TableFate,
} from '../parser/lineage.ts';
import { readStatement, realTable, type StatementFacts } from '../parser/statement.ts';
import { Comparison, type TablePair } from './compare.ts';
import {
  fillFrom,
  keepValues,
  remakeObjects,
  renameColumnInstead,
  renameInstead,
  restoreDeclaration,
} from './repairs.ts';

export interface State {
  readonly path: string;
  readonly schema: Schema;
}

/** A state whose rows were counted. */
export interface CountedState extends State {
  /** By table. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface Passed {
  readonly before: CountedState;
  readonly after: State;
  /** The same, after references were followed; null if none were. */
  readonly meant: State | null;
  /** What the upgrade made, where a downgrade is judged. */
  readonly upgraded: State | null;
  /** The upgrade, and the downgrade after it if that is what is judged. */
  readonly passes: readonly PassRecord[];
  readonly statements: RevisionStatements;
  /** What statements touched was noted in the state of afterwards. */
  readonly logged: boolean;
  /** What changed rows of a table by the way; null if nothing is known to. */
  causeOf(table: Table, what: 'rows' | 'values'): Cause | null;
}

type Notice = Pick<DialectFinding, 'kind' | 'what'> & Partial<DialectFinding>;

export function judge(passed: Passed): { findings: DialectFinding[]; rowsLost: number } {
  using comparison = new Comparison(passed.after.path, passed.before.path, {
    meant: passed.meant?.path ?? null,
    upgraded: passed.upgraded?.path ?? null,
  });
  return new Judge(passed, comparison).result();
}

/** Where the tables and columns of a state went in the course of passes. */
export function lineageOf(state: CountedState, passes: readonly PassRecord[]): Lineage {
  return follow(
    tablesBefore(state),
    passes.flatMap(({ statements }) => statements),
    state.schema.named.filter(({ kind }) => kind === 'trigger').map(({ sql }) => sql),
  );
}

export function tablesBefore({
  schema,
  counts,
}: Omit<CountedState, 'path'>): ReadonlyMap<string, TableBefore> {
  return new Map(
    schema.tables.map(({ name, columns }) => [
      name,
      { columns: columns.map((column) => column.name), rows: counts.get(name) ?? 0 },
    ]),
  );
}

/** Whether a statement's table is the one of before, or what takes its place. */
function isNamed(name: string, table: Table, { now }: TableFate): boolean {
  return [table.name, now ?? table.name].some((each) => sameName(each, realTable(name)));
}

/** https://sqlite.org/lang_conflict.html */
const REPLACES = /\breplace\b/i;

/** Rows that made place for others, of which only some may have been in the way of one. */
function replacedIn({ rowsBefore, rowsAfter }: TableComparison, fate: TableFate): number {
  const expected = rowsBefore + fate.inserted - fate.deleted - fate.leftOut;
  return Math.min(fate.replaced, Math.max(0, expected - rowsAfter));
}

/** A column of a table's key that statements changed. */
function rekeyedBy(table: Table, { columns }: TableFate): string | undefined {
  return keyOf(table)?.find((name) => columns.get(name)?.changed != null);
}

/** What statements changed in a column; in all of them, where it can't be told which it was. */
function changesOf({ columns }: TableFate, column: string): Pick<Change, 'rows' | 'copied'> {
  const changes = [...columns]
    .filter(([name]) => column === '*' || name === column)
    .flatMap(([, { changed }]) => changed ?? []);
  return {
    rows: changes.reduce((sum, each) => sum + each.rows, 0),
    copied: changes.reduce((sum, each) => sum + each.copied, 0),
  };
}

/** Columns that no statement gave other values. */
function unchanged(columns: TablePair['columns'], fate: TableFate): TablePair['columns'] {
  return columns.filter(([{ name }]) => fate.columns.get(name)?.changed == null);
}

/** Whether lost rows were told by all that they hold, as they have no keys to be found by. */
function isByContent({ lost }: TableComparison): boolean {
  return lost.rows > 0 && lost.keys.length === 0;
}

/** Rows that were deleted and are there again may have other values everywhere. */
function insertedAgain({ lost }: TableComparison, fate: TableFate): number {
  return Math.min(fate.inserted, Math.max(0, fate.deleted - lost.rows));
}

/** Columns that both have and none of which is generated, by what each is afterwards. */
function pairOf(
  before: Table,
  after: Table,
  nowOf: (column: Column) => string | null | undefined,
): TablePair {
  const columns = before.columns.flatMap((column): [Column, Column][] => {
    if (column.generated) return [];
    const now = nowOf(column);
    const found = after.columns.find(({ name }) => sameName(name, now));
    return found && !found.generated ? [[column, found]] : [];
  });
  return { before, after, columns };
}

/** Texts that are none stay texts there; those of numeric affinity, as that of times, are meant to. */
function isOfNumbers({ type }: Column): boolean {
  return ['integer', 'real'].includes(affinityOf(type));
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
    const now = this.#back || this.#isUnread(fate) ? table.name : fate.now;
    const after = now === null ? null : this.#after(now);
    if (!after) {
      this.#judgeDropped(table);
      return;
    }
    const stays = this.#back || now !== fate.now;
    const pair = pairOf(table, after, ({ name }) => (stays ? name : fate.columns.get(name)?.now));
    const compared = this.#compare(pair, fate);
    this.#judgeLost(pair, fate, compared);
    for (const difference of compared.columns) {
      this.#judgeChanged(pair, fate, difference, compared);
    }
    if (!this.#back) {
      this.#judgeReplaced(pair, fate);
      this.#judgeUnconverted(pair);
    }
    this.#judgeGoneColumns(pair, fate);
  }

  /** SQLite keeps what it can't convert, where other databases refuse it. */
  #judgeUnconverted(pair: TablePair): void {
    const { name: table } = pair.before;
    for (const [column, now] of pair.columns) {
      if (!isOfNumbers(now) || isOfNumbers(column) || affinityOf(column.type) === 'numeric')
        continue;
      const { rows, keys } = this.#comparison.unconverted(pair, now);
      if (rows === 0) continue;
      this.#add('hazard', {
        kind: 'conversion',
        what: `${plural(rows, 'value')} of ${table}.${now.name} ${rows === 1 ? 'is no number and stays' : 'are no numbers and stay'} as ${rows === 1 ? 'it was' : 'they were'}, now that the column is ${now.type}.`,
        why: 'SQLite keeps what it can’t convert, and code that expects a number gets a text. Give those rows another value first, in a statement of its own.',
        table,
        column: now.name,
        rows,
        keys,
      });
    }
  }

  /**
   * A table has the name of one that was dropped, and nobody could read how it was made: it is taken
   * for what continues it.
   */
  #isUnread({ table: name, now }: TableFate): boolean {
    const { tables, created } = this.#lineage;
    return (
      now === null &&
      this.#after(name) !== undefined &&
      !created.some(({ table }) => sameName(table, name)) &&
      ![...tables.values()].some((each) => sameName(name, each.now))
    );
  }

  /** A column that is there, and that a copy gave something else than its values. */
  #judgeReplaced({ before, after, columns }: TablePair, fate: TableFate): void {
    for (const column of before.columns) {
      const { replacement } = fate.columns.get(column.name) ?? {};
      const found = after.columns.find(({ name }) => sameName(name, replacement?.now));
      if (!replacement || !found || column.generated) continue;
      const keys = columns.filter(([{ key }]) => key > 0);
      const pair = { before, after, columns: [...keys, [column, found] as const] };
      const compared = this.#comparison.compare(pair, { values: true });
      // Counts of what statements changed are of all rows, also of those with other keys now.
      const isMoved = column.key > 0 || rekeyedBy(before, fate) !== undefined;
      const [difference] = isMoved ? this.#moved(pair, columns, fate) : compared.columns;
      if (!difference) continue;
      const losses = this.#lossesOf(before);
      const { rows } = difference;
      const replaced = Math.min(replacement.replaced, replacedIn(compared, fate));
      const again = Math.min(replacement.inserted, insertedAgain(compared, fate));
      const said = Math.min(rows, replacement.changed + replaced + again);
      const [meant, lost] = [said, rows - said].map((part) =>
        part === rows ? difference : { ...difference, column: column.name, rows: part, keys: [] },
      );
      if (meant && meant.rows > 0) this.#findings.push(losses.valuesChanged(meant));
      if (!lost || lost.rows === 0) continue;
      const cause = {
        why: found.generated
          ? `The table was made anew, and ${found.name} is computed now.`
          : `The table was made anew, and the statement that copies its rows does not put the values of ${column.name} into ${found.name}. If they shall be others, say so in an update.`,
        statement: this.#copying(before, fate),
      };
      this.#findings.push(losses.valuesLostByTheWay(lost, cause));
    }
  }

  /** Rows that a copy gave other keys, as it left out theirs: they are looked for by what else they hold. */
  #moved(
    pair: TablePair,
    kept: TablePair['columns'],
    fate: TableFate,
  ): readonly ColumnDifference[] {
    const own = pair.columns.at(-1);
    if (!own || fate.columns.get(own[0].name)?.dropped) return [];
    const held = unchanged(kept, fate);
    const others = this.#comparison.missing({ ...pair, columns: held });
    const rows = this.#comparison.missing({ ...pair, columns: [...held, own] }) - others;
    return rows > 0 ? [{ column: own[0].name, rows, toNull: 0, keys: [] }] : [];
  }

  /** Rows that are not found by their keys are looked for by what else they hold. */
  #compare(pair: TablePair, fate: TableFate): TableComparison {
    const byKey = this.#comparison.compare(pair, { numbered: this.#keepsNumbers(fate) });
    const held = { ...pair, columns: unchanged(pair.columns, fate) };
    if (!this.#back && isByContent(byKey)) {
      const lost = this.#comparison.missing(held);
      const rows = byKey.lost.rows - lost;
      const columns = rows > 0 ? [{ column: '*', rows, toNull: 0, keys: [] }] : [];
      return { ...byKey, lost: { rows: lost, keys: [] }, columns };
    }
    const rekeyed = rekeyedBy(pair.before, fate);
    // A row of the same key may be another one, with values that nothing gave it.
    const others = byKey.columns.filter(({ column }) => fate.columns.get(column)?.changed == null);
    const isSame = byKey.lost.rows === 0 && others.length === 0;
    if (this.#back || rekeyed === undefined || isSame) return byKey;
    const byContent = this.#comparison.compare(held);
    const found = Math.max(
      byKey.lost.rows - byContent.lost.rows,
      ...others.map(({ rows }) => rows),
    );
    const rows = byContent.columns.length > 0 ? byKey.lost.rows - byContent.lost.rows : found;
    const moved = { column: rekeyed, rows, toNull: 0, keys: byKey.lost.keys };
    return { ...byContent, columns: rows > 0 ? [moved, ...byContent.columns] : byContent.columns };
  }

  /** SQLite gives rows other numbers when they are copied, and may when it packs the file. */
  #keepsNumbers({ rebuilt }: TableFate): boolean {
    return !rebuilt && !this.#sent.some(({ sql }) => /^\s*vacuum\b/i.test(sql));
  }

  /** What statements that name the table did is counted; the rest was done by the way. */
  #judgeLost(pair: TablePair, fate: TableFate, compared: TableComparison): void {
    const table = pair.before;
    const { rows, keys } = compared.lost;
    if (rows === 0) return;
    const losses = this.#lossesOf(table);
    const rekeyed = rekeyedBy(table, fate) !== undefined;
    const { logged } = this.#passed;
    const replaced = logged ? this.#comparison.replaced(pair, fate.names, rekeyed) : 0;
    // Rows that are looked for by what they hold are not found where a statement wrote them anew.
    const anew = logged && rekeyed ? this.#comparison.replacedAgain(fate.names) : 0;
    const least = Math.max(rows - this.#deletedOf(pair, fate) - anew, fate.leftOut, replaced);
    const unsaid = this.#back ? 0 : Math.min(rows, least);
    if (rows > unsaid) {
      const said = { rows: rows - unsaid, keys: unsaid === 0 ? keys : [] };
      this.#findings.push(losses.rowsDeleted({ ...compared, lost: said }));
    }
    if (unsaid === 0) return;
    this.#rowsLost += unsaid;
    const lost = { rows: unsaid, keys: unsaid === rows ? keys : [] };
    this.#findings.push(
      losses.rowsLostByTheWay({ ...compared, lost }, this.#causeOfLost(table, fate)),
    );
  }

  /** Whether it is known which of a table's rows statements touched, and where these are now. */
  #isNoted({ before }: TablePair, fate: TableFate): boolean {
    return (
      this.#passed.logged &&
      rekeyedBy(before, fate) === undefined &&
      (keyOf(before) !== null || this.#keepsNumbers(fate))
    );
  }

  /** How many of the rows that are gone statements deleted, at most. */
  #deletedOf(pair: TablePair, fate: TableFate): number {
    const noted = this.#isNoted(pair, fate) ? this.#comparison.deleted(pair, fate.names) : null;
    return Math.min(fate.deleted, noted ?? fate.deleted);
  }

  /** The statement that copies a table's rows into the one that takes its place. */
  #copying(table: Table, fate: TableFate): string | null {
    const inserting = (isIt: (facts: Extract<StatementFacts, { kind: 'insert' }>) => boolean) =>
      this.#sent.find(({ sql }) => {
        const facts = readStatement(sql);
        return facts.kind === 'insert' && isIt(facts);
      })?.sql ?? null;
    return (
      inserting(({ copy }) => copy !== null && isNamed(copy.from, table, fate)) ??
      inserting(({ queried, table: into }) => queried && isNamed(into, table, fate))
    );
  }

  get #sent(): PassRecord['statements'] {
    return this.#passed.passes.at(-1)?.statements ?? [];
  }

  #causeOfLost(table: Table, fate: TableFate): Cause {
    if (fate.rebuilt && fate.leftOut > 0) {
      return {
        why: 'The table was made anew, and the statement that copies its rows leaves these out. If they shall go, delete them first, in a statement of its own.',
        statement: this.#copying(table, fate),
      };
    }
    const known = this.#passed.causeOf(table, 'rows');
    if (known) return known;
    const replacing = this.#sent.find(({ sql }) => {
      const facts = readStatement(sql);
      return REPLACES.test(sql) && 'table' in facts && isNamed(facts.table, table, fate);
    });
    if (!replacing && !REPLACES.test(table.sql)) {
      return { why: 'No statement of the revision deletes them.', statement: null };
    }
    return {
      why: 'A row that is written with “or replace” deletes all that are in its way, also those with another key.',
      statement: replacing?.sql ?? null,
    };
  }

  #lossesOf({ name }: Table): Losses {
    return new Losses(name, this.#back);
  }

  #judgeChanged(
    pair: TablePair,
    fate: TableFate,
    difference: ColumnDifference,
    compared: TableComparison,
  ): void {
    const { before: table, after } = pair;
    const { column, rows } = difference;
    const own = fate.columns.get(column);
    const before = table.columns.find(({ name }) => name === column);
    const now = after.columns.find(({ name }) =>
      sameName(name, this.#back ? column : (own?.now ?? column)),
    );
    const losses = this.#lossesOf(table);
    // What a downgrade makes of them shows whether they were cut.
    const isLast = this.#back || this.#passed.statements.down.length === 0;
    const cut = isLast ? this.#cutOf(pair, difference) : null;
    if (cut) {
      if (cut.rows < rows) {
        const others = { ...difference, rows: rows - cut.rows, keys: [] };
        this.#findings.push(losses.valuesChanged(cut.rows === 0 ? difference : others));
      }
      if (cut.rows === 0) return;
      const known = column === '*' ? null : column;
      this.#add('hazard', {
        kind: 'narrowed',
        what: `${plural(cut.rows, known ? 'value' : 'row')} of ${known ? `${table.name}.${known}` : table.name} changed when ${cut.rows === 1 ? 'it was' : 'they were'} converted${this.#back ? `, and the downgrade does not bring ${cut.rows === 1 ? 'it' : 'them'} back` : ''}.`,
        why: `A conversion such as cast, round or substr cuts what does not fit${now ? ` ${now.type || 'the new type'}` : ''}.`,
        statement: this.#statementThatCuts(table.name, column),
        repairs: known ? keepValues(this.#passed.statements, table.name, known) : [],
        table: table.name,
        ...(known && { column: known }),
        rows: cut.rows,
        keys: cut.keys,
      });
      return;
    }
    if (this.#back) {
      this.#findings.push(losses.valuesChanged(difference));
      return;
    }
    // It can't be told whether it is these or the ones that a copy left out.
    const leftOut = column === '*' ? Math.max(0, fate.leftOut - compared.lost.rows) : 0;
    const said = Math.min(rows - leftOut, this.#changedOf(pair, fate, column, compared));
    if (said > 0) {
      const part = said === rows ? difference : { ...difference, rows: said, keys: [] };
      this.#findings.push(losses.valuesChanged(part));
    }
    if (said === rows) return;
    const rest = said === 0 ? difference : { ...difference, rows: rows - said, keys: [] };
    if (said === 0 && before && now && affinityOf(before.type) !== affinityOf(now.type)) {
      const why =
        'SQLite converts values to the new type where it can, and some came out different.';
      this.#findings.push(losses.retyped(rest, [before.type, now.type], why));
      return;
    }
    const cause = this.#passed.causeOf(table, 'values') ?? {
      why: 'No statement of the revision changes them.',
      statement: null,
    };
    this.#findings.push(losses.valuesLostByTheWay(rest, cause));
  }

  /** How many of the values that differ statements changed, at most. */
  #changedOf(pair: TablePair, fate: TableFate, column: string, compared: TableComparison): number {
    const { rows, copied } = changesOf(fate, column);
    const counted = rows + replacedIn(compared, fate) + insertedAgain(compared, fate);
    const called = fate.columns.get(column)?.names ?? [];
    const touched = this.#isNoted(pair, fate)
      ? this.#comparison.touched(pair, fate.names, column, called)
      : null;
    return touched === null ? counted : Math.min(counted, touched + copied);
  }

  /**
   * Those of the values that differ which the upgrade converted by cutting; null if it cuts none of
   * that column, or of any, where it can't be told which it was.
   */
  #cutOf(pair: TablePair, { column, rows, keys }: ColumnDifference): RowDifference | null {
    const [up] = this.#passed.passes;
    if (up?.direction !== 'up') return null;
    const lineage = this.#back ? lineageOf(this.#passed.before, [up]) : this.#lineage;
    const fate = lineage.tables.get(pair.before.name.toLowerCase());
    const own = fate?.columns.get(column);
    const cuts =
      column === '*' ? [...(fate?.columns.values() ?? [])] : own === undefined ? [] : [own];
    if (!fate || !cuts.some(({ changed }) => changed?.cuts)) return null;
    const how = own?.changed?.cut;
    const state = this.#back ? this.#passed.upgraded : this.#passed.after;
    const after = state?.schema.tables.find(({ name }) => sameName(name, fate.now));
    const cut = after?.columns.find(({ name }) => sameName(name, own?.now));
    if (!how || !after || !cut) return { rows, keys };
    const made = pairOf(pair.before, after, ({ name }) => fate.columns.get(name)?.now);
    const side = this.#back ? 'upgraded' : 'main';
    return this.#comparison.cut(pair, column, side, { made, column: cut, how }) ?? { rows, keys };
  }

  #judgeGoneColumns(pair: TablePair, fate: TableFate): void {
    const { before: table, after } = pair;
    for (const column of table.columns) {
      if (column.generated || this.#isThere(column, after, fate)) continue;
      const values = this.#comparison.values(pair, column.name);
      if (values.rows === 0) continue;
      const losses = this.#lossesOf(table);
      if (this.#back) {
        this.#findings.push(losses.columnNotBack(column.name, values));
        continue;
      }
      const candidates = this.#newColumns(table, after, fate)
        .filter(({ type }) => affinityOf(type) === affinityOf(column.type))
        .map(({ name }) => name);
      const { statements } = this.#passed;
      const repairs = candidates
        .flatMap((to) => [
          ...fillFrom(statements, table.name, column.name, to),
          ...renameColumnInstead(statements, table.name, column.name, to),
        ])
        .map((repair) => (candidates.length > 1 ? { ...repair, choice: DECISION } : repair));
      this.#findings.push(
        candidates.length === 0
          ? losses.columnDropped(column.name, values, null)
          : losses.columnDroppedForOthers(column.name, values, candidates, repairs),
      );
    }
  }

  #isThere({ name }: Column, after: Table, fate: TableFate): boolean {
    if (this.#back || this.#isUnread(fate)) {
      return after.columns.some((each) => sameName(each.name, name));
    }
    const { now, replacement } = fate.columns.get(name) ?? {};
    const other = after.columns.find((each) => sameName(each.name, replacement?.now));
    return now != null || other !== undefined;
  }

  /** Columns that continue none of before, and that nothing was put into. */
  #newColumns(table: Table, after: Table, fate: TableFate): readonly Column[] {
    const continued = new Set([...fate.columns.values()].map(({ now }) => now));
    return after.columns.filter(
      ({ name, generated }) =>
        !generated &&
        !continued.has(name) &&
        fate.unfilled.some((each) => sameName(each, name)) &&
        !table.columns.some((column) => sameName(column.name, name)),
    );
  }

  #judgeDropped(table: Table): void {
    const rows = this.#comparison.count(table.name);
    if (rows === 0) return;
    const losses = this.#lossesOf(table);
    if (this.#back) {
      this.#findings.push(losses.tableNotBack(rows));
      return;
    }
    const names = table.columns.map(({ name }) => name);
    const twin = twinOf(names, this.#lineage.created);
    if (!twin || !this.#isEmpty(twin.table)) {
      this.#findings.push(losses.dropped(rows));
      return;
    }
    this.#rowsLost += rows;
    const { statements, before } = this.#passed;
    const renamed = { from: table.name, to: twin.table };
    const repairs = sameName(table.name, twin.table)
      ? []
      : renameInstead(statements, before.schema, renamed);
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
    for (const { sql } of this.#passed.passes[0]?.statements ?? []) {
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

/**
 * What becomes of rows in passes, statement by statement: how many are the doing of a statement
 * that names their table, and what did the others.
 *
 * The server counts rows for each table, and the driver tells how many a statement changed itself.
 * What is counted beyond that was done by the way: by a foreign key, by triggers or rules, or by
 * code that the statement calls.
 *
 * Tables and columns are known by their numbers, which a rename does not change; but statements
 * have names, so renames are followed.
 */

import type { Direction } from '../../../../contract/direction.ts';
import type { PassRecord, RowCounts } from '../../measurement.ts';
import { type Column, nameOf, type Table, tableNamed } from '../catalogue/table.ts';
import {
  calls,
  mayDo,
  mayWriteTo,
  type Reaction,
  type Reference,
  type RowEvent,
  type Shape,
} from '../catalogue/table-columns.ts';
import { throughView, type View } from '../catalogue/views.ts';
import { quoted } from '../parser/sql.ts';
import {
  isOfRows,
  type Name,
  type RowFacts,
  readWithBlocks,
  type StatementFacts,
} from '../parser/statement.ts';
import { isOpen } from './composed.ts';
import { expanded } from './composed-names.ts';
import { namesIn } from './naming.ts';
import { changeOwnRows } from './own-rows.ts';
import { type Meant, PreparedStatements } from './prepared.ts';
import { TemporaryTables } from './temporary.ts';
import type { Insert } from './written-keys.ts';

/** Rows of a table that changed with a statement, and not because it says so. */
export interface ByTheWay {
  readonly effect: Effect;
  /** Infinite where nobody could count. */
  readonly rows: number;
  /** `same`: triggers gave rows that the statement changed itself other values, too. */
  readonly by: 'reference' | 'same' | 'unnamed';
  /** In a pass before the one that is judged. */
  readonly earlier: boolean;
  /** Of `same`: how often triggers changed rows of the table by statements of their own. */
  readonly beyond: number;
  /** Names of the tables that began it, and of `reference` those that are referred to; none of what no statement names. */
  readonly from: readonly string[];
  /** Numbers of those that it can have changed; null: any. */
  readonly columns: readonly number[] | null;
  /** Null where it was done at the end of a transaction. */
  readonly statement: string | null;
  /** What is known of the cause of what no statement names. */
  readonly why: string;
  /** A statement may name it, too: `why` says all there is to say. */
  readonly doubtful: boolean;
}

export type Effect = 'deleted' | 'updated';

const EFFECTS: readonly Effect[] = ['deleted', 'updated'];

/** Of which tables it can't be told whether a statement did it, or code that it calls. */
type Doubts = ReadonlyMap<Effect, { readonly tables: ReadonlySet<Followed>; readonly why: string }>;

/** What statements say that they do to rows of a table, or of one of its columns. */
export interface Said {
  /** Infinite if they say all of them. */
  readonly deleted: number;
  readonly updated: number;
  /** The same of columns of before that they give values, by number. */
  readonly changed: ReadonlyMap<number, number>;
}

export interface TableAccount {
  /** What it was called last. */
  readonly schema: string;
  readonly name: string;
  /** By what they were called last. */
  readonly columns: ReadonlyMap<string, Column>;
  readonly said: Said;
  /** Only in the pass that is judged. */
  readonly saidLast: Said;
  /** Columns of before that statements dropped or gave another type, by number, the first time. */
  readonly remade: ReadonlyMap<number, Remade>;
  /** In which direction it was dropped first, by name; null if it was not. */
  readonly dropped: Direction | null;
  readonly byTheWay: readonly ByTheWay[];
  /** Statements that insert rows; none of a table without a key. */
  readonly inserts: readonly Insert[];
}

interface Remade {
  readonly how: 'dropped' | 'retyped';
  readonly direction: Direction;
}

/** What triggers or rules may be on. */
type Reacting = Pick<Table, 'oid' | 'schema' | 'name' | 'visible'>;

interface Followed {
  readonly table: Table;
  /** Triggers or rules of it act. */
  readonly reacts: boolean;
  /** They change no other rows of it than those that they act for. */
  reactsToItself: boolean;
  /** Its own, and that of the table that took its place. */
  readonly oids: string[];
  schema: string;
  name: string;
  /** A name without a schema leads there. */
  visible: boolean;
  /** Names as they are now; the column of before. */
  readonly columns: Map<string, Column>;
  said: OwnSaid;
  /** In the present pass. */
  saidLast: OwnSaid;
  readonly remade: Map<number, Remade>;
  dropped: Direction | null;
  readonly byTheWay: ByTheWay[];
  readonly inserts: Insert[];
}

interface OwnSaid extends Said {
  deleted: number;
  updated: number;
  readonly changed: Map<number, number>;
}

function nothingSaid(): OwnSaid {
  return { deleted: 0, updated: 0, changed: new Map() };
}

type Sent = Pick<PassRecord['statements'][number], 'counted' | 'locks'> & {
  /** Null where it was done at the end of a transaction. */
  readonly sql: string | null;
  readonly earlier: boolean;
};
type SentStatement = Sent & PassRecord['statements'][number];

/**
 * By the oid of before.
 *
 * @param shapes after the last pass, and after those before it as far as they are known
 */
export async function accountsOf(
  { tables, references: standing, writers, reactions: reacted, views: shown }: Shape,
  shapes: readonly [after: Shape, ...between: Shape[]],
  passes: readonly PassRecord[],
): Promise<ReadonlyMap<string, TableAccount>> {
  const known = new Set(tables.map(({ oid }) => oid));
  const [after] = shapes;
  const made = shapes.flatMap((shape) => shape.tables).filter(({ oid }) => !known.has(oid));
  // A pass may make triggers, too, and what they do comes after that.
  const references = [...standing, ...after.references];
  const views = [...shown, ...after.views];
  const others: readonly Reacting[] = [...made, ...views];
  const later = await triggersMadeIn(passes);
  const madeThen = (oid: string) => shapes.flatMap((shape) => shape.reactions.get(oid) ?? []);
  const passing = new Map<string, Reaction[]>();
  const reactions = (oid: string) => [
    ...(reacted.get(oid) ?? []),
    ...madeThen(oid).filter(({ name }) => name === null || !later.has(name)),
    ...(passing.get(oid) ?? []),
  ];
  const reacting = new Set(
    [...tables, ...after.tables].flatMap(({ oid, triggers }) => (triggers ? [oid] : [])),
  );
  const followed = tables.map(
    (table): Followed => ({
      table,
      reacts: reacting.has(table.oid),
      reactsToItself: false,
      oids: [
        table.oid,
        ...made
          .filter(({ schema, name }) => schema === table.schema && name === table.name)
          .map(({ oid }) => oid),
      ],
      schema: table.schema,
      name: table.name,
      visible: table.visible,
      columns: new Map(table.columns.map((column) => [column.name, column])),
      said: nothingSaid(),
      saidLast: nothingSaid(),
      remade: new Map(),
      dropped: null,
      byTheWay: [],
      inserts: [],
    }),
  );
  for (const each of followed.filter(({ reacts }) => reacts)) {
    const { oid } = each.table;
    const code = (of: string) =>
      [...(reacted.get(of) ?? []), ...madeThen(of)].map((reaction) => reaction.code);
    const beside = [...begunBy([oid], [...tables, ...others], references, code)].filter(
      (other) => other !== oid,
    );
    each.reactsToItself = await changeOwnRows(each.table, code(oid), beside.flatMap(code));
  }
  const prepared = new PreparedStatements();
  for (const [at, { direction, statements, committed = [] }] of passes.entries()) {
    const earlier = at < passes.length - 1;
    for (const each of followed) each.saidLast = nothingSaid();
    const temporary = new TemporaryTables();
    for (const each of statements) {
      if (each.error !== null) continue;
      const sent = { ...each, earlier };
      const facts: StatementFacts[] = [];
      const meant = prepared.meant(await factsOf(sent.sql, followed));
      for (const fact of meant.facts) {
        const led = temporary.led(fact);
        temporary.take(led);
        facts.push(
          throughView(led, views, (oid) => followed.find(({ oids }) => oids.includes(oid))),
        );
      }
      if (sent.counted) lookIn(sent.counted.path, followed);
      for (const fact of facts) {
        if (fact.kind !== 'create-trigger') continue;
        later.delete(fact.name);
        const { oid } = tableNamed(followed, fact.table)?.table ?? { oid: '' };
        if (reactions(oid).some(({ name }) => name === fact.name)) continue;
        passing.set(oid, [...(passing.get(oid) ?? []), unread(fact.name)]);
      }
      const mixed = mixedBy(facts, meant.sql, isUnmeasured(sent), writers);
      const reached = reachedByCode(followed, others, facts, references, reactions);
      const doubts = mixed
        ? new Map(EFFECTS.map((effect) => [effect, { tables: new Set(followed), why: mixed }]))
        : doubtsIn(followed, facts, reached);
      const named = namedIn(followed, views, facts, sent, doubts, reached);
      for (const each of followed) countRest(each, named, followed, references, sent, CODE, doubts);
      for (const fact of facts) take(followed, fact, direction, made);
      truncateAlong(followed, facts, references, sent);
    }
    for (const counted of committed) {
      const ended: Sent = { sql: null, counted, locks: [], earlier };
      for (const each of followed) {
        countRest(each, new Map(), followed, references, ended, COMMITTED);
      }
    }
  }
  return new Map(followed.map((each) => [each.table.oid, each]));
}

/** What a text does, and in a block of code also what that composes for tables that it names. */
async function factsOf(sql: string, followed: readonly Followed[]): Promise<Meant> {
  const facts = await readWithBlocks(sql);
  if (!facts.some(isOpen)) return { facts, sql };
  const names = await namesIn(sql);
  const found = facts.flatMap((fact) => (isOpen(fact) ? expanded(fact, names, followed) : [fact]));
  return { facts: found, sql };
}

/** A trigger that is gone again before anybody can read its code: it may do anything. */
function unread(name: string): Reaction {
  return { name, code: 'execute', inserted: true, updated: true, deleted: true };
}

/** Names of triggers that statements make: until then they do nothing. */
async function triggersMadeIn(passes: readonly PassRecord[]): Promise<Set<string>> {
  const facts = await Promise.all(
    passes.flatMap(({ statements }) =>
      statements.filter(({ error }) => error === null).map(({ sql }) => readWithBlocks(sql)),
    ),
  );
  return new Set(
    facts.flat().flatMap((fact) => (fact.kind === 'create-trigger' ? [fact.name] : [])),
  );
}

/** The search path is what it was when the statement ran. */
function lookIn(path: readonly string[], followed: readonly Followed[]): void {
  const rank = ({ schema }: Followed) => {
    const at = path.indexOf(schema);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  };
  for (const each of followed) {
    each.visible =
      path.includes(each.schema) &&
      !followed.some((other) => other.name === each.name && rank(other) < rank(each));
  }
}

/** What statements that name a table did to it themselves. */
interface Own {
  deleted: number;
  updated: number;
  /** Numbers of those that got values. */
  readonly columns: Set<number>;
  /** Rows that it deletes are written anew by the same statement. */
  moved: boolean;
}

/**
 * Adds up what the statement says of tables, and tells which it names with what it did there, as
 * far as there is no doubt.
 */
function namedIn(
  followed: readonly Followed[],
  views: readonly View[],
  facts: readonly StatementFacts[],
  sent: SentStatement,
  doubts: Doubts,
  reached: ReachedTables,
): ReadonlyMap<Followed, Own> {
  const { counted, affected } = sent;
  const found = new Map<Followed, Own>();
  const alone = facts.length === 1;
  const left = facts.flatMap((fact) =>
    fact.kind === 'delete' && fact.moves ? withRowsOf(followed, fact.table) : [],
  );
  for (const fact of facts) {
    if (!isOfRows(fact)) continue;
    const { kind } = fact;
    const view = alone ? tableNamed(views, fact.table) : undefined;
    if (view && view.behind.length > 0) sayBehind(view, fact, followed, sent, found);
    const tables = withRowsOf(followed, fact.table);
    const counts = tables.map((each) => countsOf(each, counted));
    const whole = sum(counts);
    // Then the driver tells of a single statement.
    const unmeasured = isUnmeasured(sent);
    const told = unmeasured ? affected : counted?.told;
    // Rows that moved to another partition were deleted there and inserted here.
    const moved = kind === 'update' ? Math.min(whole.deleted, whole.inserted) : 0;
    const limit = alone && told != null ? told : Number.POSITIVE_INFINITY;
    for (const [at, table] of tables.entries()) {
      const isSure = (effect: Effect) => !isDoubtful(doubts, effect, table);
      if (!EFFECTS.some(isSure)) continue;
      const own = found.get(table) ?? nothingOwn();
      found.set(table, own);
      if (kind === 'insert') {
        noteInsert(table, sent.sql);
        own.moved ||= fact.moves === true && left.includes(table);
      }
      const count = unmeasured ? all(limit) : (counts[at] ?? NONE);
      const excess = excessOf(fact, whole, limit - moved, (effect) =>
        reached[effect].has(table.table.oid),
      );
      if (isSure('deleted') && (kind === 'delete' || (kind === 'merge' && fact.deletes))) {
        const rows = Math.max(0, count.deleted - excess.deleted);
        own.deleted += rows;
        say(table, { deleted: rows });
      }
      if (kind === 'update') own.deleted += moved;
      const sets = kind === 'insert' ? fact.sets : kind === 'delete' ? [] : fact.columns;
      if (sets.length === 0 || !isSure('updated')) continue;
      const rows = Math.max(0, count.updated - excess.updated) + moved;
      own.updated += rows;
      const columns = sets.flatMap((name) => table.columns.get(name)?.number ?? []);
      for (const number of columns) own.columns.add(number);
      say(table, { updated: rows, columns });
    }
    // Of a partition, it does not say all of the whole.
    if (kind === 'delete' && fact.all && tableNamed(followed, fact.table)) {
      for (const table of tables) if (!isDoubtful(doubts, 'deleted', table)) sayAll(table);
    }
  }
  return found;
}

/**
 * A statement that names a view with triggers in place of the server says what these do to the
 * tables that it shows: of a single one, in as many rows as it changes of the view.
 */
function sayBehind(
  { behind }: View,
  fact: RowFacts,
  followed: readonly Followed[],
  sent: SentStatement,
  found: Map<Followed, Own>,
): void {
  const { counted, affected } = sent;
  const told = isUnmeasured(sent) ? affected : counted?.told;
  const limit = behind.length === 1 && told != null ? told : Number.POSITIVE_INFINITY;
  for (const table of followed.filter(({ oids }) => behind.some((oid) => oids.includes(oid)))) {
    const count = isUnmeasured(sent) ? all(limit) : countsOf(table, counted);
    // What is deleted for an update is put back.
    const most = fact.kind === 'delete' ? limit : Math.min(limit, count.inserted);
    const deleted = fact.kind === 'insert' ? 0 : Math.min(count.deleted, most);
    const updated = Math.min(count.updated, limit);
    const sets = fact.kind === 'update' ? fact.columns : [];
    const columns = [...table.columns].flatMap(([name, { number }]) =>
      table.table.key?.includes(number) && !sets.includes(name) ? [] : [number],
    );
    found.set(table, { deleted, updated, columns: new Set(columns), moved: false });
    say(table, { deleted });
    say(table, { updated, columns });
  }
}

/**
 * How many rows were deleted and updated beyond what the driver tells of a statement.
 *
 * @param reaches whether code may do that to its table, too
 */
function excessOf(
  { kind }: RowFacts,
  { inserted, updated, deleted }: RowCounts,
  limit: number,
  reaches: (effect: Effect) => boolean,
): Readonly<Record<Effect, number>> {
  const beyond = (rows: number) => Math.max(0, rows - limit);
  switch (kind) {
    case 'delete':
      return { deleted: beyond(deleted), updated: 0 };
    case 'update':
      return { deleted: 0, updated: beyond(updated) };
    case 'insert':
      return { deleted: 0, updated: beyond(inserted + updated) };
    case 'merge': {
      const rows = beyond(inserted + updated + deleted);
      const of = (effect: Effect) => (reaches(effect) ? rows : 0);
      return { deleted: of('deleted'), updated: of('updated') };
    }
  }
}

function noteInsert({ table, oids, columns, inserts }: Followed, sql: string): void {
  if (table.key === null) return;
  const ordered = [...columns].toSorted(([, one], [, other]) => one.number - other.number);
  const key = table.key.flatMap(
    (number) => ordered.find(([, column]) => column.number === number)?.[0] ?? [],
  );
  if (key.length < table.key.length) return;
  // One that is made anew may have them in another order.
  const order = oids.length === 1 ? ordered.map(([name]) => name) : [];
  inserts.push({ sql, key, columns: order });
}

/** Whatever took some of its rows before: this statement would have taken them, too. */
function sayAll(table: Followed): void {
  say(table, { deleted: Number.POSITIVE_INFINITY });
  const before = table.byTheWay.splice(0);
  table.byTheWay.push(...before.filter(({ effect }) => effect !== 'deleted'));
}

interface Doing {
  readonly deleted?: number;
  readonly updated?: number;
  /** Numbers of those that it gives values. */
  readonly columns?: readonly number[];
}

function say(table: Followed, { deleted = 0, updated = 0, columns = [] }: Doing): void {
  for (const said of [table.said, table.saidLast]) {
    said.deleted += deleted;
    said.updated += updated;
    for (const number of columns) {
      said.changed.set(number, (said.changed.get(number) ?? 0) + updated);
    }
  }
}

function nothingOwn(): Own {
  return { deleted: 0, updated: 0, columns: new Set(), moved: false };
}

/** A partition counts as its table; one that is detached for a while counts for itself. */
function countsOf({ oids, table }: Followed, counted: Sent['counted']): RowCounts {
  const all = [...oids, ...table.partitions.map(({ oid }) => oid)];
  return sum(all.map((oid) => counted?.tables.get(oid) ?? NONE));
}

const NONE: RowCounts = { inserted: 0, updated: 0, deleted: 0 };

function all(rows: number): RowCounts {
  return { inserted: rows, updated: rows, deleted: rows };
}

function sum(counts: readonly RowCounts[]): RowCounts {
  const of = (kind: keyof RowCounts) => counts.reduce((total, each) => total + each[kind], 0);
  return { inserted: of('inserted'), updated: of('updated'), deleted: of('deleted') };
}

/** What the statement did to a table beyond what it did itself. */
function countRest(
  each: Followed,
  named: ReadonlyMap<Followed, Own>,
  followed: readonly Followed[],
  references: readonly Reference[],
  sent: Sent,
  code: string,
  doubts: Doubts = new Map(),
): void {
  const { sql, counted, earlier } = sent;
  const begun = { statement: sql, earlier, beyond: 0, doubtful: false };
  const isNamed = (effect: Effect) => named.has(each) && !isDoubtful(doubts, effect, each);
  const own = named.get(each) ?? nothingOwn();
  const counts = countsOf(each, counted);
  const unmeasured = isUnmeasured(sent);
  if (each.oids.some((oid) => counted?.emptied?.includes(oid))) {
    each.byTheWay.push({
      ...begun,
      effect: 'deleted',
      rows: Number.POSITIVE_INFINITY,
      by: 'unnamed',
      from: [],
      columns: null,
      doubtful: true,
      why: EMPTIED,
    });
  }
  for (const effect of EFFECTS) {
    const doubtful = isDoubtful(doubts, effect, each);
    const why = (doubtful && doubts.get(effect)?.why) || code;
    const rows = unmeasured ? Number.POSITIVE_INFINITY : counts[effect] - own[effect];
    if (rows <= 0) continue;
    const followedBy = followedFrom(each, effect, named, followed, references);
    const moved = followedBy?.began.filter((name) => isMoved(named, name)) ?? [];
    if (followedBy && moved.length === 0) {
      const { parents: from, columns } = followedBy;
      each.byTheWay.push({ ...begun, effect, rows, by: 'reference', why: '', from, columns });
      continue;
    }
    // An update by a trigger of the table itself may be of the very rows that the statement changed.
    if (effect === 'updated' && each.reacts && isNamed(effect)) continue;
    const reacting = reactingTo(named, followed, references);
    const whyUnnamed = () => {
      if (moved.length > 0) return `${MOVED} (${moved.join(', ')}).`;
      if (reacting.length > 0) return `Triggers or rules of ${reacting.join(', ')} did it.`;
      return unmeasured && !doubtful ? '' : why;
    };
    // What nobody could count is told by the rows alone.
    each.byTheWay.push({
      ...begun,
      effect,
      rows: unmeasured ? 0 : rows,
      doubtful,
      by: 'unnamed',
      from: [],
      columns: null,
      why: whyUnnamed(),
    });
  }
  if (each.reacts && isNamed('updated')) {
    const beyond = unmeasured
      ? Number.POSITIVE_INFINITY
      : Math.max(0, counts.updated - own.updated);
    // Where references change rows of it, too, nobody knows which of them did.
    const itself =
      each.reactsToItself && !followedFrom(each, 'updated', named, followed, references);
    each.byTheWay.push({
      ...begun,
      effect: 'updated',
      // A statement that deletes may leave rows there, as its triggers say, and change them.
      rows: own.updated === 0 && itself ? beyond : own.updated,
      by: 'same',
      beyond: itself ? 0 : beyond,
      from: [nameOf(each.table)],
      columns: null,
      why: '',
    });
  }
}

/** Why it can't be told which of several statements did it; null if it can. */
function mixedBy(
  facts: readonly StatementFacts[],
  sql: string,
  unmeasured: boolean,
  writers: readonly string[],
): string | null {
  if (facts.length <= 1) return null;
  if (writers.some((name) => calls(sql, name))) return MIXED;
  return unmeasured && facts.some(isOfRows) ? UNCOUNTED : null;
}

/** Of which tables a text of several statements and triggers may do the same. */
function doubtsIn(
  followed: readonly Followed[],
  facts: readonly StatementFacts[],
  reached: ReachedTables,
): Doubts {
  if (facts.length <= 1) return new Map();
  const named = facts.filter(isOfRows).flatMap(({ table }) => withRowsOf(followed, table));
  return new Map(
    EFFECTS.map((effect) => [
      effect,
      {
        tables: new Set(named.filter(({ table }) => reached[effect].has(table.oid))),
        why: TRIGGERED,
      },
    ]),
  );
}

/** Tables by oid. */
type ReachedTables = Readonly<Record<Effect, ReadonlySet<string>>>;

const NOTHING_REACHED: ReachedTables = { deleted: new Set(), updated: new Set() };

/**
 * What triggers may do to tables when a text that does several things changes others, or the same:
 * by their own code, by what that calls up, and by what references do then.
 */
function reachedByCode(
  followed: readonly Followed[],
  others: readonly Reacting[],
  facts: readonly StatementFacts[],
  references: readonly Reference[],
  reactions: (oid: string) => readonly Reaction[],
): ReachedTables {
  const merged = facts.filter(({ kind }) => kind === 'merge');
  if (facts.length <= 1 && merged.length === 0) return NOTHING_REACHED;
  const tables = [...followed.map(({ table }) => table), ...others];
  const happens = {
    inserted: new Set<string>(),
    updated: new Set<string>(),
    deleted: new Set<string>(),
  } as const satisfies Record<RowEvent, Set<string>>;
  for (const fact of facts.filter(isOfRows)) {
    const named = withRowsOf(followed, fact.table).map(({ table }) => table);
    const other = tableNamed(others, fact.table);
    for (const { oid } of other ? [...named, other] : named) {
      for (const event of eventsOf(fact)) happens[event].add(oid);
    }
  }
  const reached = {
    deleted: new Set<string>(),
    updated: new Set<string>(),
  } as const satisfies Record<Effect, Set<string>>;
  const react = (oid: string, event: RowEvent) => {
    for (const { code } of reactions(oid).filter((each) => each[event])) {
      for (const table of tables.filter((each) => mayWriteTo(code, each))) {
        if (mayDo(code, 'inserted')) happens.inserted.add(table.oid);
        for (const effect of EFFECTS) {
          if (!mayDo(code, effect)) continue;
          happens[effect].add(table.oid);
          reached[effect].add(table.oid);
        }
      }
    }
  };
  for (let more = true; more; ) {
    const before = EVENTS.map((event) => happens[event].size).join();
    for (const { table, parent, onDelete, onUpdate } of references) {
      if (happens.deleted.has(parent) && onDelete === 'delete') happens.deleted.add(table);
      if (happens.deleted.has(parent) && onDelete === 'change') happens.updated.add(table);
      if (happens.updated.has(parent) && onUpdate) happens.updated.add(table);
    }
    for (const event of EVENTS) for (const oid of happens[event]) react(oid, event);
    more = before !== EVENTS.map((event) => happens[event].size).join();
  }
  // A merge that deletes is told from what refers to the same table.
  for (const { table, parent, onDelete } of merged.length > 0 ? references : []) {
    if (table === parent && onDelete === 'delete') reached.deleted.add(table);
  }
  // What is added meanwhile is visited, too.
  for (const oid of reached.deleted) {
    for (const { table, parent, onDelete } of references) {
      if (parent === oid && onDelete === 'delete') reached.deleted.add(table);
      if (parent === oid && onDelete === 'change') reached.updated.add(table);
    }
  }
  for (const oid of reached.updated) {
    for (const { table, parent, onUpdate } of references) {
      if (parent === oid && onUpdate) reached.updated.add(table);
    }
  }
  return reached;
}

const EVENTS: readonly RowEvent[] = ['inserted', 'updated', 'deleted'];

/** A row that an update moves to another partition is deleted in one, and inserted in the other. */
function eventsOf(fact: RowFacts): readonly RowEvent[] {
  switch (fact.kind) {
    case 'insert':
      return fact.sets.length > 0 ? ['inserted', 'updated'] : ['inserted'];
    case 'delete':
      return ['deleted'];
    case 'update':
    case 'merge':
      return EVENTS;
  }
}

/** Tables whose triggers may act when rows of some change, these among them. */
function begunBy(
  oids: readonly string[],
  tables: readonly Reacting[],
  references: readonly Reference[],
  reactions: (oid: string) => readonly string[],
): ReadonlySet<string> {
  const found = new Set(oids);
  // What is added meanwhile is visited, too.
  for (const oid of found) {
    for (const { table, parent } of references) if (parent === oid) found.add(table);
    for (const code of reactions(oid)) {
      for (const table of tables) if (mayWriteTo(code, table)) found.add(table.oid);
    }
  }
  return found;
}

function isDoubtful(doubts: Doubts, effect: Effect, table: Followed): boolean {
  return doubts.get(effect)?.tables.has(table) === true;
}

function isMoved(named: ReadonlyMap<Followed, Own>, name: string): boolean {
  return [...named].some(([{ table }, { moved }]) => moved && nameOf(table) === name);
}

/** Nobody counted, as outside of a transaction up to version 14. */
function isUnmeasured({ counted, locks }: Sent): boolean {
  return counted === null && locks === null;
}

const CODE = 'Code that the statement calls did it.';
const EMPTIED = 'Code that the statement calls truncated the table.';
const MIXED =
  'The text holds several statements, and calls code that changes rows: which of them did it can’t be told. Send each by itself.';
const MOVED =
  'What they refer to was deleted and inserted anew by one statement, and they went meanwhile';
const COMMITTED = 'It was done when the transaction ended, as deferred triggers do.';
const TRIGGERED =
  'The text holds several statements, and triggers of the tables change rows: which of them did it can’t be told. Send each by itself.';
const UNCOUNTED =
  'The text holds several statements outside of a transaction, where servers before version 15 do not count rows: which of them did it can’t be told. Send each by itself.';

/** Which of the named tables the rows of this one refer to, and follow; null if to none. */
function followedFrom(
  each: Followed,
  effect: Effect,
  named: ReadonlyMap<Followed, Own>,
  followed: readonly Followed[],
  references: readonly Reference[],
): FollowedFrom | null {
  const reached = reachedFrom(named, references);
  const ways = reached.filter((one) => one.table === each.table.oid && one.effect === effect);
  if (ways.length === 0) return null;
  const namesOf = (oids: readonly string[]) =>
    followed.flatMap(({ table }) => (oids.includes(table.oid) ? [nameOf(table)] : []));
  return {
    began: namesOf(ways.map(({ from }) => from)),
    parents: namesOf(ways.map(({ parent }) => parent)),
    columns: effect === 'deleted' ? null : ways.flatMap(({ columns }) => columns),
  };
}

/** Names of tables. */
interface FollowedFrom {
  /** Whose rows a statement changed. */
  readonly began: readonly string[];
  /** That are referred to. */
  readonly parents: readonly string[];
  readonly columns: ByTheWay['columns'];
}

/** Names of the tables whose triggers or rules can have been called. */
function reactingTo(
  named: ReadonlyMap<Followed, Own>,
  followed: readonly Followed[],
  references: readonly Reference[],
): readonly string[] {
  const touched = new Set([
    ...[...named.keys()].map(({ table }) => table.oid),
    ...reachedFrom(named, references).map(({ table }) => table),
  ]);
  const reacting = followed.filter(({ table, reacts }) => reacts && touched.has(table.oid));
  return reacting.map(({ table }) => nameOf(table));
}

interface Reached {
  readonly table: string;
  readonly effect: Effect;
  /** The table whose rows a statement changed. */
  readonly from: string;
  /** The table that is referred to. */
  readonly parent: string;
  /** Numbers of those that changed. */
  readonly columns: readonly number[];
}

/** What references do when rows of the named tables are deleted or changed; tables by oid. */
function reachedFrom(
  named: ReadonlyMap<Followed, Own>,
  references: readonly Reference[],
): readonly Reached[] {
  const found: Reached[] = [];
  const visit = ({ table, effect, from, columns: changed }: Reached) => {
    for (const { table: child, parent, onDelete, onUpdate, columns, keys } of references) {
      if (parent !== table) continue;
      const done =
        effect === 'updated'
          ? onUpdate && keys.some((key) => changed.includes(key)) && 'updated'
          : onDelete === 'change'
            ? 'updated'
            : onDelete && 'deleted';
      if (!done) continue;
      const next = { table: child, effect: done, from, parent, columns } as const;
      const known = found.some(
        (one) =>
          one.table === child &&
          one.effect === done &&
          one.from === from &&
          columns.every((column) => one.columns.includes(column)),
      );
      if (known) continue;
      found.push(next);
      visit(next);
    }
  };
  for (const [{ table }, { deleted, updated, columns: set }] of named) {
    const begun = { table: table.oid, from: table.oid, parent: table.oid, columns: [...set] };
    if (deleted > 0) visit({ ...begun, effect: 'deleted' });
    if (updated > 0) visit({ ...begun, effect: 'updated' });
  }
  return found;
}

/** @param made tables that were not there before */
function take(
  followed: readonly Followed[],
  facts: StatementFacts,
  direction: Direction,
  made: readonly Table[],
): void {
  switch (facts.kind) {
    case 'truncate':
    case 'drop-table':
      for (const name of facts.tables) {
        const whole = tableNamed(followed, name);
        if (facts.kind === 'drop-table' && whole) {
          whole.dropped ??= direction;
          const { oids, schema } = whole;
          const again = made.filter((each) => each.schema === schema && each.name === whole.name);
          oids.push(...again.flatMap(({ oid }) => (oids.includes(oid) ? [] : [oid])));
          continue;
        }
        for (const table of withRowsOf(followed, name)) sayAll(table);
      }
      return;
    case 'rename-table': {
      const table = tableNamed(followed, facts.table);
      if (table) table.name = facts.to;
      return;
    }
    case 'move-table': {
      const table = tableNamed(followed, facts.table);
      if (table) table.schema = facts.schema;
      return;
    }
    case 'rename-schema':
      for (const table of followed) if (table.schema === facts.schema) table.schema = facts.to;
      return;
    case 'rename-column':
      for (const { columns } of withRowsOf(followed, facts.table)) {
        const column = columns.get(facts.from);
        if (!column) continue;
        columns.delete(facts.from);
        columns.set(facts.to, column);
      }
      return;
    case 'drop-column':
    case 'alter-type':
      for (const { columns, remade } of withRowsOf(followed, facts.table)) {
        const column = columns.get(facts.column);
        if (!column) continue;
        const how = facts.kind === 'drop-column' ? 'dropped' : 'retyped';
        const known = remade.get(column.number);
        // What is dropped is gone, whatever its type was before.
        if (!known || (known.how === 'retyped' && how === 'dropped')) {
          remade.set(column.number, { how, direction });
        }
        if (how === 'dropped') columns.delete(facts.column);
      }
      return;
    case 'rename-value':
    case 'change-attributes':
      for (const each of followed) {
        for (const { type, number } of each.table.columns) {
          if (!isOfType(type, facts.type)) continue;
          say(each, { updated: Number.POSITIVE_INFINITY, columns: [number] });
        }
      }
      return;
    default:
  }
}

/** Tables that refer to one that is truncated with “cascade” are emptied, whatever they refer to. */
function truncateAlong(
  followed: readonly Followed[],
  facts: readonly StatementFacts[],
  references: readonly Reference[],
  { sql, earlier, counted }: SentStatement,
): void {
  const rowsOf = (oid: string) => counted?.truncated?.get(oid);
  for (const fact of facts) {
    if (fact.kind !== 'truncate' || !fact.cascade) continue;
    const named = fact.tables.flatMap((name) => tableNamed(followed, name) ?? []);
    const oids = new Set(named.map(({ table }) => table.oid));
    // What is added meanwhile is visited, too.
    for (const oid of oids) {
      for (const { table, parent } of references) if (parent === oid) oids.add(table);
    }
    const names = named.map(({ table }) => nameOf(table)).join(', ');
    for (const each of followed) {
      if (!oids.has(each.table.oid) || named.includes(each)) continue;
      const rows = each.oids.flatMap((oid) => rowsOf(oid) ?? []);
      each.byTheWay.push({
        effect: 'deleted',
        rows: rows.length > 0 ? Math.max(...rows) : Number.POSITIVE_INFINITY,
        by: 'unnamed',
        from: [],
        columns: null,
        earlier,
        beyond: 0,
        doubtful: false,
        statement: sql,
        why: `It refers to ${names}, which was truncated with “cascade”.`,
      });
    }
  }
}

/** The table of that name, or of which that is a partition; and those that inherit from it, but for `only`. */
function withRowsOf(followed: readonly Followed[], name: Name): readonly Followed[] {
  const named =
    tableNamed(followed, name) ??
    followed.find(({ table }) =>
      table.partitions.some(
        (part) => part.name === name.name && (name.schema ?? part.schema) === part.schema,
      ),
    );
  const found = new Set(named && [named]);
  if (name.only) return [...found];
  // What is added meanwhile is visited, too.
  for (const { table } of found) {
    for (const each of followed) if (each.table.parents.includes(table.oid)) found.add(each);
  }
  return [...found];
}

/** @param type as a column has it: with its schema if need be, or an array of it */
function isOfType(type: string, { name }: Name): boolean {
  const one = type.replace(/(\[\])+$/, '');
  return [name, quoted(name)].some((each) => one === each || one.endsWith(`.${each}`));
}

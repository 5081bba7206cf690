/**
 * The oracle: walks over the revisions of a case with a client that Handrail does not use, by an
 * algorithm of its own, and says what the verdict should be. No code of source/ has a part in it.
 */

import { type Case, type Fate, type RevisionCase, type Statement, TAG } from './case.ts';
import { type Expectation, Reasons } from './expectation.ts';
import { type Dump, type Ledger, type Reference, type Row, rowOf, same } from './ledger.ts';

/** A database that passes are run on. */
export interface World {
  state(): Promise<State>;
  /** One pass on one connection, as MikroORM runs it; null if it fails. */
  run(
    transactions: readonly (readonly Statement[])[],
    what: string,
    reasons: Reasons,
  ): Promise<Pass | null>;
}

export interface Pass {
  readonly ledger: Ledger;
  /** What is there if nothing acts by itself; null if it can't be run so. */
  readonly ideal: Dump | null;
  /** What is there if triggers act, and foreign keys do not; null if it is not known. */
  readonly fired: Dump | null;
  /** When it ended. */
  readonly references: readonly Reference[];
}

export interface State {
  readonly rows: Dump;
  readonly tables: ReadonlyMap<string, TableFacts>;
  readonly objects: readonly NamedObject[];
  /** The schema as lines; their order means nothing. */
  readonly schema: readonly string[];
  /** References to nothing. */
  readonly orphans: number;
  /** Views and triggers that do not work. */
  readonly broken: readonly string[];
  /** The highest number that was given to rows, by table. */
  readonly sequences: ReadonlyMap<string, number>;
  /** Where numbers of rows come from a sequence that does not know of rows, by table. */
  readonly numbering?: ReadonlyMap<string, Numbering>;
}

export interface Numbering {
  /** Of the table. */
  readonly oid: string;
  readonly next: number;
  /** Of its rows; null without rows. */
  readonly largest: number | null;
}

interface TableFacts {
  readonly columns: readonly string[];
  /** Columns of numbers that hold texts all the same where these can't be converted. */
  readonly numbers?: readonly string[];
  readonly withoutRowid: boolean;
  readonly strict: boolean;
  readonly autoincrement: boolean;
}

export interface NamedObject {
  readonly type: 'index' | 'trigger' | 'view' | 'foreign key';
  readonly name: string;
  readonly table: string;
}

export interface Expectations {
  /** Of each revision, up to the first that fails. */
  readonly revisions: readonly Expectation[];
  /** What they left one by one; null unless each came up, down and up to the same schema. */
  readonly left: State | null;
}

export async function expectations(world: World, made: Case): Promise<Expectations> {
  const revisions: Expectation[] = [];
  let repeatable = true;
  for (const revision of made.revisions) {
    const walked = await walk(world, revision);
    revisions.push(walked.expectation);
    repeatable &&= walked.repeatable;
    if (walked.expectation.verdict === 'failed') break;
  }
  return { revisions, left: repeatable ? await world.state() : null };
}

/**
 * What is expected of the run of all revisions together.
 *
 * @param world in the state before them
 * @param oneByOne what they left one by one; null if not each came up, down and up to the same
 */
export async function planExpectation(
  world: World,
  made: Case,
  oneByOne: State | null,
): Promise<Expectation> {
  const reasons = new Reasons();
  const start = await world.state();
  const ups = made.revisions.map(({ up }) => up);
  const up = await world.run(made.allOrNothing ? [ups.flat()] : ups, 'plan', reasons);
  if (!up) return reasons.result();
  const upgraded = await world.state();
  const fates = made.revisions.map((revision) => revision.fates).reduce(followedBy);
  judge(up, upgraded.rows, tagsOf(start.rows), 'plan', reasons);
  judgeObjects(start, upgraded, { up: ups.flat(), fates }, reasons);
  judgeMixedCopies(ups.flat(), reasons);
  judgeCopies(start, up, fates, 'plan', reasons);
  judgeTakenKeys(start, upgraded.rows, fates, 'plan', reasons);
  judgeTexts(start, upgraded, fates, reasons);
  judgeSoundness(start, upgraded, fates, 'plan', reasons);
  judgeSuspicions(start, upgraded, fates, reasons);
  // Nor does it see those of tables that an earlier revision makes.
  for (const revision of made.revisions) {
    const own = Object.entries(revision.fates).filter(([table]) => !start.tables.has(table));
    judgeSuspicions(start, upgraded, Object.fromEntries(own), reasons);
  }
  judgeConverted(start, upgraded, fates, reasons);
  for (const difference of oneByOne ? differences(oneByOne.schema, upgraded.schema) : []) {
    reasons.hazard(`not as one by one: ${difference}`);
  }
  return reasons.result();
}

type Fates = Readonly<Record<string, Fate>>;

/** What becomes of tables of before in two revisions, one after the other. */
function followedBy(first: Fates, second: Fates): Fates {
  return Object.fromEntries(
    Object.entries(first).map(([table, fate]): [string, Fate] => {
      const next = fate.now === null ? undefined : second[fate.now];
      if (!next) return [table, fate];
      const columns = Object.entries(fate.columns).flatMap(([was, name]) => {
        const now = next.columns[name];
        return now === undefined ? [] : [[was, now] as const];
      });
      const inFirst = (names: readonly string[]) =>
        Object.entries(fate.columns).flatMap(([was, name]) => (names.includes(name) ? [was] : []));
      return [
        table,
        {
          now: next.now,
          columns: Object.fromEntries(columns),
          converted: [...new Set([...fate.converted, ...inFirst(next.converted)])],
          computed: [...new Set([...fate.computed, ...inFirst(next.computed)])],
          renamed: fate.renamed || next.renamed,
        },
      ];
    }),
  );
}

interface Walked {
  readonly expectation: Expectation;
  readonly repeatable: boolean;
}

async function walk(world: World, revision: RevisionCase): Promise<Walked> {
  const reasons = new Reasons();
  const ended = (repeatable: boolean): Walked => ({ expectation: reasons.result(), repeatable });
  const start = await world.state();
  const up = await world.run([revision.up], 'upgrade', reasons);
  if (!up) return ended(false);
  const upgraded = await world.state();
  const originals = tagsOf(start.rows);
  judge(up, upgraded.rows, originals, 'upgrade', reasons);
  judgeObjects(start, upgraded, revision, reasons);
  judgeMixedCopies(revision.up, reasons);
  judgeCopies(start, up, revision.fates, 'upgrade', reasons);
  judgeTakenKeys(start, upgraded.rows, revision.fates, 'upgrade', reasons);
  judgeTexts(start, upgraded, revision.fates, reasons);
  judgeSoundness(start, upgraded, revision.fates, 'upgrade', reasons);
  judgeSuspicions(start, upgraded, revision.fates, reasons);
  if (revision.down === null) {
    judgeConverted(start, upgraded, revision.fates, reasons);
    return ended(true);
  }
  const down = await world.run([revision.down], 'downgrade', reasons);
  if (!down) return ended(false);
  const back = await world.state();
  judge(down, back.rows, null, 'downgrade', reasons, start.rows);
  const notBack = differences(start.schema, back.schema);
  for (const difference of notBack) reasons.hazard(`after the downgrade: ${difference}`);
  judgeSoundness(start, back, {}, 'downgrade', reasons);
  judgeConversion(start, back, revision.fates, reasons);
  const again = await world.run([revision.up], 'second upgrade', reasons);
  if (!again) return ended(false);
  const last = await world.state();
  judge(again, last.rows, null, 'second upgrade', reasons, start.rows);
  const notSame = differences(upgraded.schema, last.schema);
  for (const difference of notSame) reasons.hazard(`after the second upgrade: ${difference}`);
  judgeSoundness(start, last, revision.fates, 'second upgrade', reasons);
  return ended(notBack.length + notSame.length === 0);
}

function judge(
  { ledger, ideal, fired, references }: Pass,
  real: Dump,
  counted: ReadonlySet<string> | null,
  what: string,
  reasons: Reasons,
  only: Dump | null = null,
): void {
  if (ideal === null) {
    reasons.open('without foreign keys it fails');
    return;
  }
  const losses = ledger.losses(ideal, real, references, fired);
  let rows = 0;
  const isOf = (wanted: string) =>
    losses.some(({ kind, column }) => kind === wanted && column === null);
  // Of what went before a trigger took its parent, either can be said.
  let openRows = isOf('trigger') && isOf('by the way');
  const known = only && tagsOf(only);
  for (const { table, tag, column, kind } of losses) {
    if (known && !known.has(tag)) {
      // By its key it is one of those.
      const isOne = only?.has(table) && isReplaced(only.get(table), ideal.get(table)?.get(tag));
      if (isOne && kind !== 'meant') reasons.open(`${what}: ${tag} of ${table} is lost`);
      continue;
    }
    const place = column === null ? `row ${tag} of ${table}` : `${table}.${column} of ${tag}`;
    // By its key it is there, with other values.
    if (column === null && isReplaced(real.get(table), ideal.get(table)?.get(tag))) {
      openRows = true;
    }
    if (kind === 'by the way') {
      reasons.hazard(`${what}: ${place} is lost by the way`);
      if (column === null && counted?.has(tag)) rows++;
      // What the revision wrote may stand in the place of a row of before.
      if (column === null && !counted?.has(tag)) openRows = true;
    }
    if (kind === 'trigger' || kind === 'trigger of its own') {
      const reason = `${what}: a trigger changes ${place}`;
      // What the revision wrote itself was not there before.
      const open = kind !== 'trigger' || (counted && !counted.has(tag));
      if (open) reasons.open(reason);
      else reasons.hazard(reason);
      if (column !== null) continue;
      if (open) openRows = true;
      else if (counted) rows++;
    }
    if (kind === 'taken before') openRows = true;
    if (kind === 'either') {
      reasons.open(`${what}: ${place} went before what it refers to, or lacks what did`);
      if (column === null) openRows = true;
    }
    if (kind === 'consequence') {
      reasons.hazard(`${what}: ${place} lacks what was lost by the way before`);
      if (column === null) openRows = true;
    }
  }
  for (const tag of ledger.takenBefore(ideal)) {
    reasons.open(`${what}: a trigger takes ${tag} before a statement does`);
    openRows = true;
  }
  for (const tag of ledger.overtaken(real)) {
    reasons.open(`${what}: code takes ${tag} before a statement does`);
    openRows = true;
  }
  for (const place of ledger.unnamedBefore(real)) {
    reasons.open(`${what}: code changes ${place}, which is dropped or renamed then`);
  }
  for (const { tag, column } of ledger.unnamed(real)) {
    if (known && !known.has(tag)) continue;
    reasons.hazard(
      `${what}: ${column ?? 'the row'} of ${tag} is taken by a statement that does not name its table`,
    );
    if (column === null && counted?.has(tag)) rows++;
  }
  if (counted) reasons.rowsLost = openRows ? null : rows;
}

/** Whether another row has the key. */
function isReplaced(rows: ReadonlyMap<string, Row> | undefined, lost: Row | undefined): boolean {
  return withKeyOf(lost, rows) !== undefined;
}

/** The tag of the row with the key of another one, which is what stands before the tag. */
function withKeyOf(
  lost: Row | undefined,
  rows: ReadonlyMap<string, Row> | undefined,
): string | undefined {
  const columns = Object.keys(lost ?? {});
  const key = columns.slice(0, columns.indexOf(TAG));
  return [...(rows ?? [])].find(([, row]) =>
    key.every((column) => same(row[column], lost?.[column])),
  )?.[0];
}

/**
 * A row that got another key, whose own key a new row took: by their keys, the one is gone and the
 * other is changed.
 */
function judgeTakenKeys(
  start: State,
  real: Dump,
  fates: Readonly<Record<string, Fate>>,
  what: string,
  reasons: Reasons,
): void {
  for (const table of Object.keys(fates)) {
    const before = start.rows.get(table);
    const known = new Set(before?.keys());
    for (const [tag, row] of before ?? []) {
      const now = rowOf(real, fates, table, tag);
      const rows = real.get(fates[table]?.now ?? '') ?? new Map<string, Row>();
      const others = new Map([...rows].filter(([other]) => !known.has(other)));
      if (now && isReplaced(others, row) && !isReplaced(new Map([[tag, now]]), row)) {
        reasons.open(`${what}: another row has the key that ${tag} of ${table} had`);
      }
    }
  }
}

/** Copies that give columns other values than their own. */
function judgeCopies(
  start: State,
  { ledger, ideal }: Pass,
  fates: Readonly<Record<string, Fate>>,
  what: string,
  reasons: Reasons,
): void {
  for (const [table, { now, columns, converted, computed }] of Object.entries(fates)) {
    const rows = now === null ? undefined : ideal?.get(now);
    for (const [tag, row] of start.rows.get(table) ?? []) {
      const copied = rows?.get(tag);
      const other = copied ? undefined : withKeyOf(row, rows);
      // By its key it is the same row, of which a copy lost what the revision wrote.
      if (other !== undefined && ledger.isCopiedOtherwise(other)) {
        reasons.open(`${what}: ${other} has the key of ${tag} of ${table}, and a copy changes it`);
      }
      if (ledger.isMixedUp(tag)) reasons.open(`${what}: a copy changes ${tag} of ${table}, too`);
      if (!copied || !ledger.isUntouched(tag)) continue;
      for (const [was, column] of Object.entries(columns)) {
        if (converted.includes(was) || !(column in copied)) continue;
        if (same(copied[column], row[was])) continue;
        if (computed.includes(was) && row[was] === null) continue;
        const reason = `${what}: ${table}.${was} of ${tag} gets another value in a copy`;
        if (row[was] === null) reasons.open(reason);
        else reasons.hazard(reason);
      }
    }
  }
}

/** Copies that mix columns up whose values are alike by chance: that they do is told by their text alone. */
function judgeMixedCopies(up: readonly { readonly sql: string }[], reasons: Reasons): void {
  for (const { sql } of up) {
    const [, into = '', from = ''] =
      /^insert into "?\w+"? \(([^()]*)\) select ([^()]*) from/.exec(sql) ?? [];
    const [columns, values] = [into, from].map((list) => list.split(', '));
    if (columns?.some((name, at) => values?.[at] !== name && values?.includes(name))) {
      reasons.open(`a copy mixes columns up: ${into} get ${from}`);
    }
  }
}

/** What hangs on tables and is gone, and that no statement drops. */
function judgeObjects(
  start: State,
  now: State,
  { up, fates }: Pick<RevisionCase, 'up' | 'fates'>,
  reasons: Reasons,
): void {
  const dropped = new Set<string>();
  for (const { sql, drops } of up) {
    const [, made] = /^create .*?\b(?:index|trigger|view) "?(\w+)/.exec(sql) ?? [];
    if (drops !== undefined) dropped.add(drops);
    else if (made !== undefined) dropped.delete(made);
  }
  for (const { type, name, table } of start.objects) {
    const fate = fates[table];
    if (type === 'view') {
      if (!dropped.has(name) && !now.objects.some((each) => each.name === name)) {
        reasons.hazard(`the view ${name} is lost`);
      }
      continue;
    }
    if (fate?.now == null || dropped.has(name)) continue;
    if (now.objects.some((each) => each.name === name)) continue;
    reasons.hazard(`the ${type} ${name} of ${table} is lost`);
  }
  for (const [name, before] of start.tables) {
    const fate = fates[name];
    const after = fate?.now == null ? undefined : now.tables.get(fate.now);
    if (!after) continue;
    if (before.withoutRowid && !after.withoutRowid) reasons.hazard(`${name} was without rowid`);
    if (before.strict && !after.strict) reasons.hazard(`${name} was strict`);
  }
}

/** References to nothing, views that do not work, and numbers that are given out again. */
function judgeSoundness(
  start: State,
  now: State,
  fates: Readonly<Record<string, Fate>>,
  what: string,
  reasons: Reasons,
): void {
  if (now.orphans > start.orphans) {
    reasons.hazard(`${what}: ${now.orphans} references to nothing, ${start.orphans} before`);
  }
  for (const name of now.broken) reasons.hazard(`${what}: ${name} does not work`);
  judgeNumbering(start, now, fates, what, reasons);
  for (const [name, number] of start.sequences) {
    const fate = fates[name];
    const table = fate ? fate.now : name;
    if (table === null || !now.tables.get(table)?.autoincrement) continue;
    const left = now.sequences.get(table) ?? 0;
    if (left < number) {
      const recreated = fate === undefined && what === 'downgrade';
      const reason = `${what}: numbers of ${name} go on from ${left}, and not from ${number}`;
      if (recreated) reasons.open(reason);
      else reasons.hazard(reason);
    }
  }
}

/** Numbers that rows have must not be given to new ones, nor those that rows had. */
function judgeNumbering(
  start: State,
  now: State,
  fates: Readonly<Record<string, Fate>>,
  what: string,
  reasons: Reasons,
): void {
  const isTaken = ({ next, largest }: Numbering) => largest !== null && largest >= next;
  for (const [table, before] of start.numbering ?? []) {
    const fate = fates[table];
    const name = fate ? fate.now : table;
    const after = name === null ? undefined : now.numbering?.get(name);
    if (!after) continue;
    const again = after.next < before.next;
    if (again && after.largest === null && after.oid !== before.oid) continue;
    if (again || (isTaken(after) && !isTaken(before))) {
      reasons.hazard(`${what}: numbers of ${name} go on from ${after.next}, behind its rows`);
    }
  }
}

/** Drops beside something new and empty may be renames that a generator did not see. */
function judgeSuspicions(
  start: State,
  now: State,
  fates: Readonly<Record<string, Fate>>,
  reasons: Reasons,
): void {
  for (const [table, fate] of Object.entries(fates)) {
    if (!fate.renamed) continue;
    const before = start.tables.get(table);
    const after = fate.now === null ? undefined : now.tables.get(fate.now);
    const made = [...now.tables.keys()].some(
      (name) => !Object.values(fates).some((each) => each.now === name),
    );
    const continued = new Set(Object.values(fate.columns));
    const added = after?.columns.some((name) => !continued.has(name)) ?? false;
    const gone = before?.columns.some((name) => !(name in fate.columns)) ?? false;
    if (fate.now === null ? made : added && gone) reasons.open(`${table} may be renamed`);
    // Whether what is not in the other one is lost, or dropped by name, is open as well.
    if (fate.now === null && made) reasons.rowsLost = null;
  }
}

/** Values of another type come back as they were, or something was cut. */
function judgeConversion(
  start: State,
  back: State,
  fates: Readonly<Record<string, Fate>>,
  reasons: Reasons,
): void {
  for (const [table, { converted }] of Object.entries(fates)) {
    for (const [tag, row] of start.rows.get(table) ?? []) {
      const now = back.rows.get(table)?.get(tag);
      for (const column of converted) {
        if (!now || !(column in now) || same(now[column], row[column])) continue;
        reasons.open(
          `${table}.${column} of ${tag} does not come back: ${row[column]} → ${now[column]}`,
        );
      }
    }
  }
}

/** Texts that stay texts in a column that becomes one of numbers. */
function judgeTexts(
  start: State,
  now: State,
  fates: Readonly<Record<string, Fate>>,
  reasons: Reasons,
): void {
  for (const [table, { columns, now: name }] of Object.entries(fates)) {
    const numbers = (name === null ? undefined : now.tables.get(name)?.numbers) ?? [];
    const before = start.tables.get(table)?.numbers ?? [];
    for (const [was, is] of Object.entries(columns)) {
      if (!numbers.includes(is) || before.includes(was)) continue;
      const rows = [...(now.rows.get(name ?? '')?.values() ?? [])];
      if (rows.some((row) => typeof row[is] === 'string')) {
        reasons.hazard(`${name}.${is} is of numbers, and holds texts`);
      }
    }
  }
}

/** Without a way back it can't be told whether a conversion cut something. */
function judgeConverted(
  start: State,
  now: State,
  fates: Readonly<Record<string, Fate>>,
  reasons: Reasons,
): void {
  for (const [table, { converted, columns, now: name }] of Object.entries(fates)) {
    const before = start.rows.get(table) ?? new Map();
    const rows = (name === null ? undefined : now.rows.get(name)) ?? new Map();
    const isReplaced =
      [...before.keys()].some((tag) => !rows.has(tag)) &&
      [...rows.keys()].some((tag) => !before.has(tag));
    if (converted.length > 0 && isReplaced) {
      reasons.open(`values of ${table} may be converted, or of other rows with the same key`);
    }
    for (const [tag, row] of before) {
      const after = rows.get(tag);
      for (const column of converted) {
        const value = after?.[columns[column] ?? ''];
        if (after && String(value) !== String(row[column])) {
          reasons.open(`${table}.${column} of ${tag} is converted, and there is no way back`);
        }
      }
    }
  }
}

function differences(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((text) => !after.includes(text)).map((text) => `− ${text}`),
    ...after.filter((text) => !before.includes(text)).map((text) => `+ ${text}`),
  ];
}

const tagsOf = (dump: Dump): ReadonlySet<string> =>
  new Set([...dump.values()].flatMap((rows) => [...rows.keys()]));

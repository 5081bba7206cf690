/**
 * What passes did to the rows that were there before them, as findings.
 *
 * Rows are compared, and accounted for: as many as statements that name the table changed are
 * listed as a notice, and so are those that references took with them, and what triggers gave the
 * very rows that a statement changed. Every other loss is a hazard: nobody who reads the revision
 * can see it.
 */

import type { DialectFinding, RevisionStatements } from '../../analysis.ts';
import {
  type Cause,
  type ColumnDifference,
  Losses,
  type TableComparison,
  twinOf,
} from '../../data-loss-findings.ts';
import type { PassRecord } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import { type Column, nameOf, type Table } from '../catalogue/table.ts';
import type { Reference, Shape } from '../catalogue/table-columns.ts';
import { qualified, quoted } from '../parser/sql.ts';
import type { KeptTable, PostgresqlMark } from '../throwaway/baseline.ts';
import { accountsOf, type ByTheWay, type Effect, type Said, type TableAccount } from './account.ts';
import { Comparison, type Parents, type TablePair, type Which } from './compare.ts';
import { lostOfMade } from './made-rows.ts';
import { renameInstead } from './repairs.ts';
import { writtenKeys } from './written-keys.ts';

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
  const between = passed.passes.slice(0, -1).flatMap((pass) => judged.get(pass)?.after ?? []);
  const shapes = [passed.after, ...between] as const;
  const accounts = await accountsOf(passed.before.shape, shapes, passed.passes);
  const comparison = new Comparison(query);
  const { findings, rowsLost } = await new Judge(comparison, passed, accounts).result();
  const last = passed.passes.at(-1);
  const rowsIn = (table: Table) => comparison.countAfter(table);
  const made =
    last?.direction === 'up'
      ? await lostOfMade(passed.before.shape, passed.after, last, rowsIn)
      : [];
  return { findings: [...findings, ...made], rowsLost };
}

/** What was found when a pass was the last one, for those who judge what comes after it. */
const judged = new WeakMap<PassRecord, Seen>();

interface Seen {
  readonly after: Shape;
  /** How many references took at most, by table and column. */
  readonly followed: Map<string, number>;
  /** Tables of which the rows that are gone were remembered, by oid. */
  readonly remembered: Set<string>;
}

class Judge {
  readonly #comparison: Comparison;
  readonly #passed: Passed;
  readonly #accounts: ReadonlyMap<string, TableAccount>;
  readonly #findings: DialectFinding[] = [];
  /** The downgrade is judged by names: everything has to be where it was. */
  readonly #back: boolean;
  readonly #seen: Seen;
  readonly #seenBefore: Seen | undefined;
  #rowsLost = 0;

  constructor(comparison: Comparison, passed: Passed, accounts: ReadonlyMap<string, TableAccount>) {
    this.#comparison = comparison;
    this.#passed = passed;
    this.#accounts = accounts;
    const [last, before] = passed.passes.toReversed();
    this.#back = last?.direction === 'down';
    this.#seen = { after: passed.after, followed: new Map(), remembered: new Set() };
    this.#seenBefore = before && judged.get(before);
    if (last) judged.set(last, this.#seen);
  }

  async result(): Promise<Judgement> {
    for (const kept of this.#passed.before.tables.values()) {
      const after = this.#successorOf(kept.table);
      const account = this.#accounts.get(kept.table.oid);
      if (!account) continue;
      if (after) await this.#judgeTable(kept, after, account);
      else if (!this.#back && kept.rows > 0) await this.#judgeDropped(kept, account);
    }
    return { findings: this.#findings, rowsLost: this.#rowsLost };
  }

  /** The same table, whatever its name is now, or the one that it is a part of; else its namesake. */
  #successorOf({ oid, schema, name }: Table): Table | undefined {
    const { tables } = this.#passed.after;
    const named = (place: Pick<Table, 'schema' | 'name'>) =>
      tables.find((table) => table.schema === place.schema && table.name === place.name);
    if (this.#back) return named({ schema, name });
    // It may have been renamed before another one took its place.
    const last = this.#accounts.get(oid);
    const whole = () =>
      tables.find(({ partitions }) => partitions.some((part) => part.oid === oid));
    return (
      tables.find((table) => table.oid === oid) ??
      whole() ??
      (last && named(last)) ??
      named({ schema, name })
    );
  }

  #pairOf(before: KeptTable, after: Table, account: TableAccount): TablePair {
    const { table } = before;
    const columns = table.columns.flatMap((column): [Column, Column][] => {
      const now = this.#columnNow(column, table, after);
      return now && !now.generated ? [[column, now]] : [];
    });
    const rekeyed = new Set(
      columns.flatMap(([{ number }, now]) => {
        const changed = (account.said.changed.get(number) ?? 0) > 0;
        const anew = after.oid === table.oid && now.number !== number;
        // Without a key, all columns that stayed tell which rows they are.
        return (table.key === null ? anew : table.key.includes(number) && (changed || anew))
          ? [number]
          : [];
      }),
    );
    return { before, after, columns, rekeyed };
  }

  async #judgeTable(before: KeptTable, after: Table, account: TableAccount): Promise<void> {
    const { table } = before;
    const pair = this.#pairOf(before, after, account);
    const compared = await this.#comparison.compare(pair);
    const losses = new Losses(nameOf(table), this.#back);
    await this.#judgeLost(pair, account, losses, compared);
    await this.#judgeChanged(pair, account, losses, compared);
    if (await this.#comparison.remember(pair, this.#followingOf(table))) {
      this.#seen.remembered.add(table.oid);
    }
    if (!this.#back) await this.#judgeGoneColumns(pair, account, losses);
  }

  /** Columns that references may change. */
  #followingOf({ oid, columns }: Table): readonly Column[] {
    const numbers = this.#passed.before.shape.references.flatMap((each) =>
      each.table === oid && (each.onDelete === 'change' || each.onUpdate) ? each.columns : [],
    );
    return columns.filter(({ number }) => numbers.includes(number));
  }

  /** How many rows are gone, or have another value in a column, since the last judgement, as far as that is known. */
  async #fresh(pair: TablePair, column: Column | null): Promise<number> {
    const { table } = pair.before;
    if (!this.#seenBefore?.remembered.has(table.oid)) return 0;
    if (column !== null && !this.#followingOf(table).includes(column)) return 0;
    return this.#comparison.fresh(pair, column);
  }

  #columnNow({ number, name }: Column, before: Table, after: Table): Column | undefined {
    const named = (its = name) => after.columns.find((column) => column.name === its);
    if (this.#back) return named();
    if (before.oid !== after.oid) {
      const columns = this.#accounts.get(before.oid)?.columns ?? new Map<string, Column>();
      const [last] = [...columns].find(([, column]) => column.number === number) ?? [];
      return (last === undefined ? undefined : named(last)) ?? named();
    }
    const same = after.columns.find((column) => column.number === number);
    if (same) return same;
    // Another one may have been renamed to it.
    const other = named();
    return before.columns.some((column) => column.number === other?.number) ? undefined : other;
  }

  async #judgeLost(
    pair: TablePair,
    account: TableAccount,
    losses: Losses,
    compared: TableComparison,
  ): Promise<void> {
    const { lost } = compared;
    const { after } = pair;
    const { table } = pair.before;
    if (lost.rows === 0 || (await this.#rowsApart(table)) >= lost.rows) return;
    // What was dropped on the way up can't be there after the way back.
    const madeAnew = this.#back && after.oid !== table.oid && account.dropped === 'up';
    const fresh = await this.#fresh(pair, null);
    const parts = together(
      apportioned(lost.rows - fresh, madeAnew ? Number.POSITIVE_INFINITY : account.said.deleted, {
        effect: 'deleted',
        byTheWay: madeAnew ? [] : account.byTheWay.filter(({ earlier }) => earlier || fresh === 0),
        followable: await this.#mostFollowed(pair, account, null, 'all'),
      }),
      fresh === 0
        ? null
        : apportioned(fresh, account.saidLast.deleted, {
            effect: 'deleted',
            byTheWay: account.byTheWay.filter(({ earlier }) => !earlier),
            followable: await this.#mostFollowed(pair, account, null, 'fresh'),
          }),
    );
    const part = (rows: number) => ({ ...compared, lost: { ...lost, rows } });
    if (parts.said > 0) this.#findings.push(losses.rowsDeleted(part(parts.said)));
    if (parts.followed > 0) {
      this.#findings.push(losses.rowsFollowed(part(parts.followed), parts.parents));
    }
    if (parts.lost === 0) return;
    this.#rowsLost += parts.lost;
    const cause = after.oid === table.oid ? parts.cause : MADE_AGAIN;
    if (parts.doubtful && cause === parts.cause) {
      this.#findings.push(losses.rowsLostByTheWay(part(parts.lost), cause));
      return;
    }
    if (account.said.deleted === 0) {
      this.#findings.push(losses.rowsLost(part(parts.lost), cause));
      return;
    }
    const whose = parts.lost === lost.rows ? '' : 'The keys are those of all that are gone.';
    const why = ['No statement of the revision deletes as many from this table.', cause.why, whose];
    this.#findings.push(
      losses.rowsLostByTheWay(part(parts.lost), { ...cause, why: why.filter(Boolean).join(' ') }),
    );
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

  /**
   * How many rows that are gone, or have other values in a column, can be so for their references:
   * those whose parent is gone, too. Where a parent is there, whatever took the rows was no
   * reference, or one that the revision does not mean: it deletes the parents and puts them back.
   */
  async #mostFollowed(
    pair: TablePair,
    account: TableAccount,
    column: Column | null,
    which: Which,
  ): Promise<Followable> {
    const effect = column === null ? 'deleted' : 'updated';
    const known = account.byTheWay.filter(
      (each) =>
        each.by === 'reference' && each.effect === effect && !(which === 'fresh' && each.earlier),
    );
    if (known.length === 0) return NOTHING_FOLLOWS;
    const { shape, tables } = this.#passed.before;
    const standing = new Set(shape.references.map(identityOf));
    const made = this.#passed.after.references.filter((each) => !standing.has(identityOf(each)));
    const reaching: Parents[] = [];
    const place = `${pair.before.table.oid} ${column?.number ?? 0}`;
    // What was followed in a pass before is gone, and its parent may be back.
    let most =
      which === 'fresh'
        ? 0
        : (this.#seenBefore?.followed.get(place) ?? total(known.filter(({ earlier }) => earlier)));
    for (const reference of [...shape.references, ...made]) {
      const { table, parent, onDelete, onUpdate, columns, keys } = reference;
      if (table !== pair.before.table.oid) continue;
      const acts =
        column === null
          ? onDelete === 'delete'
          : (onDelete === 'change' || onUpdate) && columns.includes(column.number);
      if (!acts) continue;
      const parents = tables.get(parent);
      const now = parents && this.#successorOf(parents.table);
      const renumbered = keys.some(
        (key) => (this.#accounts.get(parent)?.said.changed.get(key) ?? 0) > 0,
      );
      const places = keys.flatMap((key) => {
        const old = parents?.table.columns.find(({ number }) => number === key);
        return (parents && now && old && this.#columnNow(old, parents.table, now)) ?? [];
      });
      const moved = columns.some((number) => account.said.changed.has(number));
      if (!parents || !now || places.length < keys.length || (renumbered && moved)) {
        return { most: Number.POSITIVE_INFINITY, beside: 0 };
      }
      if (renumbered) {
        most += await this.#comparison.ofOneParent(
          pair,
          columns,
          column,
          which,
          await this.#goneAt(parents, now),
        );
        continue;
      }
      // A row that a statement made refer to another one goes with that.
      if (column === null) {
        most += Math.max(0, ...columns.map((number) => account.said.changed.get(number) ?? 0));
      }
      reaching.push({ table: now, keys: places, columns });
    }
    most += await this.#comparison.parentless(pair, reaching, column, which);
    if (which === 'all') this.#seen.followed.set(place, most);
    const beside =
      column === null
        ? Number.POSITIVE_INFINITY
        : await this.#comparison.nulled(pair, reaching, column, which);
    return { most, beside };
  }

  /** The same of rows with other values in whichever columns refer. */
  async #mostFollowedInAny(pair: TablePair, account: TableAccount): Promise<Followable> {
    const { table } = pair.before;
    const { before, after } = this.#passed;
    const referring = [...before.shape.references, ...after.references].flatMap((each) =>
      each.table === table.oid ? each.columns : [],
    );
    let [most, beside] = [0, 0];
    for (const column of table.columns.filter(({ number }) => referring.includes(number))) {
      const of = await this.#mostFollowed(pair, account, column, 'all');
      most += of.most;
      beside += of.beside;
    }
    return { most, beside };
  }

  /** How many rows of a table are gone at most, whatever their keys are now. */
  async #goneAt(before: KeptTable, after: Table): Promise<number> {
    const account = this.#accounts.get(before.table.oid);
    if (!account) return Number.POSITIVE_INFINITY;
    const along = account.byTheWay.filter(({ effect }) => effect === 'deleted');
    const unlike = await this.#comparison.unlike(this.#pairOf(before, after, account));
    return Math.min(account.said.deleted + total(along), unlike);
  }

  /**
   * How many rows have another value in a column, and none in those that statements set. Where
   * triggers sent updates of their own, these are other rows than the statements changed.
   */
  async #changedApart(pair: TablePair, account: TableAccount, column: Column): Promise<number> {
    const beyond = total(
      account.byTheWay.flatMap(({ by, beyond: rows }) => (by === 'same' ? [{ rows }] : [])),
    );
    if (beyond === 0 || account.said.changed.has(column.number)) return 0;
    const set = [...account.said.changed.keys()];
    return Math.min(beyond, await this.#comparison.changedApart(pair, column, set));
  }

  async #judgeChanged(
    pair: TablePair,
    account: TableAccount,
    losses: Losses,
    { lost: gone, columns: differences }: TableComparison,
  ): Promise<void> {
    const { before, after, columns } = pair;
    const limits = new Map<string, Limits>();
    const written = differences.length > 0 ? await this.#putAnew(account, gone.rows) : NOTHING_PUT;
    for (const { column } of differences) {
      const [old] = columns.find(([each]) => each.name === column) ?? [];
      if (!old) {
        // Without a key it may not be known which column it is.
        const followed = await this.#mostFollowedInAny(pair, account);
        limits.set(column, { ...UNLIMITED, followed });
        continue;
      }
      const replaced = await this.#comparison.changedAt(pair, old, 'all', written.keys);
      const isSaid = replaced <= written.most;
      const fresh = await this.#fresh(pair, old);
      limits.set(column, {
        replaced: isSaid ? replaced : 0,
        freshReplaced:
          isSaid && replaced > 0 && fresh > 0
            ? await this.#comparison.changedAt(pair, old, 'fresh', written.keys)
            : 0,
        followed: await this.#mostFollowed(pair, account, old, 'all'),
        apart: await this.#changedApart(pair, account, old),
        fresh,
        freshFollowed:
          fresh === 0 ? NOTHING_FOLLOWS : await this.#mostFollowed(pair, account, old, 'fresh'),
      });
    }
    const told = differences.map((difference) => {
      const [old, now] = columns.find(([column]) => column.name === difference.column) ?? [];
      const saidOf = ({ changed, updated }: Said) =>
        old ? (changed.get(old.number) ?? 0) : updated;
      const byTheWay = account.byTheWay.filter(
        ({ columns: can }) => !old || can === null || can.includes(old.number),
      );
      const limited = limits.get(difference.column) ?? UNLIMITED;
      const { followed, apart, freshFollowed, replaced, freshReplaced } = limited;
      const { fresh } = limited;
      const earlier = difference.rows - fresh;
      const of = (known: readonly ByTheWay[]) =>
        together(
          apportioned(earlier, saidOf(account.said), {
            effect: 'updated',
            byTheWay: known.filter((each) => each.earlier || fresh === 0),
            followable: followed,
            apart: Math.min(apart, earlier),
            replaced: replaced - freshReplaced,
          }),
          fresh === 0
            ? null
            : apportioned(fresh, saidOf(account.saidLast), {
                effect: 'updated',
                byTheWay: known.filter((each) => !each.earlier),
                followable: freshFollowed,
                apart: Math.max(0, apart - earlier),
                replaced: freshReplaced,
              }),
        );
      return { difference, old, now, byTheWay, of };
    });
    // Code that changes one column is told there, and not with each of the others.
    const counted = told.some(({ byTheWay, of }) => of(byTheWay).unsaid > 0);
    for (const { difference, old, now, byTheWay, of } of told) {
      const parts = of(counted ? byTheWay.map(uncounted) : byTheWay);
      const { lost } = parts;
      const remade = old && account.remade.get(old.number);
      const part = (rows: number) => ({
        ...difference,
        rows,
        toNull: Math.min(rows, difference.toNull),
      });
      const madeAgain =
        old !== undefined &&
        now !== undefined &&
        ((after.oid === before.table.oid && old.number !== now.number && !this.#back) ||
          remade?.how === 'dropped');
      // What was dropped on the way up is known to be gone.
      if (this.#back && remade?.how === 'dropped' && remade.direction === 'up') {
        this.#findings.push(losses.valuesChanged(difference));
        continue;
      }
      if (parts.said > 0) this.#findings.push(losses.valuesChanged(part(parts.said)));
      if (parts.followed > 0) {
        this.#findings.push(losses.valuesFollowed(part(parts.followed), parts.parents));
      }
      if (parts.reacted > 0) {
        this.#findings.push(losses.valuesReacted(part(parts.reacted), parts.reacting));
      }
      if (lost === 0) continue;
      if (!madeAgain && old && now && (old.type !== now.type || remade?.how === 'retyped')) {
        this.#findings.push(this.#retyped(losses, part(lost), old, now));
        continue;
      }
      const cause = madeAgain ? MADE_AGAIN : parts.cause;
      const isNamed = old !== undefined && account.said.changed.has(old.number);
      if (parts.doubtful && !madeAgain) {
        this.#findings.push(losses.valuesLostByTheWay(part(lost), cause));
      } else if (parts.said > 0 || isNamed) {
        const words =
          parts.said > 0
            ? 'No statement of the revision changes as many of them.'
            : 'Statements of the revision change the column, too; whether they mean these can’t be told.';
        const why = `${words} ${cause.why}`.trim();
        this.#findings.push(losses.valuesLostByTheWay(part(lost), { ...cause, why }));
      } else {
        this.#findings.push(losses.valuesLost(part(lost), cause));
      }
    }
  }

  /**
   * Rows that statements delete, and others with the same keys that they write out: what these hold
   * is what the revision says.
   *
   * @param gone how many rows are not there under any key
   */
  async #putAnew({ said, inserts, byTheWay }: TableAccount, gone: number): Promise<PutAnew> {
    const most = said.deleted - gone;
    // Else it may be in the place of one that no statement deleted.
    const isSure = byTheWay.every(({ effect }) => effect !== 'deleted');
    if (most <= 0 || !isSure) return NOTHING_PUT;
    return { keys: (await Promise.all(inserts.map(writtenKeys))).flat(), most };
  }

  /** A loss only if the way back does not give the values back, as far as there is one. */
  #retyped(losses: Losses, difference: ColumnDifference, old: Column, now: Column): DialectFinding {
    const types = [old.type, now.type] as const;
    if (this.#back) {
      const why = 'The downgrade does not give back what they were before the upgrade.';
      return losses.retyped(difference, types, why);
    }
    if (this.#passed.statements.down.length > 0) return losses.converted(difference, types);
    const why = `The values were converted, and what does not fit ${now.type} was cut. A downgrade can’t bring it back.`;
    return losses.retyped(difference, types, why);
  }

  async #judgeGoneColumns(pair: TablePair, account: TableAccount, losses: Losses): Promise<void> {
    const { before, after, columns } = pair;
    const continued = new Set(columns.map(([, now]) => now.number));
    for (const column of before.table.columns) {
      const now = this.#columnNow(column, before.table, after);
      if (column.generated || (now && !now.generated)) continue;
      const values = await this.#comparison.values(pair, column);
      if (values.rows === 0) continue;
      const named =
        account.remade.get(column.number)?.how === 'dropped' || account.dropped !== null;
      if (!named) {
        this.#findings.push(losses.columnDroppedAlong(column.name, values, await this.#cascade()));
        continue;
      }
      const candidates: Column[] = [];
      for (const each of after.columns) {
        const fits =
          !each.generated && !continued.has(each.number) && baseOf(each) === baseOf(column);
        if (fits && !(await this.#comparison.isFilled(pair, column, each))) candidates.push(each);
      }
      if (candidates.length === 0) {
        this.#findings.push(losses.columnDropped(column.name, values, null));
        continue;
      }
      const names = candidates.map(({ name }) => name);
      const repairs = names.map((name) => renameColumnInstead(after, column.name, name));
      this.#findings.push(losses.columnDroppedForOthers(column.name, values, names, repairs));
    }
  }

  /** The statement that takes along what depends on what it names, if there is one. */
  async #cascade(): Promise<Cause> {
    for (const { sql } of this.#passed.passes.at(-1)?.statements ?? []) {
      if (/\bcascade\b/i.test(sql)) {
        return { why: 'It depends on what is dropped with “cascade”.', statement: sql };
      }
    }
    return { why: '', statement: null };
  }

  async #judgeDropped({ table, rows }: KeptTable, account: TableAccount): Promise<void> {
    const losses = new Losses(nameOf(table), this.#back);
    if (account.dropped === null) {
      this.#rowsLost += rows;
      this.#findings.push(losses.droppedAlong(rows, await this.#cascade()));
      return;
    }
    const { tables } = this.#passed.before.shape;
    // What takes the name of a table that was there is that one, made anew.
    const isKnown = ({ oid, schema, name }: Table) =>
      tables.some((each) => each.oid === oid || (each.schema === schema && each.name === name));
    const created = this.#passed.after.tables
      .filter((each) => !isKnown(each))
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
}

/** Of a table or column: it has its name, and is another one. */
const MADE_AGAIN: Cause = {
  why: 'It was dropped, and created again without them.',
  statement: null,
};

/** Keys of rows that statements delete and write anew. */
interface PutAnew {
  readonly keys: readonly (readonly string[])[];
  readonly most: number;
}

const NOTHING_PUT: PutAnew = { keys: [], most: 0 };

/** How many values of a column can be what they are for what. */
interface Limits {
  /** Of rows that statements delete and write anew. */
  readonly replaced: number;
  readonly freshReplaced: number;
  readonly followed: Followable;
  readonly apart: number;
  /** Since the last judgement. */
  readonly fresh: number;
  readonly freshFollowed: Followable;
}

/** What references can have done to rows of a table, or to one of their columns. */
interface Followable {
  /** How many they can have taken or changed, as their parents are gone. */
  readonly most: number;
  /** How many look as if they did it beside those, although the parents are there. */
  readonly beside: number;
}

const NOTHING_FOLLOWS: Followable = { most: 0, beside: 0 };

const UNLIMITED: Limits = {
  replaced: 0,
  freshReplaced: 0,
  followed: { most: Number.POSITIVE_INFINITY, beside: 0 },
  apart: 0,
  fresh: 0,
  freshFollowed: NOTHING_FOLLOWS,
};

/** Rows or values that are not what they were, by what accounts for them. */
interface Apportioned {
  readonly said: number;
  readonly followed: number;
  readonly parents: readonly string[];
  readonly reacted: number;
  readonly reacting: readonly string[];
  /** More than all that is counted. */
  readonly unsaid: number;
  /** The same, or what is counted that no statement names, if that is more. */
  readonly lost: number;
  readonly cause: Cause;
  /** A statement may have said what is lost. */
  readonly doubtful: boolean;
}

/** What is known of the table, or of one of its columns. */
interface Known {
  readonly effect: Effect;
  readonly byTheWay: readonly ByTheWay[];
  readonly followable: Followable;
  /** How many are of rows that no statement changed, although their table has triggers. */
  readonly apart?: number;
  /** How many are of rows that statements delete and write anew; code may have changed them since. */
  readonly replaced?: number;
}

/** @param said how many are the doing of statements that name them */
function apportioned(
  rows: number,
  said: number,
  { effect, byTheWay, followable: can, apart = 0, replaced = 0 }: Known,
): Apportioned {
  const of = (by: ByTheWay['by']) =>
    byTheWay.filter((each) => each.by === by && each.effect === effect);
  const [references, same, unnamed] = [of('reference'), of('same'), of('unnamed')];
  const followable = Math.min(total(references), can.most);
  // What a statement changed and what a trigger made of those rows are the same rows.
  const reacted = Math.max(0, Math.min(total(same) - said, rows - replaced - apart));
  const unsaid = Math.max(0, rows - replaced - said - followable - reacted);
  const lost =
    effect === 'updated' && said === Number.POSITIVE_INFINITY
      ? 0
      : Math.max(
          unsaid,
          Math.min(rows, total(unnamed) + kept({ effect, byTheWay, followable: can })),
        );
  const saidOf = Math.min(rows - lost, said + replaced);
  const followed = Math.min(rows - lost - saidOf, followable);
  const first = unnamed.find(({ rows: counted }) => counted > 0);
  const [reference] = followable < total(references) ? references : [];
  const [trigger] = apart > 0 ? same : [];
  const cause = first ?? trigger ?? reference ?? unnamed[0];
  return {
    said: saidOf,
    followed,
    parents: namesOf(references),
    reacted: rows - lost - saidOf - followed,
    reacting: namesOf(same),
    unsaid,
    lost,
    cause: { why: whyOf(cause), statement: cause?.statement ?? null },
    doubtful: cause?.doubtful === true,
  };
}

/** Of rows that an earlier judgement knew of, and of those that are gone or other since. */
function together(known: Apportioned, fresh: Apportioned | null): Apportioned {
  if (fresh === null) return known;
  const unique = (names: readonly string[]) => [...new Set(names)];
  const { cause, doubtful } = fresh.lost > 0 ? fresh : known;
  return {
    said: known.said + fresh.said,
    followed: known.followed + fresh.followed,
    parents: unique([...known.parents, ...fresh.parents]),
    reacted: known.reacted + fresh.reacted,
    reacting: unique([...known.reacting, ...fresh.reacting]),
    unsaid: known.unsaid + fresh.unsaid,
    lost: known.lost + fresh.lost,
    cause,
    doubtful,
  };
}

/** Rows that went with others which are there. Whether those are new ones can't be told after several passes. */
function kept({ effect, byTheWay, followable: { most, beside } }: Known): number {
  if (byTheWay.some(({ earlier }) => earlier)) return 0;
  const references = byTheWay.filter((each) => each.by === 'reference' && each.effect === effect);
  return references.length === 0 ? 0 : Math.max(0, Math.min(beside, total(references) - most));
}

function whyOf(cause: ByTheWay | undefined): string {
  if (!cause) return '';
  const from = cause.from.join(', ');
  switch (cause.by) {
    case 'same':
      return `Triggers of ${from} did it, in rows that no statement changes.`;
    case 'reference':
      return `The rows of ${from} that they refer to are there.`;
    case 'unnamed':
      return cause.why;
  }
}

/** Without the rows of what no statement names: more than all that is counted is its doing. */
function uncounted(each: ByTheWay): ByTheWay {
  return each.by === 'unnamed' ? { ...each, rows: 0 } : each;
}

function identityOf({ table, parent, columns, keys }: Reference): string {
  return [table, parent, ...columns, '', ...keys].join(' ');
}

function total(parts: readonly { readonly rows: number }[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

function namesOf(parts: readonly ByTheWay[]): readonly string[] {
  return [...new Set(parts.flatMap(({ from }) => from))];
}

/** Its type without length and precision. */
function baseOf({ type }: Column): string {
  return type.replace(/\([^)]*\)/, '');
}

function renameColumnInstead(table: Table, from: string, to: string) {
  return {
    title: `Rename ${from} to ${to} instead`,
    caution: `If ${to} is not ${from} under a new name, keep the draft, and drop ${from} in a revision of its own.`,
    edits: null,
    shown: [
      `-- in up(), in place of what drops ${from} and adds ${to}`,
      `alter table ${qualified(table)} rename column ${quoted(from)} to ${quoted(to)}`,
      '-- in down()',
      `alter table ${qualified(table)} rename column ${quoted(to)} to ${quoted(from)}`,
    ],
  };
}

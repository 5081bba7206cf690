/** What statements did, as it is measured while they run. */

import type { Direction } from '../../contract/direction.ts';
import type { StatementEffect } from '../../contract/rehearsal.ts';
import type { RawQuery } from './raw-query.ts';

/** What a pass did, as far as it came. */
export interface PassRecord {
  readonly direction: Direction;
  readonly statements: readonly (StatementEffect & {
    readonly affected: number;
    readonly counted: Counted | null;
  })[];
  /** What was done when transactions were committed, after their last statement. */
  readonly committed?: readonly Counted[];
}

/** Rows that a statement changed, by what became of them, for those who compare. */
export interface Counted {
  /** That it changed itself, as the driver says; null if it does not. */
  readonly told: number | null;
  /** Of tables, by an id that a rename does not change. */
  readonly tables: ReadonlyMap<string, RowCounts>;
  /** Those that code emptied without counting rows, by the same id. */
  readonly emptied?: readonly string[];
  /** Schemas in which names without one are looked for, in their order. */
  readonly path: readonly string[];
  /** Rows that tables had when the statement truncated them, as far as they could be counted. */
  readonly truncated?: ReadonlyMap<string, number>;
}

export interface RowCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Measures what statements do, while they are sent. One for each pass. */
export interface Meter {
  before(sql: string, query: RawQuery): Promise<void>;
  /** @param told rows that the statement changed itself, as the driver says; null if it does not */
  after(sql: string, query: RawQuery, told: number | null): Promise<Measurement>;
  /** A transaction was committed; null where nothing was done by that, or nobody counts. */
  committed?(query: RawQuery): Promise<Counted | null>;
}

export interface Measurement extends Omit<StatementEffect, 'sql' | 'ms' | 'error'> {
  /** Rows that the statement changed itself. */
  readonly affected: number;
  /** Null where nobody could count. */
  readonly counted: Counted | null;
}

/** What a statement does that does nothing. */
export const NOTHING: Measurement = {
  affected: 0,
  counted: null,
  changed: [],
  rebuilds: null,
  locks: [],
  rewritten: [],
  scanned: [],
  built: [],
  wal: null,
};

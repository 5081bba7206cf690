/**
 * A case: a database and revisions of it, as plain data that the generator makes, Handrail
 * rehearses, and the oracle runs with another client.
 *
 * Whoever wrote a statement knows what it means, and says so beside it; the oracle reads no SQL.
 */

import type { DriverName } from '../../source/contract/target.ts';

/** A statement of a revision, and what its author means by it. */
export interface Statement {
  readonly sql: string;
  /** Tables whose rows it says it changes or removes. */
  readonly names: readonly string[];
  /** It says that all rows of these tables go. */
  readonly empties?: boolean;
  /** An index, trigger or view that it drops by name. */
  readonly drops?: string;
  /** A table that it gives another name. */
  readonly renames?: { readonly from: string; readonly to: string };
}

/** What becomes of a table of before. */
export interface Fate {
  /** Null: it is dropped. */
  readonly now: string | null;
  /** Names of before to names of afterwards; a column that is not here is dropped. */
  readonly columns: Readonly<Record<string, string>>;
  /** Columns of before whose values are converted to another type. */
  readonly converted: readonly string[];
  /** Columns of before whose NULLs a rebuild fills, and says so. */
  readonly computed: readonly string[];
  /** Something new looks like what is dropped here, so that Handrail may suspect a rename. */
  readonly renamed: boolean;
}

export interface RevisionCase {
  readonly up: readonly Statement[];
  /** Null: there is no `down()`. */
  readonly down: readonly Statement[] | null;
  /** By the name that a table has before the revision. */
  readonly fates: Readonly<Record<string, Fate>>;
}

export interface Case {
  readonly driver: DriverName;
  /** Makes the database of before, and its rows. */
  readonly setup: readonly string[];
  readonly revisions: readonly RevisionCase[];
  /** All pending revisions share a transaction, as MikroORM has it by default. */
  readonly allOrNothing: boolean;
}

/** Tells rows apart, whatever becomes of them: each has its own value, which no statement changes. */
export const TAG = 'tag';

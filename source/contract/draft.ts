/** What a draft is asked for, what has to be answered first, and what it would be. */

import type { Direction } from './direction.ts';
import type { ObjectRef } from './object-ref.ts';
import type { Finding } from './rehearsal.ts';
import type { Verdict } from './verdict.ts';

/**
 * What the entities are compared with:
 * - `target`: the target as it is, which must be up to date
 * - `throwaway`: an empty database on which every revision of the folder was run
 * - `snapshot`: the file that MikroORM keeps beside the revisions
 */
export type DraftBase = 'target' | 'throwaway' | 'snapshot';

/** A table or view, or with a name something of it: a column, an index, a trigger. */
export interface Place {
  readonly table: string;
  readonly name: string | null;
}

/** What a generator can't know, and the person said. */
export interface DraftAnswers {
  /** What was there under the old name is there under the new one, rows and values included. */
  readonly renames: readonly { readonly from: Place; readonly to: string }[];
  /** Goes, with what is in it. */
  readonly drops: readonly Place[];
  /** Stays in the database although no entity knows it. */
  readonly keeps: readonly Place[];
  /** An SQL expression for rows that have no value for a column that must have one. */
  readonly fills: readonly {
    readonly table: string;
    readonly column: string;
    readonly expression: string;
  }[];
  /** The same for the downgrade, in columns that it adds again. */
  readonly fillsDown: DraftAnswers['fills'];
  /** What a value becomes where its column gets another type: an SQL expression that names the column. */
  readonly conversions: readonly {
    readonly direction: Direction;
    readonly table: string;
    readonly column: string;
    readonly expression: string;
  }[];
  /** Statements that a direction sends before the others, for rows that would be in their way. */
  readonly first: readonly { readonly direction: Direction; readonly statement: string }[];
  /** Added columns that a downgrade leaves in place, so that no value is lost. */
  readonly keptOnDowngrade: readonly { readonly table: string; readonly column: string }[];
}

export const NO_ANSWERS: DraftAnswers = {
  renames: [],
  drops: [],
  keeps: [],
  fills: [],
  fillsDown: [],
  conversions: [],
  first: [],
  keptOnDowngrade: [],
};

export interface DraftRequest {
  readonly base: DraftBase;
  /** In words; becomes part of the name. Null leaves it to the project's naming alone. */
  readonly name: string | null;
  /** Without looking at the entities, for changes of data. */
  readonly blank: boolean;
  readonly answers: DraftAnswers;
}

export type DraftQuestion =
  /** No entity knows it any more. */
  | {
      readonly kind: 'gone';
      readonly place: Place;
      readonly object: ObjectRef;
      /** Rows of the table, or values of the column, that would be lost; null if not known. */
      readonly holds: number | null;
      /** New names that it may have been given, likeliest first. */
      readonly candidates: readonly string[];
    }
  /** A column that must have a value, where rows have none. */
  | {
      readonly kind: 'fill';
      /** `down`: where the downgrade adds the column again. */
      readonly direction: Direction;
      readonly table: string;
      readonly column: string;
      readonly type: string;
      /** Rows without a value; null if not known. */
      readonly rows: number | null;
      /** SQL of the column's default; null if there is none. */
      readonly proposed: string | null;
    }
  /** A column gets another type, and only a person knows what its values become. */
  | {
      readonly kind: 'convert';
      /** `down`: where the downgrade gives it the type of before. */
      readonly direction: Direction;
      readonly table: string;
      readonly column: string;
      readonly from: string;
      readonly to: string;
      /** `zone`: values without a time zone are of some zone; `cast`: the database knows no way. */
      readonly why: 'zone' | 'cast';
      /** Values that there are; null if not known. */
      readonly rows: number | null;
      /** An SQL expression that may be right; null if there is none. */
      readonly proposed: string | null;
    }
  /** Rows that are in the way of a statement, as it failed when the draft was tried. */
  | {
      readonly kind: 'rows';
      readonly direction: Direction;
      /** One sentence: what is in the way of what. */
      readonly what: string;
      readonly table: string | null;
      readonly column: string | null;
      readonly rows: number | null;
      /** Of the first of them. They are data. */
      readonly keys: readonly string[];
      /** Statements that would get them out of the way, to choose from. */
      readonly ways: readonly { readonly words: string; readonly statement: string }[];
    };

/** One difference between base and entities. */
export interface DraftChange {
  readonly kind: 'add' | 'change' | 'rename' | 'drop';
  /** `table book`, `column book.title`, … */
  readonly what: string;
  /** Such as a type, or a new name; empty if there is no more to say. */
  readonly detail: string;
}

/** A draft as it would be written; nothing is written yet. */
export interface Draft {
  readonly base: DraftBase;
  /** One sentence: what was compared with what. */
  readonly compared: string;
  readonly changes: readonly DraftChange[];
  /** While there are any, there is no file. */
  readonly questions: readonly DraftQuestion[];
  /** Columns that it adds to tables that are there: those that a downgrade may keep. */
  readonly addedColumns: readonly { readonly table: string; readonly column: string }[];
  /** What no entity knows and the draft leaves alone, one object each. */
  readonly leftAlone: readonly string[];
  /** The same, as data. */
  readonly leftAloneObjects: readonly ObjectRef[];
  /** What the author should know, one sentence each. */
  readonly notes: readonly string[];
  /** Null for a blank draft, and while there are questions that come before it is tried. */
  readonly trial: DraftTrial | null;
  readonly file: DraftFile | null;
}

/** How a draft did on rows like those of the target: up, down and up again. */
export interface DraftTrial {
  /** Null if it could not be tried. */
  readonly verdict: Verdict | null;
  /** Why it could not be tried. */
  readonly problem: string | null;
  readonly failure: {
    readonly direction: Direction;
    readonly statement: string | null;
    readonly message: string;
  } | null;
  /** Hazards; those that have a repair are repaired by a rehearsal. */
  readonly findings: readonly Finding[];
  /** What of it had to be repaired and is, one title each. */
  readonly repaired: readonly string[];
}

export interface DraftFile {
  readonly name: string;
  /** Relative to the project's root. */
  readonly path: string;
  readonly source: string;
  /** MikroORM's record of what the entities say; null where the project keeps none. */
  readonly snapshot: { readonly path: string; readonly text: string } | null;
}

/** A draft as it was at one time: its file, and what it would send. */
export interface DraftVersion {
  readonly source: string;
  /** Null if its code could not be loaded, or nobody knows. */
  readonly up: readonly string[] | null;
  readonly down: readonly string[] | null;
}

export interface DraftVersions {
  readonly now: DraftVersion;
  /** As Handrail wrote it; null if it did not write that revision. */
  readonly drafted: DraftVersion | null;
  /** Before it was saved last; null if that was not seen. */
  readonly before: DraftVersion | null;
}

/** What became of MikroORM's snapshot when a draft was discarded. */
export interface Discarded {
  readonly file: string;
  /** `left`: it is not the one that was written with the draft any more. */
  readonly snapshot: 'restored' | 'removed' | 'left' | 'none';
}

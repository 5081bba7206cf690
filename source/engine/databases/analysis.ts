/** What a database's own analysis finds and repairs. */

import type { Direction } from '../../contract/direction.ts';
import type { Differing, Finding, RepairChoice } from '../../contract/rehearsal.ts';
import type { BothWays, SchemaObject } from './catalogue.ts';
import type { RawQuery } from './raw-query.ts';

/** A change of a revision, by the statements that it sends; see rehearsal/rewrite.ts. */
export interface Edit {
  readonly direction: Direction;
  /** Index of the statement among those that the direction sends. */
  readonly at: number;
  readonly place: 'before' | 'after' | 'instead';
  readonly statements: readonly string[];
}

/** A revision that a repair adds right after the one that it changes. */
export interface FurtherRevision {
  /** What it does, in a word or two; a part of its name. */
  readonly label: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
  /** It has to run without a transaction. */
  readonly alone: boolean;
}

/** A repair before the revision's file was rewritten for it. */
export interface DialectRepair {
  readonly title: string;
  readonly caution: string;
  /** Null where a person has to make them. */
  readonly edits: readonly Edit[] | null;
  /** What to write then. */
  readonly shown?: readonly string[];
  /** The changed revision has to run without a transaction. */
  readonly alone?: boolean;
  readonly further?: readonly FurtherRevision[];
  /** What only a person can decide. A value stands in its statements as {@link ANSWER}. */
  readonly choice?: RepairChoice;
  /** Where the upgrade may end otherwise than the revision as it was would have it. */
  readonly differs?: readonly Differing[];
}

/** A finding before the revision's file was rewritten for its repairs. */
export interface DialectFinding extends Omit<Finding, 'step' | 'again' | 'repairs'> {
  readonly repairs: readonly DialectRepair[];
}

/** The statements of a revision: those that a pass sent, and those that are known of the other. */
export interface RevisionStatements {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** Statements for objects by what the catalogue has of them; null for what they can't be made of. */
export interface SchemaRemedies {
  removal(object: SchemaObject): BothWays | null;
  /** Whether others depend on it, so that they have to go first. */
  isUsed(object: SchemaObject, query: RawQuery): Promise<boolean>;
  /** Whether an error says that there is no such object. */
  lacks(error: unknown, object: SchemaObject): boolean;
  /**
   * Makes what is there, or is not, what the entities want.
   *
   * @param objects all that are there
   * @param written MikroORM changes it, as far as it sees
   */
  equalize(
    wanted: SchemaObject,
    real: SchemaObject | null,
    objects: readonly SchemaObject[],
    written: boolean,
  ): BothWays | null;
}

/**
 * Projects whose revisions are applied to many schemas of one database: how each of them stands,
 * and a walk over them. Each schema is a target of its own, with a record of its own; see
 * docs/schemas.md.
 */

import type { Direction } from './direction.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import { type Consent, whyNotAllowed } from './protection.ts';
import type { RunResult } from './run.ts';
import type { Target } from './target.ts';
import type { Verdict } from './verdict.ts';

/** A schema is a target of its own, with a name and a key of its own. */
export function inSchema(
  { database, key }: Pick<Target, 'database' | 'key'>,
  schema: string | null,
): Pick<Target, 'database' | 'key' | 'schema'> {
  return schema === null
    ? { database, key, schema }
    : { database: `${database}#${schema}`, key: `${key}#${schema}`, schema };
}

/** Where one schema stands. Read without an engine of its own. */
export interface SchemaState {
  readonly name: string;
  /** False: the settings name it, and the database does not have it yet. */
  readonly exists: boolean;
  /** Newest applied revision, by order of recording. */
  readonly current: string | null;
  readonly counts: { readonly applied: number; readonly pending: number; readonly missing: number };
  readonly upToDate: boolean;
  /** Applied names in the order of recording. Schemas with the same are run by the same plan. */
  readonly applied: readonly string[];
}

/** How Handrail's last run on a target ended. */
export interface LastRun {
  readonly outcome: 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  /** When it began, ISO 8601. */
  readonly at: string;
}

/** A schema with what the journal knows of it. */
export interface ListedSchema extends SchemaState {
  /** Null without one. */
  readonly last: LastRun | null;
}

export interface SchemaList extends Pick<Target, 'names' | 'protected'> {
  /** The database that holds them, for people. */
  readonly database: string;
  /** Newest revision in the folder. */
  readonly head: string | null;
  /** By name. */
  readonly schemas: readonly ListedSchema[];
}

/** The same revisions, on all schemas that stand the same way. */
export interface SchemaGroup {
  readonly schemas: readonly string[];
  /** Made on the first of them. */
  readonly plan: Plan;
}

/** What a walk over schemas will do, as shown to the person who confirms it. */
export interface SchemaPlan {
  readonly direction: Direction;
  /** Of the database that holds them. */
  readonly database: string;
  readonly key: string;
  /** In the order of the first schema of each. */
  readonly groups: readonly SchemaGroup[];
  /** Schemas for which there is nothing to do. */
  readonly idle: readonly string[];
  /** Those for which no plan could be made. */
  readonly refused: readonly { readonly schemas: readonly string[]; readonly problem: Problem }[];
}

/** What is done on each schema that is reached. */
export type WalkKind = Direction | 'rehearse';

export interface WalkOptions {
  /** Goes on with the next schema when one failed; else the rest is not reached. */
  readonly keepGoing: boolean;
  /** Only rehearses the plan. */
  readonly rehearse: boolean;
  /** What was said for a target that is protected. */
  readonly consent?: Consent;
}

/** What became of one schema in a walk. */
export type SchemaOutcome =
  | {
      readonly schema: string;
      readonly outcome: 'done' | 'failed' | 'cancelled';
      /** Its number in the journal. */
      readonly run: number | null;
      readonly result: RunResult;
    }
  | {
      readonly schema: string;
      readonly outcome: 'rehearsed';
      readonly verdict: Verdict;
      /** Its number in the journal. */
      readonly rehearsal: number | null;
    }
  /** Nothing ran on it. */
  | { readonly schema: string; readonly outcome: 'refused'; readonly problem: Problem }
  | { readonly schema: string; readonly outcome: 'not-reached' };

/** How far a walk is. */
export interface WalkProgress {
  readonly schema: string;
  /** Counts from 1. */
  readonly at: number;
  readonly of: number;
}

/** Why a walk may not change the database yet; null if it may. All schemas are of one. */
export function whyWalkNotAllowed({ groups }: SchemaPlan, consent: Consent): Problem | null {
  return groups.map(({ plan }) => whyNotAllowed(plan, consent)).find((each) => each) ?? null;
}

export function isFailure(outcome: SchemaOutcome): boolean {
  switch (outcome.outcome) {
    case 'failed':
    case 'refused':
      return true;
    case 'rehearsed':
      return outcome.verdict !== 'clean';
    default:
      return false;
  }
}

export interface WalkResult {
  readonly kind: WalkKind;
  /** `failed`: some schema failed or was refused, or its rehearsal was not clean. */
  readonly outcome: 'done' | 'failed' | 'cancelled';
  /** In the order of the walk. */
  readonly schemas: readonly SchemaOutcome[];
}

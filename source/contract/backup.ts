/** What a backup is, and what restoring one would do: plain data for engine, supervisor and screens. */

import type { DriverName, Target } from './target.ts';

/** Written beside the data when that is complete. */
export const MANIFEST = 'manifest.json';

export interface Backup extends BackupContent {
  readonly version: 1;
  /** The name of its folder. */
  readonly id: string;
  /** ISO 8601. */
  readonly madeAt: string;
  /** What came then. */
  readonly before: BackupReason;
  readonly target: {
    readonly name: string;
    readonly driver: DriverName;
    readonly database: string;
    readonly key: string;
    /** The one of many that it is; null is that of the connection. */
    readonly schema?: string | null;
  };
  /** The revisions that were applied then, in the order of recording. */
  readonly applied: readonly string[];
}

export type BackupReason =
  | { readonly kind: 'up' | 'down'; readonly revisions: readonly string[] }
  /** The state that the restoring of another backup replaced. */
  | { readonly kind: 'restore'; readonly backup: string };

export interface BackupContent {
  /** `file`: the whole database; `rows`: those of some tables, or of all. */
  readonly kind: 'file' | 'rows';
  readonly bytes: number;
  readonly tables: readonly BackedUpTable[];
}

export interface BackedUpTable {
  /** Null where a database has but one. */
  readonly schema: string | null;
  readonly name: string;
  readonly rows: number;
  /** Those that are kept, in their order; empty where the whole file is. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Within the folder; null where it is a part of the whole. */
  readonly file: string | null;
}

/** Exactly what restoring will overwrite, as shown to the person who confirms it. */
export interface RestorePlan {
  readonly backup: Backup;
  readonly target: Target;
  readonly tables: readonly RestoredTable[];
  /** Revisions that are applied now, in the order of recording. */
  readonly applied: readonly string[];
  /** Null: into the tables themselves. Else a schema that is made, beside them. */
  readonly aside: string | null;
}

export interface RestoredTable {
  /** As people call it. */
  readonly name: string;
  /** Rows now; null if there is no such table. */
  readonly now: number | null;
  /** Rows in the backup; null if it has no such table, which then goes. */
  readonly kept: number | null;
}

export interface Restored {
  readonly tables: readonly RestoredTable[];
  /** Of what was there; null if nothing was overwritten. */
  readonly saved: Backup | null;
}

/** What a restoring put back and where, as the journal keeps it. */
export interface PutBack extends Pick<Backup, 'kind'> {
  /** The backup's name. */
  readonly backup: string;
  /** The schema that was made for it; null: into the tables themselves. */
  readonly aside: string | null;
}

export interface RestoreRequest {
  /** Absolute path of the backup's folder. */
  readonly folder: string;
  /** Into a schema beside the tables. */
  readonly aside: boolean;
}

/** `author`, `sales.invoice` */
export function tableName({ schema, name }: Pick<BackedUpTable, 'schema' | 'name'>): string {
  return schema === null || schema === 'public' ? name : `${schema}.${name}`;
}

export function rowsIn({ tables }: Pick<Backup, 'tables'>): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

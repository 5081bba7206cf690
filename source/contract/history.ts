import type { Revision } from './revision.ts';
import type { Target } from './target.ts';

/** Where a target stands. Read without writing anything. */
export interface History {
  readonly target: Target;
  /** Oldest first. */
  readonly revisions: readonly Revision[];
  /** Newest revision in the folder. */
  readonly head: string | null;
  /** Newest applied revision, by order of recording. */
  readonly current: string | null;
  readonly upToDate: boolean;
  readonly counts: { readonly applied: number; readonly pending: number; readonly missing: number };
  /** Applied names in the order of recording; what `down` walks backwards. */
  readonly appliedOrder: readonly string[];
  /** What the migrations table is called, with its schema if it has one. */
  readonly table: string;
  /** That table is there. */
  readonly recorded: boolean;
  /** Findings about the folder or the table as a whole, one sentence each. */
  readonly warnings: readonly string[];
  /** Hash of the project's code other than its revisions: what a rehearsal is evidence for. */
  readonly codeHash: string;
  /** Hash of the target's schema; null when it does not exist. */
  readonly schemaHash: string | null;
  /** Absolute paths of the project's files and folders whose change makes this stale. */
  readonly inputs: readonly string[];
  /** Indexes that the database keeps and does not use, since their build did not end. */
  readonly invalidIndexes: readonly string[];
  /** Throwaways on the server whose process is gone, by name. */
  readonly leftovers: readonly string[];
  /** Absolute paths of the database's own files; none for a server. */
  readonly dataFiles: readonly string[];
}

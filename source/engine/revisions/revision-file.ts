import type { DiscoveredRevision } from '../project/mikro-orm.ts';

export interface RevisionFile {
  /** The name that MikroORM would record. */
  readonly name: string;
  /** Absolute; null for a class of `migrationsList`. */
  readonly path: string | null;
  /** Relative to the project's root, for people. */
  readonly file: string | null;
  readonly sha256: string | null;
  /** Bound to MikroORM's runner; what a run executes. */
  readonly discovered: DiscoveredRevision;
}

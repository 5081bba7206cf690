/** A revision as the folder and the target together tell it. */

import type { HalfDone } from './half-done.ts';
import type { Verdict } from './verdict.ts';

/** `applied`: recorded in the target; `pending`: not; `missing`: recorded, but no file here. */
type RevisionState = 'applied' | 'pending' | 'missing';

/**
 * What is unusual about a revision:
 * - `out-of-order`: pending, but sorts before an applied one
 * - `edited`: the file changed since Handrail applied it
 * - `irreversible`: its `down()` refuses, as its author says
 * - `no-downgrade`: it has no `down()`, so nobody decided whether there is a way back
 * - `duplicate-name`: two files, or two records, claim the name
 * - `other-extension`: recorded under a name with another file extension (MikroORM would
 *   call it pending and run it again)
 * - `broken`: the file can't be loaded as a revision
 * - `draft`: Handrail wrote it, it is not applied, and git does not have it
 * - `uncommitted`: it is applied, and git does not have it
 * - `half-done`: it ran without a transaction and did not end, and nobody settled it
 */
export type RevisionFlag =
  | 'out-of-order'
  | 'edited'
  | 'irreversible'
  | 'no-downgrade'
  | 'duplicate-name'
  | 'other-extension'
  | 'broken'
  | 'draft'
  | 'uncommitted'
  | 'half-done';

/** One revision as the folder and the target together tell it. */
export interface Revision {
  /** The name that MikroORM records. */
  readonly name: string;
  /** Path relative to the project's root; null if missing or given as a class in `migrationsList`. */
  readonly file: string | null;
  readonly state: RevisionState;
  /** The name as recorded in the target, when it differs from {@link name} (another extension). */
  readonly recordedAs: string | null;
  /** ISO 8601 in UTC; null when pending, or when the target recorded no time. */
  readonly appliedAt: string | null;
  /** sha256 of the file's bytes, hex; null without a file. */
  readonly sha256: string | null;
  readonly flags: readonly RevisionFlag[];
  /** One plain sentence for each flag that needs an explanation. */
  readonly notes: readonly string[];
  /** Its last rehearsal, as the journal knows it; null without one. */
  readonly rehearsal: RevisionEvidence | null;
  /** What ran of it, with the flag of that name. */
  readonly halfDone?: HalfDone;
}

/** What the last rehearsal of a revision is worth now. */
export interface RevisionEvidence {
  readonly verdict: Verdict;
  /** ISO 8601. */
  readonly at: string;
  /** Its number in the journal. */
  readonly rehearsal: number;
  /** What changed since, so that it proves nothing any more; empty while it does. */
  readonly stale: readonly ('file' | 'code' | 'base')[];
  /** Milliseconds of the first upgrade and of the downgrade; null if they did not run. */
  readonly upMs: number | null;
  readonly downMs: number | null;
  readonly rows: number;
  readonly rowsLost: number;
  /** Of the last plan that it was rehearsed in, as it is; null if it was in none. */
  readonly plan: Verdict | null;
}

/** What belongs in one commit: revisions, MikroORM's snapshot, and the code that they were drafted from. */

import type { RevisionEvidence } from './revision.ts';

export interface CommitFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly role: 'revision' | 'snapshot' | 'code';
  readonly change: 'new' | 'changed' | 'removed';
  readonly staged: boolean;
}

export interface CommitProposal {
  readonly revisions: readonly {
    readonly name: string;
    readonly file: string;
    /** Clean, and of the file and the code as they are now. */
    readonly evidence: RevisionEvidence;
  }[];
  readonly files: readonly CommitFile[];
  /** Other files that differ from the last commit: they stay as they are, staged or not. */
  readonly others: readonly string[];
  readonly message: string;
}

export interface CommitDone {
  /** Short name. */
  readonly commit: string | null;
  readonly files: readonly string[];
}

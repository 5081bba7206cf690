/** What a check of the doctor is given, and what it answers. One file per finding. */

import type { DoctorFinding, DoctorFindingKind, Remedy } from '../../contract/doctor.ts';
import type { History } from '../../contract/history.ts';
import type { Revision, RevisionFlag } from '../../contract/revision.ts';
import type { RawQuery } from '../databases/raw-query.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';

export interface CheckContext {
  /** With what journal and git know. */
  readonly history: History;
  readonly files: readonly RevisionFile[];
  /** The migrations table, for SQL. */
  readonly table: string;
  /** Can't write. Only where there is a database. */
  readonly query: RawQuery;
}

export type Found = Omit<DoctorFinding, 'kind'>;

export interface Check {
  readonly kind: DoctorFindingKind;
  find(context: CheckContext): readonly Found[] | Promise<readonly Found[]>;
}

/** A check that finds the revisions with a flag. */
export function flagged(
  kind: RevisionFlag & DoctorFindingKind,
  describe: (revision: Revision, context: CheckContext) => Omit<Found, 'about'>,
): Check {
  return {
    kind,
    find: (context) =>
      context.history.revisions
        .filter(({ flags }) => flags.includes(kind))
        .map((revision) => ({ about: revision.name, ...describe(revision, context) })),
  };
}

export function remedy(title: string, more: Partial<Remedy> = {}): Remedy {
  return { title, statements: [], commands: [], ...more };
}

/** A text for a shell, as one word of it. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What git says of revisions: which are drafts still, which are applied and nowhere else. */

import { dirname } from 'node:path';
import type { History } from '../contract/history.ts';
import type { Revision } from '../contract/revision.ts';
import type { DraftedFile } from '../journal/journal.ts';
import { branchWith, currentBranch, untrackedFiles } from './git.ts';

export interface GitFacts {
  /** Files that Handrail wrote and git does not have, relative to the project's root. */
  readonly drafts: ReadonlySet<string>;
  /** Files of applied revisions that git does not have. */
  readonly uncommitted: ReadonlySet<string>;
  /** Drafts that belong to another branch, one sentence each. */
  readonly warnings: readonly string[];
}

export const NO_GIT_FACTS: GitFacts = { drafts: new Set(), uncommitted: new Set(), warnings: [] };

/** @param drafted what Handrail wrote and nobody discarded */
export async function askGit(
  root: string,
  { revisions }: History,
  drafted: readonly DraftedFile[],
): Promise<GitFacts> {
  const files = new Map(
    revisions.flatMap(({ file, state }) => (file === null ? [] : [[file, state]])),
  );
  const folders = [...new Set([...files.keys()].map((file) => dirname(file)))];
  // Whoever has git ignore revisions knows that it does not have them.
  const [untracked, missed] = await Promise.all([
    untrackedFiles(root, folders, { ignored: true }),
    untrackedFiles(root, folders, { ignored: false }),
  ]);
  const isOpen = (file: string) => untracked?.has(file) ?? true;
  const drafts = drafted.filter(({ file }) => files.get(file) === 'pending' && isOpen(file));
  const isApplied = (file: string) => files.get(file) === 'applied';
  return {
    drafts: new Set(drafts.map(({ file }) => file)),
    uncommitted: new Set([...(missed ?? [])].filter(isApplied)),
    warnings:
      untracked === null || drafted.length === 0
        ? []
        : await strayDrafts(root, revisions, {
            here: drafts,
            gone: drafted.filter(({ file }) => !files.has(file)),
          }),
  };
}

/** Drafts whose entities, or who themselves, are on another branch than the one that is checked out. */
async function strayDrafts(
  root: string,
  revisions: readonly Revision[],
  { here, gone }: Record<'here' | 'gone', readonly DraftedFile[]>,
): Promise<readonly string[]> {
  const branch = await currentBranch(root);
  if (branch === null) return [];
  const left = here
    .filter((draft) => draft.branch !== null && draft.branch !== branch)
    .map(
      (draft) =>
        `${draft.name} was drafted on the branch ${draft.branch}; this is ${branch}, whose entities may be others.`,
    );
  const away = gone.map(async ({ name, file }) => {
    const other = await branchWith(root, file);
    if (other === null) return [];
    const applied = revisions.some((revision) => revision.name === name);
    const still = applied ? ' It is applied here: downgrade it there before you go on.' : '';
    return [`${name}, drafted here, is on the branch ${other} and not on ${branch}.${still}`];
  });
  return [...left, ...(await Promise.all(away)).flat()];
}

/** A rehearsal of a text that a revision may get, and of revisions beside it; no file is written. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { History } from '../../contract/history.ts';
import type { RepairedText } from '../../contract/rehearsal.ts';
import type { Revision } from '../../contract/revision.ts';
import type { OpenTarget } from '../project/project.ts';
import { withText } from '../revision-source/revision-text.ts';
import { stemOf } from '../revisions/files.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';
import type { Sandbox } from './sandbox.ts';

/** As the history would be with the text in its place. */
export function historyWith(history: History, { revision, text, further }: RepairedText): History {
  return {
    ...history,
    revisions: history.revisions.flatMap((each): Revision[] =>
      each.name === revision
        ? [{ ...each, sha256: hashOf(text) }, ...further.map(furtherRevision)]
        : [each],
    ),
  };
}

function furtherRevision({ file, text }: RepairedText['further'][number]): Revision {
  return {
    name: stemOf(file),
    file,
    state: 'pending',
    recordedAs: null,
    appliedAt: null,
    sha256: hashOf(text),
    flags: [],
    notes: [],
    rehearsal: null,
  };
}

/** The files as they would be. */
export function repairedFiles(
  project: OpenTarget,
  files: ReadonlyMap<string, RevisionFile>,
  { revision, text, further }: RepairedText,
): ReadonlyMap<string, RevisionFile> {
  return new Map(
    [...files].flatMap(([name, file]) => {
      if (name !== revision) return [[name, file] as const];
      const more = further.map((each) => {
        const path = join(project.root, each.file);
        const made = { ...file, name: stemOf(each.file), file: each.file, path };
        return [made.name, withText(project, made, each.text, file.path)] as const;
      });
      return [[name, withText(project, file, text)] as const, ...more];
    }),
  );
}

/** Lets the sandbox run them. Returns what it would have run, which is in the folder. */
export function offerRepaired(
  sandbox: Sandbox,
  repaired: RepairedText | undefined,
): ReadonlyMap<string, RevisionFile> {
  const originals = sandbox.files;
  if (repaired) {
    for (const file of repairedFiles(sandbox.project, originals, repaired).values()) {
      sandbox.offer(file);
    }
  }
  return originals;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

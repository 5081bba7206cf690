/** Writes a repair that a rehearsal offered into the revision's file. */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { History, Reply } from '../protocol.ts';
import type { Repair, RevisionRehearsal } from '../rehearsal.ts';
import { hashOf, refuseFile, replaceFile } from './files.ts';

/** Nothing is written unless the file is the one that was rehearsed, and is not applied. */
export function applyRepair(
  root: string,
  history: History,
  rehearsed: RevisionRehearsal,
  repair: Repair,
): Reply<{ readonly file: string }> {
  const { file, name, inputs } = rehearsed;
  if (file === null || repair.rewritten === null) {
    return refuseFile(
      `${name} has to be repaired by hand.`,
      'Its statements can’t be told from its text.',
    );
  }
  const revision = history.revisions.find((each) => each.name === name);
  if (revision?.state === 'applied') {
    return refuseFile(
      `${name} is applied on ${history.target.database}, so its file is left as it is.`,
      'A change of it would never run there. Downgrade it first, or write another revision.',
    );
  }
  const path = join(root, file);
  try {
    if (hashOf(readFileSync(path)) !== inputs.file) {
      return refuseFile(
        `${file} is not the file that was rehearsed any more.`,
        'The repair would undo what changed since. Rehearse it again.',
      );
    }
    replaceFile(path, repair.rewritten, statSync(path).mode);
    return { ok: true, value: { file } };
  } catch (error) {
    return refuseFile(`${file} could not be written.`, error instanceof Error ? error.message : '');
  }
}

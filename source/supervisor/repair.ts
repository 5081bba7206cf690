/** Writes a repair that a rehearsal offered: into the revision's file, and into new ones beside it. */

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
  const taken = repair.further.find((each) => existsSync(join(root, each.file)));
  if (taken) {
    return refuseFile(
      `${taken.file} is there already.`,
      'The repair adds a revision of that name. Rename or remove the one that is there, or make the change by hand.',
    );
  }
  const path = join(root, file);
  const made: string[] = [];
  try {
    if (hashOf(readFileSync(path)) !== inputs.file) {
      return refuseFile(
        `${file} is not the file that was rehearsed any more.`,
        'The repair would undo what changed since. Rehearse it again.',
      );
    }
    const { mode } = statSync(path);
    for (const each of repair.further) {
      writeFileSync(join(root, each.file), each.text, { flag: 'wx', mode });
      made.push(each.file);
    }
    replaceFile(path, repair.rewritten, mode);
    return { ok: true, value: { file } };
  } catch (error) {
    for (const each of made) rmSync(join(root, each), { force: true });
    return refuseFile(`${file} could not be written.`, error instanceof Error ? error.message : '');
  }
}

/** Writes a repair that a rehearsal offered into the revision's file. */

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History, Problem, Reply } from '../protocol.ts';
import type { Repair, RevisionRehearsal } from '../rehearsal.ts';

/** Nothing is written unless the file is the one that was rehearsed, and is not applied. */
export function applyRepair(
  root: string,
  history: History,
  rehearsed: RevisionRehearsal,
  repair: Repair,
): Reply<{ readonly file: string }> {
  const { file, name, inputs } = rehearsed;
  if (file === null || repair.rewritten === null) {
    return refuse(
      `${name} has to be repaired by hand.`,
      'Its statements can’t be told from its text.',
    );
  }
  const revision = history.revisions.find((each) => each.name === name);
  if (revision?.state === 'applied') {
    return refuse(
      `${name} is applied on ${history.target.database}, so its file is left as it is.`,
      'A change of it would never run there. Downgrade it first, or write another revision.',
    );
  }
  const path = join(root, file);
  const temporary = `${path}.handrail-${process.pid}`;
  try {
    const text = readFileSync(path);
    if (createHash('sha256').update(text).digest('hex') !== inputs.file) {
      return refuse(
        `${file} is not the file that was rehearsed any more.`,
        'The repair would undo what changed since. Rehearse it again.',
      );
    }
    // All of it or nothing: a half-written revision must not be found by anybody.
    writeFileSync(temporary, repair.rewritten, { flag: 'wx', mode: statSync(path).mode });
    renameSync(temporary, path);
    return { ok: true, value: { file } };
  } catch (error) {
    rmSync(temporary, { force: true });
    return refuse(`${file} could not be written.`, error instanceof Error ? error.message : '');
  }
}

function refuse(what: string, why: string): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { code: 'plan-outdated', what, why, next: [], detail: null } };
}

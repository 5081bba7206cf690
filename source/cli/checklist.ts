/** `handrail checklist`: how far a revision is on the way to a commit. */

import { type ChecklistStepName, isOpen } from '../contract/checklist.ts';
import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import type { History } from '../contract/history.ts';
import { revisionsMeant } from '../contract/revision-name.ts';
import { describeChecklist } from '../presentation/checklist.ts';
import { escapeLines } from '../text/escape.ts';
import { type CommonOptions, createOutput, refuse, withSession } from './context.ts';

export interface ChecklistOptions extends CommonOptions {
  readonly skip?: ChecklistStepName;
  readonly unskip?: ChecklistStepName;
  readonly reason?: string;
  /** Exits 1 while something is to be done. */
  readonly exitCode?: boolean;
}

/** @param wanted a name or file; without it the newest that is on the way, or else the next one */
export async function checklist(
  wanted: string | undefined,
  options: ChecklistOptions,
): Promise<ExitStatus> {
  const output = createOutput(options);
  const { skip, unskip, reason = '' } = options;
  if (skip !== undefined && reason.trim() === '') {
    return refuse(output, {
      code: 'usage',
      what: 'A step is skipped with a reason.',
      why: 'Whoever reads it later wants to know why.',
      next: ['Give one with --reason.'],
      detail: null,
    });
  }
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const looked = await session.look();
    if (!looked.ok) return refuse(output, looked.problem);
    const name = wanted === undefined ? newestOpen(looked.value) : nameOf(looked.value, wanted);
    const step = skip ?? unskip;
    if (step !== undefined) {
      const outcome = skip === undefined ? 'todo' : 'skipped';
      const marked = await session.markStep(name, step, outcome, reason);
      if (!marked.ok) return refuse(output, marked.problem);
    }
    const reply = await session.checklist(name);
    if (!reply.ok) return refuse(output, reply.problem);
    output.say(escapeLines(describeChecklist(reply.value)));
    output.answer({ outcome: 'shown', checklist: reply.value });
    return options.exitCode && reply.value.next !== null ? exitStatus.no : exitStatus.done;
  });
}

function newestOpen({ revisions }: History): string | null {
  return revisions.findLast(isOpen)?.name ?? null;
}

/** What is not there is refused by the session, under the name that was given. */
function nameOf({ revisions }: History, wanted: string): string {
  const [found, other] = revisionsMeant(revisions, wanted);
  return found && !other ? found.name : wanted;
}

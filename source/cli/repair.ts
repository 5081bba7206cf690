/** `handrail repair`: the repairs that were written into revisions, and undoing the last one. */

import { createTwoFilesPatch } from 'diff';
import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import type { Problem } from '../contract/problem.ts';
import type { MadeRepair } from '../session/repair.ts';
import type { Session } from '../session/session.ts';
import { escapeControl, escapeLines } from '../text/escape.ts';
import { refusedBy } from './confirm.ts';
import { type CommonOptions, createOutput, type Output, refuse, withSession } from './context.ts';

export interface RepairOptions extends CommonOptions {
  readonly undo?: boolean;
  readonly yes?: boolean;
}

export async function repair(
  name: string | undefined,
  options: RepairOptions,
): Promise<ExitStatus> {
  const output = createOutput(options);
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const reply = await session.repairs();
    if (!reply.ok) return refuse(output, reply.problem);
    const made = reply.value.filter(
      ({ revision, file }) => name === undefined || isNamed(revision, file, name),
    );
    if (options.undo) return undo(session, made.at(-1), name, options, output);
    output.say(made.flatMap(described).map(escapeLines).join('\n'));
    output.answer({ outcome: 'listed', repairs: made });
    return exitStatus.done;
  });
}

function isNamed(revision: string, file: string, name: string): boolean {
  return revision === name || file === name || revision.endsWith(`_${name}`);
}

async function undo(
  session: Session,
  repair: MadeRepair | undefined,
  name: string | undefined,
  options: RepairOptions,
  output: Output,
): Promise<ExitStatus> {
  if (!repair) return refuse(output, nothingToUndo(name));
  const looked = await session.look();
  if (!looked.ok) return refuse(output, looked.problem);
  const problem = await session.whyNotUndone(repair);
  if (problem) return refuse(output, problem);
  output.note(escapeLines(patchOf(repair, true)));
  const refused = await refusedBy(options.yes, output, {
    text: `Undo ${repair.titles.map((title) => `“${title}”`).join(', ')} in ${repair.file}?`,
    undone: 'Nothing was undone',
    subject: 'it',
    next: 'Run the command again with --yes.',
    document: {},
  });
  if (refused !== null) return refused;
  const reply = await session.undoRepair(repair);
  if (!reply.ok) return refuse(output, reply.problem);
  const removed = repair.further.map(({ file }) => `; ${file} is removed`).join('');
  output.say(escapeControl(`${repair.file} is as it was before the repair${removed}.`));
  output.answer({ outcome: 'undone', repair });
  return exitStatus.done;
}

function described(repair: MadeRepair): string[] {
  return [
    `${repair.madeAt}  ${repair.revision}`,
    ...repair.titles.map((title) => `  ${title}`),
    ...patchOf(repair, false)
      .split('\n')
      .map((each) => `  ${each}`),
  ];
}

function patchOf({ file, before, after, further }: MadeRepair, back: boolean): string {
  const [from, to] = back ? [after, before] : [before, after];
  return [
    createTwoFilesPatch(file, file, from, to),
    ...further.map((each) =>
      back
        ? createTwoFilesPatch(each.file, '/dev/null', each.text, '')
        : createTwoFilesPatch('/dev/null', each.file, '', each.text),
    ),
  ].join('\n');
}

function nothingToUndo(name: string | undefined): Problem {
  return {
    code: 'nothing-to-do',
    what: `There is no repair${name === undefined ? '' : ` of ${name}`} to undo.`,
    why: 'Only repairs that Handrail wrote, and that were not undone yet, can be undone.',
    next: ['handrail repair lists them.'],
    detail: null,
  };
}

/** `handrail commit`: revision, MikroORM's snapshot and changed entities, in one commit. */

import type { CommitProposal } from '../commit.ts';
import { type ExitStatus, exitStatus } from '../exit.ts';
import { escapeControl } from '../text/escape.ts';
import { confirm } from './confirm.ts';
import { type CommonOptions, createOutput, refuse, withSession } from './context.ts';

export interface CommitOptions extends CommonOptions {
  readonly message?: string;
  readonly yes?: boolean;
  /** Show what would be committed, and stop. */
  readonly dryRun?: boolean;
}

export async function commit(
  names: readonly string[],
  options: CommitOptions,
): Promise<ExitStatus> {
  const output = createOutput(options);
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const proposed = await session.proposeCommit(names);
    if (!proposed.ok) return refuse(output, proposed.problem);
    const proposal = proposed.value;
    output.note(describeProposal(proposal));
    if (options.dryRun) {
      output.answer({ outcome: 'shown', proposal });
      return exitStatus.done;
    }
    const sure = options.yes || (await confirm('Commit these files?'));
    if (sure === null) {
      return refuse(output, {
        code: 'not-confirmed',
        what: 'Nothing was committed, because nobody could confirm it.',
        why: 'There is no terminal to ask on.',
        next: ['Run the command again with --yes.'],
        detail: null,
      });
    }
    if (!sure) {
      output.note('Nothing was committed.');
      output.answer({ outcome: 'not-confirmed', proposal });
      return exitStatus.refused;
    }
    // With an answer for programs on stdout, git must not write there.
    const interactive = !options.yes && !options.json;
    const message = options.message ?? proposal.message;
    const reply = await session.commit(proposal, message, interactive);
    if (!reply.ok) return refuse(output, reply.problem);
    output.say(`Committed as ${reply.value.commit}.`);
    output.answer({ outcome: 'committed', ...reply.value });
    return exitStatus.done;
  });
}

const CHANGES = { new: 'new', changed: 'changed', removed: 'removed' } as const;

function describeProposal({ files, others, message }: CommitProposal): string {
  return [
    'In one commit:',
    ...files.map(
      ({ path, role, change, staged }) =>
        `  ${role.padEnd(8)}  ${path}  (${CHANGES[change]}${staged ? ', staged' : ''})`,
    ),
    ...(others.length > 0 ? [`Left as they are: ${others.join(', ')}`] : []),
    '',
    ...message.split('\n').map((line) => `  ${line}`),
    '',
  ]
    .map((line) => escapeControl(line))
    .join('\n');
}

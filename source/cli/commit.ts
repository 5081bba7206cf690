/** `handrail commit`: revision, MikroORM's snapshot and changed entities, in one commit. */

import type { CommitProposal } from '../contract/commit.ts';
import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import { escapeControl } from '../text/escape.ts';
import { refusedBy } from './confirm.ts';
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
    const refused = await refusedBy(options.yes, output, {
      text: 'Commit these files?',
      undone: 'Nothing was committed',
      subject: 'it',
      next: 'Run the command again with --yes.',
      document: { proposal },
    });
    if (refused !== null) return refused;
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

function describeProposal({ files, others, message }: CommitProposal): string {
  return [
    'In one commit:',
    ...files.map(
      ({ path, role, change, staged }) =>
        `  ${role.padEnd(8)}  ${path}  (${change}${staged ? ', staged' : ''})`,
    ),
    ...(others.length > 0 ? [`Left as they are: ${others.join(', ')}`] : []),
    '',
    ...message.split('\n').map((line) => `  ${line}`),
    '',
  ]
    .map((line) => escapeControl(line))
    .join('\n');
}

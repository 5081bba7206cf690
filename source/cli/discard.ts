/** `handrail discard`: removes a draft, and puts back what was there before it. */

import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import { revisionsMeant } from '../contract/revision-name.ts';
import { describeDiscarded } from '../presentation/draft.ts';
import { escapeControl } from '../text/escape.ts';
import { refusedBy } from './confirm.ts';
import { type CommonOptions, createOutput, refuse, withSession } from './context.ts';

export interface DiscardOptions extends CommonOptions {
  readonly yes?: boolean;
}

export async function discard(name: string, options: DiscardOptions): Promise<ExitStatus> {
  const output = createOutput(options);
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const looked = await session.look();
    if (!looked.ok) return refuse(output, looked.problem);
    const drafts = looked.value.revisions.filter(({ flags }) => flags.includes('draft'));
    const [draft, other] = revisionsMeant(drafts, name);
    if (!draft || other) {
      return refuse(output, {
        code: 'unknown-revision',
        what: other ? `${name} can mean several drafts.` : `There is no draft ${name} here.`,
        why: 'A draft was written by Handrail, is not applied, and is not in git.',
        next: [
          drafts.length > 0
            ? `Drafts: ${drafts.map((each) => each.name).join(', ')}`
            : 'There are none; handrail status marks them.',
        ],
        detail: null,
      });
    }
    const refused = await refusedBy(options.yes, output, {
      text: `Discard ${draft.name}?`,
      undone: 'Nothing was discarded',
      subject: 'it',
      next: 'Run the command again with --yes.',
      document: {},
    });
    if (refused !== null) return refused;
    const reply = await session.discardDraft(draft.name);
    if (!reply.ok) return refuse(output, reply.problem);
    output.say(escapeControl(describeDiscarded(reply.value)));
    output.answer({ outcome: 'discarded', ...reply.value });
    return exitStatus.done;
  });
}

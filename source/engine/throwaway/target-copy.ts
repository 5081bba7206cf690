/** A throwaway like the target, rows included. */

import type { History } from '../../contract/history.ts';
import { plural } from '../../text/format.ts';
import { messageOf } from '../../util/error-message.ts';
import type { Throwaway, Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import type { Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { Sandbox } from '../rehearsal/sandbox.ts';
import { replay, statementsOf } from './replay.ts';

export interface CopyContext {
  readonly project: Project;
  readonly history: History;
  readonly throwaways: Throwaways;
  readonly events: Events;
}

export interface TargetCopy {
  readonly throwaway: Throwaway;
  /** Its schema is what revisions made, not what the target's is. */
  readonly replayed: boolean;
  /** One sentence: how it was made. */
  readonly note: string;
}

/** The part of the work that replaying is, beside copying rows. */
const REPLAYING = 0.3;

/** @throws Refusal `no-room`, `database-unreachable`, `missing-file`, `broken-revision` */
export async function copyTarget(
  context: CopyContext,
  onProgress: (fraction: number) => void,
): Promise<TargetCopy> {
  const { project, history, throwaways, events } = context;
  const { database } = history.target;
  const copied = await throwaways.copy(onProgress);
  if (copied) return { throwaway: copied, replayed: false, note: `A copy of ${database}.` };
  const names = history.appliedOrder;
  const made = await throwaways.empty('copy', () => statementsOf(project, names));
  const sandbox = await Sandbox.open(project, made, events);
  try {
    await replay(project, sandbox, names, (fraction) => onProgress(fraction * REPLAYING));
  } catch (error) {
    throw new Refusal(error instanceof Refusal ? error.problem.code : 'broken-revision', {
      what: `No copy of ${database} could be made: ${messageOf(error)}`,
      why: 'Others are connected to it, or it is large, so that its revisions have to make the copy.',
      next: [
        'Try again while nobody is connected to it: it is then cloned as it is (see throwawaySize).',
        'Or mend the revisions, so that all of them can be run on an empty database.',
      ],
      cause: error,
    });
  } finally {
    await sandbox.close();
  }
  const rows = await throwaways.fill(made, (fraction) =>
    onProgress(REPLAYING + fraction * (1 - REPLAYING)),
  );
  return {
    throwaway: made,
    replayed: true,
    note: `${plural(names.length, 'revision')} replayed, ${rows} of ${database}.`,
  };
}

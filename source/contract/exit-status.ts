/** Exit statuses of every command; documented in docs/commands.md. */

import type { ProblemCode } from './problem.ts';
import type { RunOutcome } from './run.ts';

export const exitStatus = {
  done: 0,
  /** The answer is "no". */
  no: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** SQL, or the project's code, failed. */
  failed: 3,
  /** Refused for safety: nothing ran. */
  refused: 4,
  /** Handrail itself is broken (EX_SOFTWARE of sysexits.h). */
  broken: 70,
  /** 128 and the number of the signal that ended it. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

export function statusOfProblem(code: ProblemCode): ExitStatus {
  switch (code) {
    case 'nothing-to-do':
      return exitStatus.done;
    case 'usage':
    case 'no-project':
    case 'config-failed':
    case 'driver-unsupported':
    case 'database-unreachable':
    case 'shared-sessions':
    case 'unknown-revision':
    case 'ambiguous-revision':
    case 'unknown-schema':
      return exitStatus.usage;
    case 'missing-file':
    case 'not-up-to-date':
    case 'drifted':
    case 'unanswered':
    case 'not-draftable':
    case 'unproven':
    case 'irreversible':
    case 'no-downgrade':
    case 'broken-revision':
    case 'unsafe-rebuild':
    case 'needs-no-transaction':
    case 'needs-transaction':
    case 'no-room':
    case 'record-mismatch':
    case 'half-done':
    case 'plan-outdated':
    case 'locked':
    case 'not-confirmed':
    case 'protected':
    case 'backup-failed':
      return exitStatus.refused;
    case 'cancelled':
      return exitStatus.interrupted;
    case 'commit-failed':
    case 'engine-died':
    case 'engine-hung':
    case 'journal-failed':
    case 'internal':
      return exitStatus.failed;
  }
}

export function statusOfRun(outcome: RunOutcome): ExitStatus {
  switch (outcome) {
    case 'done':
      return exitStatus.done;
    case 'failed':
      return exitStatus.failed;
    case 'cancelled':
    case 'interrupted':
      return exitStatus.interrupted;
  }
}

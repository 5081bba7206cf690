/** A {@link Problem} on its way up through the engine, to become a reply at its edge. */

import type { Problem, ProblemCode } from '../contract/problem.ts';
import { redact } from '../text/redact.ts';
import { messageOf } from '../util/error-message.ts';

interface Words {
  readonly what: string;
  readonly why?: string;
  readonly next?: readonly string[];
  readonly cause?: unknown;
}

export class Refusal extends Error {
  readonly problem: Problem;

  constructor(code: ProblemCode, { what, why = '', next = [], cause }: Words) {
    super(what, { cause });
    this.problem = {
      code,
      what: redact(what),
      why: redact(why),
      next,
      detail: cause === undefined ? null : redact(describe(cause)),
    };
  }
}

/** Handrail's own reason why a run can't go on. */
export class RunError extends Error {}

/** The code field that Node, SQLite and PostgreSQL put on their errors. */
export function codeOf(thrown: unknown): string | null {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return null;
}

/** Turns anything thrown into a problem; what is not a refusal is a fault of ours or unforeseen. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Refusal) return thrown.problem;
  return new Refusal('internal', {
    what: messageOf(thrown),
    why: 'Handrail did not expect this error.',
    next: ['Look at the details; if they are not about your project, please report them.'],
    cause: thrown,
  }).problem;
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return messageOf(thrown);
  const cause = thrown.cause === undefined ? '' : `\ncaused by: ${describe(thrown.cause)}`;
  return (thrown.stack ?? thrown.message) + cause;
}

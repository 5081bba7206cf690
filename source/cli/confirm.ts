/** Asks on the terminal, for commands that change something. */

import { createInterface } from 'node:readline/promises';
import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import type { Problem } from '../contract/problem.ts';
import { whyNotNamed } from '../contract/protection.ts';
import type { Target } from '../contract/target.ts';
import { printable } from '../text/print.ts';
import { type Output, refuse } from './context.ts';

/** Whether there is a terminal to ask on. */
function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Null if there is no terminal to ask on. */
async function confirm({ text, names }: Question): Promise<boolean | null> {
  if (!canAsk()) return null;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const how = names ? `Type ${names[0]} to go on:` : '[y/N]';
    const answer = (await prompt.question(printable(`${text} ${how} `))).trim();
    return names ? names.includes(answer) : /^y(es)?$/i.test(answer);
  } catch {
    return false;
  } finally {
    prompt.close();
  }
}

export interface Question {
  readonly text: string;
  /** One of these has to be typed, since a yes would be too quick; the first is asked for. */
  readonly names?: readonly string[] | undefined;
  /** Said when the answer is not yes: `Nothing was run`. */
  readonly undone: string;
  /** What there is to confirm, and what to do where there is no terminal. */
  readonly subject: string;
  readonly next: string;
  /** For programs, with the outcome. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** Null when the answer is yes, or `yes` gave it beforehand; else the exit status, and all is said. */
export async function refusedBy(
  yes: boolean | undefined,
  output: Output,
  question: Question,
): Promise<ExitStatus | null> {
  const { undone, subject, next, document } = question;
  const sure = yes || (await confirm(question));
  if (sure) return null;
  if (sure === null) {
    return refuse(output, {
      code: 'not-confirmed',
      what: `${undone}, because nobody could confirm ${subject}.`,
      why: 'There is no terminal to ask on.',
      next: [next],
      detail: null,
    });
  }
  output.note(`${undone}.`);
  output.answer({ outcome: 'not-confirmed', ...document });
  return exitStatus.refused;
}

/** What a person said by options, for targets that are protected. */
export interface ConsentOptions {
  readonly target?: string;
  readonly unproven?: boolean;
}

/**
 * What is needed before a target is changed: a problem if the options do not give it and nobody can
 * be asked, else the names of which one has to be typed, undefined where a yes will do.
 */
export function consentNeeded(
  target: Pick<Target, 'names' | 'database' | 'protected'>,
  { target: name, yes }: ConsentOptions & { readonly yes?: boolean },
):
  | { readonly problem: Problem }
  | { readonly problem: null; readonly names: readonly string[] | undefined } {
  if (name === undefined && target.protected !== null && !yes && canAsk()) {
    return { problem: null, names: target.names };
  }
  const problem = whyNotNamed(target, { target: name });
  return problem ? { problem } : { problem: null, names: undefined };
}

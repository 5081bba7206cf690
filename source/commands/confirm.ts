/** Asks on the terminal, for commands that change something. */

import { createInterface } from 'node:readline/promises';
import { type ExitStatus, exitStatus } from '../exit.ts';
import { printable } from '../text/print.ts';
import { type Output, refuse } from './context.ts';

/** Null if there is no terminal to ask on. */
async function confirm(question: string): Promise<boolean | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${printable(question)} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    prompt.close();
  }
}

export interface Question {
  readonly text: string;
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
  { text, undone, subject, next, document }: Question,
): Promise<ExitStatus | null> {
  const sure = yes || (await confirm(text));
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

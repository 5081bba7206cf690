/** What every headless command is given, and how it answers. */

import { type ExitStatus, statusOfProblem } from '../contract/exit-status.ts';
import type { Problem } from '../contract/problem.ts';
import { halfDoneTable, withoutHalfDone } from '../presentation/half-done.ts';
import { findRoot, readSettings } from '../project/project.ts';
import { openSession, type Session, type SessionOptions } from '../session/session.ts';
import { describeCode, rememberCode, unknownCode } from '../session/trust.ts';
import { escapeControl } from '../text/escape.ts';
import { halfDoneWords } from '../text/phrases.ts';
import { print, printableJson } from '../text/print.ts';

/** The options that every command has. */
export interface CommonOptions {
  readonly project?: string;
  readonly config?: string;
  readonly context?: string;
  readonly json?: boolean;
  /** Handrail made the project itself, so that there is nothing to be told of its code. */
  readonly ownCode?: boolean;
}

/** Of the commands that can be about one schema of many, or several. */
export interface SchemaOptions {
  readonly schema: readonly string[];
  readonly allSchemas?: boolean;
}

/** The one schema that a command is about; null is that of the connection. */
export function oneSchema({ schema }: SchemaOptions): string | null {
  return schema[0] ?? null;
}

/** The schemas that a command is to go over, null being all; undefined: it is about one target. */
export function manySchemas({
  schema,
  allSchemas,
}: SchemaOptions): readonly string[] | null | undefined {
  if (allSchemas) return null;
  return schema.length > 1 ? schema : undefined;
}

/** Where a command writes. `stdout` is for the answer, `stderr` for people when `--json` is on. */
export interface Output {
  /** The answer for people; with `--json` it goes to stderr. */
  say(text: string): void;
  /** The answer for programs, one document; nothing without `--json`. */
  answer(document: Readonly<Record<string, unknown>>): void;
  /** Progress and remarks. */
  note(text: string): void;
}

export function createOutput({ json = false }: CommonOptions): Output {
  const note = (text: string) => print(process.stderr, `${text}\n`);
  return {
    say: (text) => (json ? note(text) : print(process.stdout, `${text}\n`)),
    answer: (document) => {
      if (json) process.stdout.write(`${printableJson({ version: 1, ...document })}\n`);
    },
    note,
  };
}

/** Opens the session of the project that the options name, runs `work` with it, and closes it. */
export async function withSession(
  options: CommonOptions,
  output: Output,
  mode: Pick<SessionOptions, 'inspect'> & Partial<Pick<SessionOptions, 'schema'>>,
  work: (session: Session) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const root = findRoot(options.project ?? process.cwd());
  tellForeignCode(options, root, output);
  const settings = await readSettings(root);
  if (!settings.ok) return refuse(output, settings.problem);
  const session = openSession({
    root,
    config: options.config ?? null,
    context: options.context ?? null,
    settings: settings.value,
    schema: null,
    watch: false,
    ...mode,
  });
  session.subscribe((event) => {
    switch (event.type) {
      case 'output':
        output.note(`  | ${escapeControl(event.line)}`);
        break;
      case 'journal-failed':
        output.note(describeProblem(event.problem));
        break;
      case 'interrupted-runs':
        for (const { run, done, notDone, halfDone } of event.runs) {
          if (run.direction === 'restore') {
            output.note(escapeControl(`Run ${run.id} never finished. ${run.message}`));
            continue;
          }
          const names = (all: readonly string[]) => all.map(escapeControl).join(', ') || 'nothing';
          output.note(
            `Run ${run.id} never finished. Done: ${names(done)}. Not done: ${names(withoutHalfDone(notDone, halfDone))}.`,
          );
          for (const each of halfDone) {
            const lines = [`Half done: ${each.revision}. ${halfDoneWords(each)}`];
            output.note([...lines, ...halfDoneTable(each)].map(escapeControl).join('\n'));
            output.note(escapeControl(`  → handrail resolve ${each.revision}`));
          }
        }
        break;
      default:
    }
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Nobody is asked: a script must not wait, and named the project itself. */
export function tellForeignCode(options: CommonOptions, root: string, output: Output): void {
  const code = options.ownCode ? null : unknownCode(options, root);
  if (!code) return;
  output.note(describeCode(code));
  rememberCode(code);
}

/** Does `work`; Ctrl+C and SIGTERM cancel what the session does meanwhile. */
export async function cancellable<T>(session: Session, work: () => Promise<T>): Promise<T> {
  const cancel = () => session.cancel();
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  try {
    return await work();
  } finally {
    process.off('SIGINT', cancel);
    process.off('SIGTERM', cancel);
  }
}

/** Tells a problem both ways and gives the exit status for it. */
export function refuse(output: Output, problem: Problem): ExitStatus {
  output.note(describeProblem(problem));
  const { code } = problem;
  output.answer({
    outcome: code === 'nothing-to-do' ? code : 'refused',
    problem: problemDocument(problem),
  });
  return statusOfProblem(code);
}

/** A problem for programs. */
export function problemDocument({ code, what, why, next }: Problem) {
  return { code, what, why, next };
}

/** What, why and what to do next, as lines for a person. */
function describeProblem({ what, why, next }: Problem): string {
  const lines = [what, ...(why ? [why] : []), ...next.map((step) => `  → ${step}`)];
  return lines.map((line) => escapeControl(line)).join('\n');
}

/** `handrail log`: what the journal holds. Starts no engine and creates nothing. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord, StatementRecord } from '../contract/events.ts';
import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import type { Problem } from '../contract/problem.ts';
import type { ServerNotice } from '../contract/statement.ts';
import { noticeWords, omittedWords } from '../presentation/words.ts';
import { findRoot, readSettings } from '../project/project.ts';
import { Recorder } from '../session/journal-writer.ts';
import { escapeControl } from '../text/escape.ts';
import { duration, plural } from '../text/format.ts';
import {
  type CommonOptions,
  createOutput,
  type Output,
  refuse,
  tellForeignCode,
} from './context.ts';

export interface LogOptions extends CommonOptions {
  readonly run?: number;
  readonly limit: number;
}

/** Statements read from the journal at a time. */
const PAGE = 1_000;

export async function log(options: LogOptions): Promise<ExitStatus> {
  const output = createOutput(options);
  const root = findRoot(options.project ?? process.cwd());
  tellForeignCode(options, root, output);
  const settings = await readSettings(root);
  if (!settings.ok) return refuse(output, settings.problem);
  if (!existsSync(join(root, '.handrail'))) {
    output.say('Nothing was recorded yet: Handrail has not run a revision in this project.');
    output.answer(
      options.run === undefined ? { runs: [] } : { run: null, statements: [], notices: [] },
    );
    return exitStatus.done;
  }
  const { literals } = settings.value;
  let failure: Problem | null = null;
  const recorder = new Recorder({ root, literals, onFailure: (problem) => (failure = problem) });
  try {
    const answered = await (options.run === undefined
      ? tellRuns(recorder, options.limit, output, options)
      : tellRun(recorder, options.run, output, options));
    return failure ? refuse(output, failure) : answered;
  } finally {
    await recorder.close();
  }
}

async function tellRuns(
  recorder: Recorder,
  limit: number,
  output: Output,
  { json }: CommonOptions,
): Promise<ExitStatus> {
  const reply = await recorder.ask([], (journal) => journal.runs(null, limit));
  if (!reply.ok) return refuse(output, reply.problem);
  if (!json) output.say(reply.value.map(describeRun).join('\n') || 'No runs.');
  output.answer({ runs: reply.value });
  return exitStatus.done;
}

async function tellRun(
  recorder: Recorder,
  id: number,
  output: Output,
  { json }: CommonOptions,
): Promise<ExitStatus> {
  const found = await recorder.ask(null, (journal) => journal.run(id));
  if (!found.ok) return refuse(output, found.problem);
  if (!found.value) {
    return refuse(output, {
      code: 'usage',
      what: `The journal has no run ${id}.`,
      why: '',
      next: ['List the runs with: handrail log'],
      detail: null,
    });
  }
  const heard = await recorder.ask([], (journal) => journal.notices(id));
  if (!heard.ok) return refuse(output, heard.problem);
  const notices = heard.value;
  const said = Map.groupBy(notices, ({ seq }) => seq);
  const statements: StatementRecord[] = [];
  if (!json) output.say(describeRun(found.value));
  for (let from = 1; from <= found.value.statements; from += PAGE) {
    const page = await recorder.ask([], (journal) => journal.statements(id, from, PAGE));
    if (!page.ok) return refuse(output, page.problem);
    if (json) statements.push(...page.value);
    else for (const statement of page.value) output.say(describeStatement(statement, said));
  }
  const { noticesOmitted } = found.value;
  if (!json && noticesOmitted > 0) output.say(`… ${omittedWords(noticesOmitted)}`);
  output.answer({ run: found.value, statements, notices });
  return exitStatus.done;
}

function describeRun(run: RunRecord): string {
  const what = `${run.direction} ${run.restored?.backup ?? plural(run.revisions.length, 'revision')}`;
  const message = run.message ? `  ${run.message}` : '';
  return escapeControl(
    `${run.id}  ${run.startedAt.slice(0, 19).replace('T', ' ')}  ${run.outcome}  ${what}  ${run.target.database}  ${plural(run.statements, 'statement')}${message}`,
  );
}

function describeStatement(
  { seq, at, sql, end }: StatementRecord,
  said: ReadonlyMap<number, readonly ServerNotice[]>,
): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const took = end ? duration(end.ms) : 'never ended';
  const error = end?.error ? `  ✗ ${end.error.message}` : '';
  const notices = (said.get(seq) ?? []).map((notice) => `    ↳ ${noticeWords(notice)}`);
  return [escapeControl(`${seq}  ${time}  ${sql}  ${took}${error}`), ...notices].join('\n');
}

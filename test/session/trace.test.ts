/** What ran when a run was cut off is known, although nobody could say so any more. */

import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTrace, TraceWriter } from '../../source/engine/run/trace.ts';
import type { Settings } from '../../source/project/project.ts';
import { readSettings } from '../../source/project/project.ts';
import { Recorder } from '../../source/session/journal-writer.ts';
import { openSession } from '../../source/session/session.ts';
import { eventually } from '../e2e/processes.ts';
import { accepted } from '../engine/kit.ts';
import { end, ended, JournalFolder, newRun, started } from '../journal/kit.ts';
import { numbersTo } from '../kit/builders.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { makeProject } from '../kit/project.ts';

describe('a trace', () => {
  const written = (literals: 'cut' | 'none', work: (writer: TraceWriter) => void) => {
    const folder = temporaryFolder('trace');
    const path = join(folder.path, 'run-1.trace');
    const writer = new TraceWriter({ path, literals });
    work(writer);
    writer.close();
    return { path, [Symbol.dispose]: () => folder.remove() };
  };

  test('tells what began and what ended, from where it is not known', () => {
    using trace = written('cut', (writer) => {
      for (const seq of [1, 2, 3]) {
        writer.started(started(seq));
        if (seq < 3) writer.ended(ended(seq));
      }
    });
    const all = readTrace(trace.path, 0, new Set());
    expect(all.started.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(all.ended.map(({ seq }) => seq)).toEqual([1, 2]);
    const rest = readTrace(trace.path, 2, new Set([2]));
    expect(rest.started.map(({ seq }) => seq)).toEqual([3]);
    expect(rest.ended.map(({ seq }) => seq)).toEqual([2]);
    expect(statSync(trace.path).mode & 0o077).toBe(0);
  });

  test('begins anew when the journal has what it told, also of a statement that goes on', () => {
    using trace = written('cut', (writer) => {
      for (const seq of [1, 2]) writer.started(started(seq));
      writer.restart();
      writer.ended(ended(2));
      writer.started(started(3));
    });
    const rest = readTrace(trace.path, 2, new Set([2]));
    expect(rest.started.map(({ seq }) => seq)).toEqual([3]);
    expect(rest.ended.map(({ seq }) => seq)).toEqual([2]);
    expect(readTrace(trace.path, 0, new Set()).started).toHaveLength(1);
  });

  test('keeps no data where none is to be kept', () => {
    using trace = written('none', (writer) => {
      writer.started(
        started(1, { sql: `insert into a values ('secret')`, parameters: ['secret'] }),
      );
      const error = { message: 'no', code: null, position: null, hint: null };
      writer.ended(ended(1, { error: { ...error, detail: 'Key (a)=(secret) is there.' } }));
    });
    expect(JSON.stringify(readTrace(trace.path, 0, new Set()))).not.toContain('secret');
  });

  test('a file that can’t be written, or is not there, is no error', () => {
    const place = { path: '/nowhere/run-1.trace', literals: 'cut' } as const;
    const writer = new TraceWriter(place);
    writer.started(started(1));
    writer.close();
    expect(readTrace(place.path, 0, new Set())).toEqual({ started: [], ended: [] });
  });
});

const long = {
  label: 'long',
  up: [
    'create table "many" ("id" integer)',
    ...Array.from({ length: 800 }, (_, at) => `insert into "many" values (${at})`),
    `insert into "many" ${numbersTo(500_000_000)} select max("i") from "n"`,
  ],
  down: [],
};

test('a run that is cancelled in a statement after many quick ones names that one', async () => {
  using project = makeProject({ revisions: [long] });
  const settings = accepted<Settings>(await readSettings(project.root));
  const session = openSession({
    root: project.root,
    config: null,
    context: null,
    settings,
    schema: null,
    watch: false,
    inspect: 'never',
  });
  try {
    accepted(await session.look());
    const goal = { direction: 'up', goal: { kind: 'head' } } as const;
    const plan = accepted(await session.plan(goal));
    const folder = join(project.root, '.handrail');
    const ran = session.run(plan);
    await eventually(
      'the long statement runs',
      () =>
        readTrace(join(folder, 'run-1.trace'), 800, new Set()).started.some(({ sql }) =>
          sql.includes('recursive'),
        ),
      60_000,
    );
    session.cancel();
    const result = accepted(await ran);
    expect(result.outcome).toBe('cancelled');
    expect(result.failure).toMatchObject({
      revision: project.names()[0],
      statement: { sql: expect.stringContaining('recursive') },
    });
    const statements = accepted(await session.statements(1, 1, 2_000));
    const open = statements.filter(({ end, kind }) => !end && kind === 'sql');
    expect(open.map(({ sql }) => sql)).toEqual([expect.stringContaining('recursive')]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.trace'))).toEqual([]);
  } finally {
    await session.close();
  }
});

test('what a killed Handrail had not recorded is taken over by the next that looks', async () => {
  await using folder = new JournalFolder();
  const journal = await folder.open();
  // No process has such a number.
  const id = await journal.startRun(newRun({ pid: 2 ** 22 + 1, host: hostname() }));
  journal.statementStarted(id, started(1));
  await journal.close();
  const writer = new TraceWriter({ path: join(folder.path, `run-${id}.trace`), literals: 'cut' });
  for (const seq of [1, 2, 3]) {
    writer.started(started(seq));
    if (seq < 3) writer.ended(ended(seq));
  }
  writer.close();

  const next = new Recorder({ root: dirname(folder.path), literals: 'cut', onFailure: () => {} });
  const found = accepted(await next.ask([], (journal) => journal.statements(id, 1, 10)));
  expect(found.map(({ end }) => end !== null)).toEqual([true, true, false]);
  await next.close();
});

test('what a run left that was killed when its end was recorded is removed by the next that looks', async () => {
  await using folder = new JournalFolder();
  const journal = await folder.open();
  const id = await journal.startRun(newRun());
  await journal.finishRun(id, { outcome: 'done', message: null, steps: [], record: [], now: end });
  const going = await journal.startRun(newRun());
  await journal.close();
  for (const run of [id, going, 99]) writeFileSync(join(folder.path, `run-${run}.trace`), '');

  const next = new Recorder({ root: dirname(folder.path), literals: 'cut', onFailure: () => {} });
  accepted(await next.ask([], (opened) => opened.unsettled()));
  const left = readdirSync(folder.path).filter((name) => name.endsWith('.trace'));
  expect(left).toEqual([`run-${going}.trace`, 'run-99.trace']);
  await next.close();
});

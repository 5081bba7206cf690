/**
 * How far somebody is on the way to one committed revision, from what the target, the journal, the
 * files and git say. Nothing of it is kept: it is found out anew each time, so that a step can't
 * claim what is not so any more. Only what a person said of a step is remembered.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diffLines } from 'diff';
import {
  CHECKLIST_STEPS,
  type Checklist,
  type ChecklistState,
  type ChecklistStep,
  type ChecklistStepName,
  PROVEN_BY,
  type StepMark,
  type Trial,
} from '../contract/checklist.ts';
import type { CommitFile } from '../contract/commit.ts';
import type { Direction } from '../contract/direction.ts';
import type { History } from '../contract/history.ts';
import type { RehearsalReport, RevisionRehearsal } from '../contract/rehearsal.ts';
import type { Revision } from '../contract/revision.ts';
import type { DraftRow } from '../journal/entities.ts';
import type { Passage } from '../journal/journal.ts';
import { plural } from '../text/format.ts';
import { openFiles } from './commit.ts';
import { type ChangedFile, changedFiles } from './git.ts';
import type { Recorder } from './journal-writer.ts';

export interface ChecklistFacts {
  readonly history: History;
  /** Null: the next one, which is not drafted yet. */
  readonly revision: Revision | null;
  /** As Handrail wrote it; null for one that was written by hand. */
  readonly draft: DraftRow | null;
  /** The revision's text now. */
  readonly source: string | null;
  /** Its runs on the target, oldest first. */
  readonly passages: readonly Passage[];
  /** Its last rehearsal. */
  readonly rehearsed: RevisionRehearsal | null;
  readonly marks: readonly StepMark[];
  /** Null where there is no git repository. */
  readonly changed: readonly ChangedFile[] | null;
  /** Those of {@link changed} that belong in a commit with it. */
  readonly open: readonly CommitFile[];
}

type Found = Omit<ChecklistStep, 'name'>;

/** Asks the journal, the files and git for what {@link checklistOf} needs. */
export async function readFacts(
  root: string,
  history: History,
  revision: Revision | null,
  recorder: Recorder,
): Promise<ChecklistFacts> {
  const name = revision?.name ?? null;
  const drafts = await recorder.drafts();
  const ask = async <T>(empty: T, question: Parameters<typeof recorder.ask<T>>[1]) => {
    const reply = await recorder.ask(empty, question);
    return reply.ok ? reply.value : empty;
  };
  const marks = await ask<readonly StepMark[]>([], (journal) => journal.marks(name));
  const passages = await ask<readonly Passage[]>([], (journal) =>
    name === null ? Promise.resolve([]) : journal.passages(history.target.key, name),
  );
  const number = revision?.rehearsal?.rehearsal ?? null;
  const report = await ask<RehearsalReport | null>(null, (journal) =>
    number === null ? Promise.resolve(null) : journal.rehearsal(number),
  );
  const of = report?.revisions.filter((each) => each.name === name) ?? [];
  const changed = await changedFiles(root);
  return {
    history,
    revision,
    draft: (revision && drafts.findLast((each) => each.file === revision.file)) ?? null,
    source: await readFile(join(root, revision?.file ?? ''), 'utf8').catch(() => null),
    passages,
    rehearsed: of.find(({ base }) => base === 'target') ?? of[0] ?? null,
    marks,
    changed,
    open: openFiles(root, history, revision ? [revision] : [], changed ?? []),
  };
}

export function checklistOf(facts: ChecklistFacts): Checklist {
  const found: Readonly<Record<ChecklistStepName, Found>> = {
    current: current(facts),
    change: change(facts),
    draft: draft(facts),
    edit: edit(facts),
    upgrade: tried(facts, 'upgrade'),
    test: tried(facts, 'test'),
    downgrade: tried(facts, 'downgrade'),
    'upgrade-again': tried(facts, 'upgrade-again'),
    commit: commit(facts),
  };
  const steps = CHECKLIST_STEPS.map((name) => ({ name, ...withMark(found[name], name, facts) }));
  return {
    revision: facts.revision?.name ?? null,
    steps,
    next: steps.find(({ state }) => state !== 'done' && state !== 'skipped')?.name ?? null,
  };
}

/** What is proven needs no excuse; a failure after one takes it away. */
function withMark(found: Found, step: ChecklistStepName, facts: ChecklistFacts): Found {
  const mark = facts.marks.find((each) => each.step === step);
  if (mark?.outcome !== 'skipped' || found.state === 'done') return found;
  if (found.state === 'failed' && (found.at ?? '') > mark.madeAt) return found;
  const evidence = `Skipped: ${mark.reason}`;
  if (mark.sha256 === (facts.revision?.sha256 ?? null) || isBeforeDraft(step)) {
    return { state: 'skipped', evidence, at: mark.madeAt };
  }
  return {
    state: 'stale',
    evidence: `${evidence}. The file has changed since.`,
    at: mark.madeAt,
  };
}

/** These are about the project, not about the revision's file. */
function isBeforeDraft(step: ChecklistStepName): boolean {
  return step === 'current' || step === 'change';
}

function current({ history, revision }: ChecklistFacts): Found {
  const { revisions, target, counts } = history;
  const place = revision ? revisions.findIndex(({ name }) => name === revision.name) : -1;
  const before = place === -1 ? revisions : revisions.slice(0, place);
  const pending = before.filter(({ state }) => state === 'pending');
  const missing = before.filter(({ state }) => state === 'missing');
  if (pending.length === 0 && missing.length === 0) {
    return now(
      'done',
      `${target.database}: ${plural(counts.applied, 'revision')} applied, none pending${revision ? ' before it' : ''}.`,
    );
  }
  const names = (which: readonly Revision[]) => which.map(({ name }) => name).join(', ');
  return now(
    'todo',
    pending.length > 0
      ? `Target database is not up to date: ${names(pending)} pending on ${target.database}.`
      : `Files are missing: ${names(missing)}.`,
  );
}

function change({ draft: made, revision, changed, open }: ChecklistFacts): Found {
  const files = open.filter(({ role }) => role === 'code');
  if (files.length > 0) return now('done', `${pathsOf(files)}: not as in the last commit.`);
  if (made) return now('done', 'The draft was made of it.');
  if (revision) return now('done', 'The revision is written.');
  return now('todo', changed ? 'Git has the code as it is: nothing is changed yet.' : '');
}

function pathsOf(files: readonly CommitFile[]): string {
  return files.map(({ path }) => path).join(', ');
}

function draft({ draft: made, revision, history }: ChecklistFacts): Found {
  if (!revision) return now('todo', '');
  if (!made) return now('done', `${revision.file ?? revision.name} was written by hand.`);
  const { rehearsal } = revision;
  const proven = rehearsal?.verdict === 'clean' && isFresh(rehearsal.stale);
  if (made.code != null && made.code !== history.codeHash && !proven) {
    return {
      state: 'stale',
      evidence:
        'The code has changed since it was drafted. A rehearsal tells whether they still agree; or discard it, and draft again.',
      at: made.madeAt,
    };
  }
  return { state: 'done', evidence: `Drafted from ${BASES[made.base]}.`, at: made.madeAt };
}

const BASES: Readonly<Record<DraftRow['base'], string>> = {
  target: 'the target',
  throwaway: 'a throwaway',
  snapshot: 'MikroORM’s snapshot',
};

function edit({ draft: made, revision, source, marks }: ChecklistFacts): Found {
  if (!revision) return now('todo', '');
  if (!made) return now('done', 'It was written by hand.');
  if (source === null) return now('failed', `${made.file} can’t be read.`);
  if (source !== made.source) {
    const parts = diffLines(made.source, source);
    const lines = (which: 'added' | 'removed') =>
      parts.reduce((sum, part) => sum + (part[which] ? part.count : 0), 0);
    return now('done', `Since it was drafted: +${lines('added')} −${lines('removed')} lines.`);
  }
  const read = marks.find(({ step }) => step === 'edit');
  if (read?.outcome === 'done' && read.sha256 === revision.sha256) {
    return { state: 'done', evidence: 'Read in the editor, and left as drafted.', at: read.madeAt };
  }
  return now('todo', 'It is as it was drafted. Nobody has read it yet.');
}

/** By a run on the target, or by a rehearsal: whichever is newer. */
function tried(facts: ChecklistFacts, trial: Trial): Found {
  const found = [byRehearsal(facts, trial), byRun(facts, trial)].flatMap((one) => one ?? []);
  const fresh = found.filter(({ state }) => state !== 'stale');
  const newest = (fresh.length > 0 ? fresh : found).toSorted((a, b) =>
    (a.at ?? '').localeCompare(b.at ?? ''),
  );
  return newest.at(-1) ?? now('todo', '');
}

function byRehearsal({ revision, rehearsed }: ChecklistFacts, trial: Trial): Found | null {
  const evidence = revision?.rehearsal;
  if (!evidence || !rehearsed) return null;
  const { at, stale } = evidence;
  const names = new Set(PROVEN_BY[trial]);
  const steps = rehearsed.steps.filter(({ step }) => names.has(step));
  const hazard = rehearsed.findings.find(
    ({ step, severity }) => severity === 'hazard' && names.has(step),
  );
  if (!isFresh(stale)) {
    const what = stale.includes('file') ? 'The file' : 'The code';
    return steps.length === 0
      ? null
      : { state: 'stale', evidence: `${what} has changed since it was rehearsed.`, at };
  }
  if (hazard) return { state: 'failed', evidence: `By a rehearsal: ${hazard.what}`, at };
  if (trial === 'upgrade' && evidence.plan !== null && evidence.plan !== 'clean') {
    return {
      state: 'failed',
      evidence: 'By a rehearsal: by itself it ran, but not in the plan that up carries out.',
      at,
    };
  }
  const failed = steps.find(({ state }) => state === 'failed');
  if (failed) return { state: 'failed', evidence: `By a rehearsal: ${failed.note}`, at };
  const done = steps.filter(({ state }) => state === 'done');
  if (done.length > 0) {
    const base = rehearsed.base === 'target' ? 'a copy of the target' : 'an empty database';
    return { state: 'done', evidence: `By a rehearsal on ${base}.`, at };
  }
  const irreversible = rehearsed.findings.find(({ kind }) => kind === 'irreversible');
  if (irreversible && (trial === 'downgrade' || trial === 'upgrade-again')) {
    return { state: 'done', evidence: irreversible.what, at };
  }
  if (
    rehearsed.downgrade === 'no-downgrade' &&
    (trial === 'downgrade' || trial === 'upgrade-again')
  ) {
    return {
      state: 'todo',
      evidence: 'It has no down(): write it, or let it throw an error that says why there is none.',
      at,
    };
  }
  const skipped = steps.find(({ state }) => state === 'skipped');
  return skipped ? { state: 'todo', evidence: skipped.note, at } : null;
}

/** What a rehearsal of another file or of other code proved is nothing; another base is told elsewhere. */
function isFresh(stale: readonly ('file' | 'code' | 'base')[]): boolean {
  return stale.every((each) => each === 'base');
}

/** The passes that a trial needs, in this order, of one and the same file. */
const PASSES: Readonly<Record<Exclude<Trial, 'test'>, readonly Direction[]>> = {
  upgrade: ['up'],
  downgrade: ['up', 'down'],
  'upgrade-again': ['up', 'down', 'up'],
};

function byRun({ revision, passages, history }: ChecklistFacts, trial: Trial): Found | null {
  if (!revision || trial === 'test') return null;
  const database = history.target.database;
  const wanted = PASSES[trial];
  const own = passages.filter(({ sha256 }) => sha256 === revision.sha256);
  let reached = 0;
  let failed: Passage | null = null;
  for (const passage of own) {
    if (passage.direction !== wanted[reached]) continue;
    if (passage.outcome === 'done') {
      reached++;
      failed = null;
      if (reached === wanted.length) {
        return {
          state: 'done',
          evidence: `On ${database}, run ${passage.run}.`,
          at: passage.at,
        };
      }
    } else if (reached === wanted.length - 1) {
      failed = passage;
    }
  }
  if (failed) {
    return { state: 'failed', evidence: `Run ${failed.run} on ${database} failed.`, at: failed.at };
  }
  const older = passages.findLast(
    ({ direction, outcome, sha256 }) =>
      trial === 'upgrade' && direction === 'up' && outcome === 'done' && sha256 !== revision.sha256,
  );
  return older
    ? {
        state: 'stale',
        evidence: `Run ${older.run} on ${database} was with another text of the file.`,
        at: older.at,
      }
    : null;
}

function commit({ revision, changed, open }: ChecklistFacts): Found {
  if (changed === null) return now('skipped', 'There is no git repository here.');
  if (!revision) return now('todo', '');
  if (open.length > 0) return now('todo', `Not in git as they are: ${pathsOf(open)}.`);
  const { rehearsal } = revision;
  if (rehearsal?.verdict !== 'clean') {
    return now('stale', 'Git has it, but it was never cleanly rehearsed here.');
  }
  if (rehearsal.stale.includes('file')) {
    return now('stale', 'Git has it, but it has changed since it was cleanly rehearsed.');
  }
  return now('done', 'Git has revision, snapshot and code as they are.');
}

function now(state: ChecklistState, evidence: string): Found {
  return { state, evidence, at: null };
}

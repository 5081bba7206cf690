/**
 * A draft tried as it will run, before it is offered: it is rehearsed as a revision of the folder
 * would be, on the database that it was made from, and nothing of the project is written.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type {
  Draft,
  DraftAnswers,
  DraftBase,
  DraftFile,
  DraftQuestion,
  DraftTrial,
} from '../../contract/draft.ts';
import type { History } from '../../contract/history.ts';
import type { Finding, Repair, RevisionRehearsal } from '../../contract/rehearsal.ts';
import type { Revision } from '../../contract/revision.ts';
import { messageOf } from '../../util/error-message.ts';
import type { Mark, Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import type { Project } from '../project/project.ts';
import { rehearseRevision } from '../rehearsal/revision.ts';
import type { Sandbox } from '../rehearsal/sandbox.ts';
import { Steps } from '../rehearsal/steps.ts';
import { withText } from '../revision-source/revision-text.ts';
import { readFolder } from '../revisions/files.ts';
import { RevisionReader } from '../revisions/preview.ts';

export interface TrialContext {
  readonly project: Project;
  readonly history: History;
  readonly throwaways: Throwaways;
  readonly events: Events;
  /** In the state before the draft; what becomes of it does not matter any more. */
  readonly sandbox: Sandbox;
  readonly base: DraftBase;
}

export interface Tried {
  /** With the repairs in it. */
  readonly file: DraftFile;
  readonly trial: DraftTrial;
}

/** A repair may show what else there is to repair. */
const ATTEMPTS = 4;

/** Where a repair needs no decision, the draft has it from the start. */
export async function tryDraft(context: TrialContext, drafted: DraftFile): Promise<Tried> {
  const repaired: string[] = [];
  let file = drafted;
  try {
    const { throwaway } = context.sandbox;
    // As a run does first: the schema of its record is there before the draft.
    await context.sandbox.prepareRecord();
    const mark = throwaway.instead ? await throwaway.mark() : null;
    try {
      for (let attempt = 1; ; attempt++) {
        const rehearsed = await rehearseOnce(context, file, mark);
        const repair = mark && attempt < ATTEMPTS ? repairOf(rehearsed) : null;
        if (repair?.rewritten == null) return { file, trial: { ...trialOf(rehearsed), repaired } };
        repaired.push(repair.title);
        file = { ...file, source: repair.rewritten };
      }
    } finally {
      await mark?.release();
    }
  } catch (error) {
    const trial = {
      verdict: null,
      problem: messageOf(error),
      failure: null,
      findings: [],
      repaired,
    };
    return { file, trial };
  }
}

/** The first that neither chooses a value nor deletes a row, and changes this file alone. */
function repairOf({ findings }: RevisionRehearsal): Repair | null {
  for (const finding of findings) {
    const [repair] = finding.repairs;
    if (!keepsRows(finding) || !repair?.rewritten || repair.further.length > 0) continue;
    return repair;
  }
  return null;
}

/** It leaves rows, or what stops a table from being made anew, where they are. */
function keepsRows({ kind, severity, step }: Finding): boolean {
  if (severity !== 'hazard') return false;
  // What is lost of the schema although the draft ran may be what the entities want.
  if (kind === 'objects-lost') return step === 'up' || step === 'down';
  return kind === 'rows-lost' || kind === 'values-lost';
}

async function rehearseOnce(
  context: TrialContext,
  file: DraftFile,
  mark: Mark | null,
): Promise<RevisionRehearsal> {
  const { throwaway } = context.sandbox;
  if (!mark || !throwaway.instead) return rehearse(context, file);
  let rehearsed: RevisionRehearsal | null = null;
  const left = await throwaway.instead(mark, async () => {
    rehearsed = await rehearse(context, file);
  });
  await left.release();
  if (rehearsed === null) throw new Error('The rehearsal did not end.');
  return rehearsed;
}

async function rehearse(context: TrialContext, draft: DraftFile): Promise<RevisionRehearsal> {
  const { project, history, throwaways, sandbox, base } = context;
  const files = await readFolder(sandbox.project);
  const revision = asRevision(draft);
  const offered = withText(
    sandbox.project,
    {
      name: draft.name,
      path: join(project.root, draft.path),
      file: draft.path,
      sha256: null,
    },
    draft.source,
    files.find(({ path }) => path !== null)?.path ?? join(project.root, draft.path),
  );
  sandbox.offer(offered);
  const events = quiet(context.events);
  // What was run here, which may be more than on the target. A snapshot is no record of that.
  const order = await sandbox.applied();
  const before = order.flatMap((name): Revision[] => {
    const known = history.revisions.find((each) => each.name === name);
    return known ? [{ ...known, state: 'applied' }] : [];
  });
  return rehearseRevision(
    {
      project,
      reader: await RevisionReader.create(project),
      history: {
        ...history,
        revisions: [...before, revision],
        appliedOrder: order,
      },
      files: new Map([...files, offered].map((each) => [each.name, each])),
      request: { bases: ['target'], revisions: [], tests: { upgraded: false, downgraded: false } },
      throwaways,
      events,
      base: base === 'target' && history.target.exists ? 'target' : 'empty',
      replayed: false,
      target: null,
    },
    sandbox,
    revision,
    new Steps(events, 'target', null),
  );
}

function asRevision({ name, path, source }: DraftFile): Revision {
  return {
    name,
    file: path,
    state: 'pending',
    recordedAs: null,
    appliedAt: null,
    sha256: createHash('sha256').update(source).digest('hex'),
    flags: [],
    notes: [],
    rehearsal: null,
  };
}

/** Nobody asked for a rehearsal, so nobody is told of its steps. */
function quiet(events: Events): Events {
  return { ...events, rehearsalStep: async () => {} };
}

function trialOf({ verdict, findings, passes }: RevisionRehearsal): Omit<DraftTrial, 'repaired'> {
  const failed = passes.find(({ failure }) => failure !== null);
  return {
    verdict,
    problem: null,
    failure: failed?.failure
      ? {
          direction: failed.direction,
          statement: failed.failure.statement?.sql ?? null,
          message: failed.failure.error.message,
        }
      : null,
    findings: findings.filter(({ severity }) => severity === 'hazard'),
  };
}

/** The draft with what came of its trial: questions, if rows are in its way; else the file. */
export function offered(draft: Draft, { file, trial }: Tried, answers: DraftAnswers): Draft {
  const notes = [...draft.notes];
  const left = trial.findings.flatMap((finding) => {
    if (finding.kind !== 'entities-differ') return [finding];
    const details = finding.details.filter((sql) => !namesKept(sql, answers));
    if (details.length > 0) {
      notes.push(
        `After the draft, this difference from the entities is left: ${details.join(' ')}`,
      );
    }
    return [];
  });
  const verdict = trial.verdict === 'hazards' && left.length === 0 ? 'clean' : trial.verdict;
  const questions = left.flatMap(questionOf);
  return {
    ...draft,
    notes,
    questions,
    trial: { ...trial, verdict, findings: left },
    file: questions.length > 0 ? null : file,
  };
}

function namesKept(sql: string, { keeps }: DraftAnswers): boolean {
  return keeps.some(({ table, name }) => new RegExp(`["\`]${name ?? table}["\`]`).test(sql));
}

/** Rows that a rule excludes are the author's to decide about. */
const ASKED: ReadonlySet<Finding['kind']> = new Set([
  'not-null',
  'unique',
  'foreign-key',
  'check',
  'conversion',
]);

function questionOf({ kind, step, repairs, ...finding }: Finding): readonly DraftQuestion[] {
  const direction = step === 'up' ? 'up' : step === 'down' ? 'down' : null;
  if (!ASKED.has(kind) || direction === null) return [];
  const { what, table, column, rows, keys } = finding;
  const ways = repairs.flatMap(({ title, statements: [statement, ...more] }) =>
    statement && more.length === 0 ? [{ words: title, statement }] : [],
  );
  return [{ kind: 'rows', direction, what, table, column, rows, keys, ways }];
}

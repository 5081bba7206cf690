/**
 * Which revisions a request means, decided before anything runs.
 *
 * MikroORM takes an unknown target for "everything" and skips what has no file; here both are
 * refused, and the runner is later given exact names only.
 */

import type { History } from '../../contract/history.ts';
import type { Plan, PlanInputs, PlanRequest, TransactionMode } from '../../contract/plan.ts';
import type { Preview } from '../../contract/preview.ts';
import { hashOfBase } from '../../contract/rehearsal-inputs.ts';
import type { Revision } from '../../contract/revision.ts';
import { revisionsMeant } from '../../contract/revision-name.ts';
import { Refusal } from '../refusal.ts';

/**
 * Names of the revisions to run, in order.
 *
 * @throws Refusal `unknown-revision`, `ambiguous-revision`, `missing-file`, `record-mismatch`,
 *   `broken-revision`, `nothing-to-do`, `usage`
 */
export function selectRevisions(history: History, request: PlanRequest): readonly Revision[] {
  const chosen =
    request.direction === 'up' ? selectUp(history, request) : selectDown(history, request);
  for (const revision of chosen) checkRunnable(history, revision, request);
  return chosen;
}

function selectUp(history: History, { goal }: PlanRequest): readonly Revision[] {
  const pending = history.revisions.filter((revision) => revision.state === 'pending');
  switch (goal.kind) {
    case 'base':
      throw new Refusal('usage', { what: 'There is no upgrade to the base.' });
    case 'head':
      if (pending.length === 0) throw nothing(history, 'No revision is pending.');
      return pending;
    case 'steps':
      if (pending.length === 0) throw nothing(history, 'No revision is pending.');
      return pending.slice(0, checkedSteps(goal.steps, pending.length, 'pending'));
    case 'only': {
      const revision = findRevision(history, goal.revision);
      if (revision.state !== 'pending') throw alreadyThere(history, revision, 'applied');
      return [revision];
    }
    case 'to': {
      const revision = findRevision(history, goal.revision);
      if (revision.state === 'missing') throw missingFile(history, revision);
      const chosen = history.revisions
        .slice(0, history.revisions.indexOf(revision) + 1)
        .filter((candidate) => candidate.state === 'pending');
      if (chosen.length === 0) throw alreadyThere(history, revision, 'applied');
      return chosen;
    }
  }
}

function selectDown(history: History, { goal }: PlanRequest): readonly Revision[] {
  const byName = new Map(history.revisions.map((revision) => [revision.name, revision]));
  const newestFirst = history.appliedOrder
    .toReversed()
    .map((name) => byName.get(name))
    .filter((revision) => revision !== undefined);
  switch (goal.kind) {
    case 'head':
      throw new Refusal('usage', { what: 'There is no downgrade to the head.' });
    case 'base':
      if (newestFirst.length === 0) throw nothing(history, 'No revision is applied.');
      return newestFirst;
    case 'steps':
      if (newestFirst.length === 0) throw nothing(history, 'No revision is applied.');
      return newestFirst.slice(0, checkedSteps(goal.steps, newestFirst.length, 'applied'));
    case 'only': {
      const revision = findRevision(history, goal.revision);
      if (revision.state === 'pending') throw alreadyThere(history, revision, 'pending');
      return [revision];
    }
    case 'to': {
      const revision = findRevision(history, goal.revision);
      if (revision.state === 'pending') throw alreadyThere(history, revision, 'pending');
      const chosen = newestFirst.slice(0, newestFirst.indexOf(revision));
      if (chosen.length === 0) {
        throw nothing(history, `${revision.name} is already the newest applied revision.`);
      }
      return chosen;
    }
  }
}

/** The one revision that a person means; see {@link revisionsMeant}. */
export function findRevision(history: History, text: string): Revision {
  const found = revisionsMeant(history.revisions, text);
  const [revision] = found;
  if (!revision) {
    const similar = history.revisions
      .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
      .slice(0, 5);
    throw new Refusal('unknown-revision', {
      what: `There is no revision ${text}.`,
      why: 'Neither the folder nor the target knows that name, so nothing was run.',
      next:
        similar.length > 0
          ? [`Similar names: ${similar.map(({ name }) => name).join(', ')}.`]
          : ['See the names with: handrail status'],
    });
  }
  if (found.length > 1) {
    throw new Refusal('ambiguous-revision', {
      what: `${text} can mean ${found.length} revisions.`,
      why: found.map(({ name }) => name).join(', '),
      next: ['Give the whole name.'],
    });
  }
  return revision;
}

function checkRunnable(history: History, revision: Revision, { direction }: PlanRequest): void {
  if (revision.state === 'missing') throw missingFile(history, revision);
  if (revision.flags.includes('other-extension') && direction === 'down') {
    throw new Refusal('record-mismatch', {
      what: `${revision.name} can't be downgraded: it is recorded as ${revision.recordedAs}.`,
      why: `MikroORM looks for a file of that name, finds none, does nothing and reports success.`,
      next: [
        `Rename the file back to ${revision.recordedAs}.`,
        `Or correct its name in ${history.table}.`,
      ],
    });
  }
  if (revision.flags.includes('duplicate-name')) {
    throw new Refusal('broken-revision', {
      what: `${revision.name} is not one revision: ${revision.notes.join(' ')}`,
      why: 'It would run more than once.',
      next: ['Remove or rename all but one.'],
    });
  }
}

function missingFile(history: History, { name }: Revision): Refusal {
  return new Refusal('missing-file', {
    what: `${name} is applied, but its file is missing.`,
    why: `MikroORM would skip it and report success. Nothing was run.`,
    next: [
      'Bring the file back: another branch or the git history may have it (git log --all --name-only).',
      `If it is gone for good, ${history.table} has to forget it first.`,
    ],
  });
}

function alreadyThere({ target }: History, revision: Revision, state: string): Refusal {
  return new Refusal('nothing-to-do', {
    what: `${revision.name} is already ${state} on ${target.database}.`,
  });
}

function nothing({ target }: History, what: string): Refusal {
  return new Refusal('nothing-to-do', { what: `${what} Target: ${target.database}.` });
}

function checkedSteps(steps: number, available: number, state: string): number {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new Refusal('usage', { what: `${steps} is not a number of steps.` });
  }
  if (steps > available) {
    throw new Refusal('usage', {
      what: `${steps} steps were asked for, but only ${available === 1 ? '1 revision is' : `${available} revisions are`} ${state}.`,
      next: [`Ask for ${available} or fewer.`],
    });
  }
  return steps;
}

export interface TransactionFacts {
  /** `migrations.transactional` and `migrations.allOrNothing` of the config. */
  readonly transactional: boolean;
  readonly allOrNothing: boolean;
  /** Names of the chosen revisions whose `isTransactional()` says no. */
  readonly withoutTransaction: readonly string[];
}

/** What a run depends on, as far as it is known before. */
export function inputsOf(
  history: History,
  facts: Pick<PlanInputs, 'direction' | 'mode' | 'timeouts'> &
    Partial<Omit<PlanInputs, 'revisions'>> & {
      readonly revisions: readonly Pick<Revision, 'name' | 'sha256'>[];
    },
): PlanInputs {
  const byName = new Map(history.revisions.map((revision) => [revision.name, revision]));
  return {
    guarded: false,
    base: hashOfBase(history.appliedOrder.flatMap((name) => byName.get(name) ?? [])),
    code: history.codeHash,
    schema: history.schemaHash ?? '',
    ...facts,
    revisions: facts.revisions.map(({ name, sha256 }) => ({ name, file: sha256 })),
  };
}

/** How a plan of these revisions makes its transactions. */
export function transactionsFor(
  { transactional, allOrNothing }: Pick<TransactionFacts, 'transactional' | 'allOrNothing'>,
  previews: readonly Preview[],
): Plan['transactions'] {
  const withoutTransaction = previews
    .filter((preview) => !preview.transactional)
    .map(({ name }) => name);
  return transactionsOf({ transactional, allOrNothing, withoutTransaction });
}

/**
 * How the run makes its transactions. A revision without one can't run inside a surrounding one:
 * on SQLite's single connection it would wait for ever, so all-or-nothing gives way.
 */
function transactionsOf(facts: TransactionFacts): {
  readonly mode: TransactionMode;
  readonly why: string;
} {
  if (!facts.transactional) {
    return { mode: 'none', why: 'The config sets migrations.transactional to false.' };
  }
  if (!facts.allOrNothing) {
    return { mode: 'per-revision', why: 'The config sets migrations.allOrNothing to false.' };
  }
  const [first] = facts.withoutTransaction;
  if (first !== undefined) {
    return {
      mode: 'per-revision',
      why: `${first} asks to run without a transaction, so all-or-nothing is not possible for this run.`,
    };
  }
  return {
    mode: 'all-or-nothing',
    why: 'From the config (migrations.allOrNothing).',
  };
}

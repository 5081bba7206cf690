/**
 * Brings the journal's own database up to date, with the engine's code: the same lock, the same
 * reading of the record, the same run that users' databases get.
 */

import { Migrator } from '@mikro-orm/migrations';
import type { MikroORM } from '@mikro-orm/sqlite';
import type { History } from '../contract/history.ts';
import type { Plan } from '../contract/plan.ts';
import { hashOfPlan } from '../contract/rehearsal-inputs.ts';
import { sqlite } from '../engine/databases/sqlite/index.ts';
import type { Orm } from '../engine/project/mikro-orm.ts';
import { type OpenTarget, openTarget } from '../engine/project/project.ts';
import { Refusal } from '../engine/refusal.ts';
import { readHistory } from '../engine/revisions/history.ts';
import { inputsOf } from '../engine/revisions/plan.ts';
import { noProgress, runPlan } from '../engine/run/run.ts';
import { JournalError } from './errors.ts';

/** How long to wait for another Handrail that upgrades the journal, in milliseconds. */
const LOCK_WAIT_MS = 15_000;

/** @throws JournalError if it was made by a newer Handrail, or the upgrade fails. */
export async function upgradeJournal(orm: MikroORM, folder: string): Promise<void> {
  const journal = openTarget({
    orm: orm as unknown as Orm,
    migrator: new Migrator(orm.em),
    dialect: sqlite,
    root: folder,
    access: 'run',
    codeHash: '',
    schemasSetting: null,
    protectedSetting: [],
  });
  try {
    while (await isBehind(journal)) await upgrade(journal);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw unusable(`${error.problem.what} ${error.problem.why}`, error);
  } finally {
    journal.lock.release();
  }
}

/** Tries once; somebody else having been quicker is success. */
async function upgrade(journal: OpenTarget): Promise<void> {
  try {
    const { failure } = await runPlan(
      journal,
      planOf(await readHistory(journal)),
      { lockWait: LOCK_WAIT_MS, retries: 0, guarded: false, backup: null },
      nobody,
      noProgress(),
    );
    if (failure) throw unusable(failure.error.message);
  } catch (error) {
    if (error instanceof Refusal && error.problem.code === 'plan-outdated') return;
    throw error;
  } finally {
    journal.lock.release();
  }
}

async function isBehind(journal: OpenTarget): Promise<boolean> {
  const { counts, upToDate, revisions } = await readHistory(journal);
  if (counts.missing > 0) {
    const unknown = revisions.filter(({ state }) => state === 'missing').map(({ name }) => name);
    throw new JournalError({
      what: 'The journal was made by a newer Handrail, so runs are not recorded.',
      why: `It holds revisions that this one does not know: ${unknown.join(', ')}.`,
      next: [
        'Update Handrail in this project.',
        'Or move .handrail/journal.db away; a new one is made.',
      ],
    });
  }
  return !upToDate;
}

/** The journal's revisions are Handrail's own, so nobody has to see or confirm their SQL. */
function planOf(history: History): Plan {
  const pending = history.revisions.filter(({ state }) => state === 'pending');
  const mode = 'all-or-nothing';
  const inputs = inputsOf(history, { direction: 'up', revisions: pending, mode, timeouts: null });
  return {
    direction: 'up',
    target: history.target,
    steps: pending.map(({ name, file, sha256 }) => ({
      name,
      file,
      sha256,
      preview: {
        name,
        direction: 'up',
        statements: [],
        total: 0,
        transactional: true,
        irreversible: null,
        noDowngrade: false,
        incomplete: null,
        reordered: false,
      },
    })),
    transactions: { mode, why: 'The journal is upgraded in one transaction.' },
    warnings: [],
    inputs,
    hash: hashOfPlan(inputs),
    evidence: null,
    basis: history.appliedOrder,
    hazards: [],
    doubtful: false,
    cleared: [],
    losing: false,
    bytes: null,
    backup: false,
  };
}

const ignore = async () => {};
const nobody = {
  waitingForLock: ignore,
  runStarting: ignore,
  revisionStarted: ignore,
  revisionFinished: ignore,
  statementProgress: async () => {},
  statementBlocked: ignore,
  runRetrying: ignore,
};

function unusable(why: string, cause?: unknown): JournalError {
  return new JournalError({
    what: 'The journal could not be brought up to date, so runs are not recorded.',
    why,
    next: ['Move .handrail/journal.db away; a new one is made.'],
    cause,
  });
}

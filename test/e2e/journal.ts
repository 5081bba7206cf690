/** Reads a project's journal with a client that Handrail doesn't use. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { query, type Row } from '../kit/sqlite.ts';

export interface JournalRun {
  readonly direction: string;
  readonly outcome: string;
  readonly message: string | null;
  readonly finished: boolean;
  readonly steps: readonly { readonly name: string; readonly outcome: string | null }[];
  readonly statements: readonly JournalStatement[];
}

interface JournalStatement {
  readonly sql: string;
  readonly revision: string | null;
  /** False when it was cut short: nobody lived to record its end. */
  readonly ended: boolean;
}

export function journalPath(root: string): string {
  return join(root, '.handrail', 'journal.db');
}

/** Everything in the journal, oldest run first; [] without one, or in one that was not made yet. */
export function journalOf(root: string): JournalRun[] {
  const path = journalPath(root);
  if (!existsSync(path)) return [];
  if (query(path, `select 1 from sqlite_master where name = 'run'`).length === 0) return [];
  return query(path, 'select * from run order by id').map((run) => ({
    direction: String(run.direction),
    outcome: String(run.outcome),
    message: textOrNull(run.message),
    finished: run.finished_at !== null,
    steps: of(path, 'step', 'position', run).map(({ name, outcome }) => ({
      name: String(name),
      outcome: textOrNull(outcome),
    })),
    statements: of(path, 'statement', 'seq', run).map(({ sql, revision, ms }) => ({
      sql: String(sql),
      revision: textOrNull(revision),
      ended: ms !== null,
    })),
  }));
}

function of(path: string, table: string, order: string, run: Row): Row[] {
  return query(path, `select * from ${table} where run_id = ? order by ${order}`, Number(run.id));
}

function textOrNull(value: Row[string] | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

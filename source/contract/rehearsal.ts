/**
 * What a rehearsal is asked for, tells while it goes on, and reports: plain data that the engine
 * makes, the journal keeps, and screens, commands and the Markdown export show.
 */

import type { Direction } from './direction.ts';
import type { Failure } from './failure.ts';
import type { Goal, PlanInputs, TransactionMode } from './plan.ts';
import type { DriverName } from './target.ts';
import type { Verdict } from './verdict.ts';

/** What the throwaway database starts as: a copy of the target, or an empty database. */
export type RehearsalBase = 'target' | 'empty';

export interface RehearsalRequest {
  /** As people name revisions; none means every pending one. */
  readonly revisions: readonly string[];
  /** One or both, rehearsed one after the other. */
  readonly bases: readonly RehearsalBase[];
  /** Which of the project's test commands are set, so that they are asked for. */
  readonly tests: { readonly upgraded: boolean; readonly downgraded: boolean };
  /** A text that a revision may get, rehearsed in the place of its file. */
  readonly repaired?: RepairedText;
  /** Instead of revisions: the plan that `down` carries out for this goal. */
  readonly downgrade?: Goal;
}

/** What a person wants rehearsed. */
export type RehearsalWish = Pick<RehearsalRequest, 'revisions' | 'bases' | 'downgrade'>;

/** A repaired revision before anything is written. */
export interface RepairedText {
  readonly revision: string;
  readonly text: string;
  readonly further: Repair['further'];
  /** Of all repairs that are in it. */
  readonly differs: readonly Differing[];
}

/** The parts of a rehearsal, in their order. The first three are done once for each base. */
export const REHEARSAL_STEPS = [
  'copy',
  'plan',
  'check-plan',
  'base',
  'up',
  'check-up',
  'test',
  'down',
  'check-down',
  'test-downgraded',
  'up-again',
  'check-again',
] as const;
export type RehearsalStepName = (typeof REHEARSAL_STEPS)[number];

/** Sent when a step starts, while it goes on, and when it ends. */
export interface RehearsalStep {
  readonly base: RehearsalBase;
  /** The revision that is rehearsed; null for the steps that come before all of them. */
  readonly revision: string | null;
  readonly step: RehearsalStepName;
  readonly state: 'running' | 'done' | 'failed' | 'skipped';
  /** 0 to 1 where it can be told how far it is, else null. */
  readonly progress: number | null;
  /** Milliseconds; null while it runs. */
  readonly ms: number | null;
  /** One sentence: what it found, or why it was skipped. Empty while it runs. */
  readonly note: string;
}

/** How a test command of the project ended. */
export interface TestResult {
  readonly command: string;
  readonly ok: boolean;
  /** Exit status, or the name of the signal that ended it. */
  readonly ended: string;
  readonly ms: number;
  /** The last lines that it printed, control characters and all. */
  readonly output: readonly string[];
}

/** Rows that a statement changed in one table. */
export interface RowsChanged {
  readonly table: string;
  readonly rows: number;
  /** The statement did not name the table: foreign key actions or triggers changed it. */
  readonly indirect: boolean;
}

/**
 * How strong locks of a relation are on PostgreSQL, the weakest first. From SHARE on they keep
 * others from writing, and ACCESS EXCLUSIVE from reading as well
 * (https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES).
 */
export const LOCK_MODES = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;
export type LockMode = (typeof LOCK_MODES)[number];

export interface Lock {
  /** With its schema where the search path does not lead there. */
  readonly relation: string;
  readonly mode: LockMode;
}

/** A statement of a pass, with its measured effect. */
export interface StatementEffect {
  readonly sql: string;
  /** Milliseconds. */
  readonly ms: number;
  readonly changed: readonly RowsChanged[];
  /** The table that this statement is a part of rebuilding. */
  readonly rebuilds: string | null;
  /**
   * Taken by it, or made stronger, on relations that were there before the pass; they are held
   * until the transaction ends. Null: gone before anybody could look, since there was none.
   */
  readonly locks: readonly Lock[] | null;
  /** Tables that were there before the pass, every row of which was written into a new file. */
  readonly rewritten: readonly string[];
  /** Tables that were there before the pass and that it read from end to end. */
  readonly scanned: readonly string[];
  /** Indexes that it built, or built anew, on tables that were there and that it did not rewrite. */
  readonly built: readonly { readonly index: string; readonly table: string }[];
  /**
   * Bytes that the server wrote to its log of changes since the statement before: what standbys
   * and backups have to take. All sessions count, as there is nothing exact inside a transaction.
   * Null where it was not measured.
   */
  readonly wal: number | null;
  /** What the database said, if it failed. */
  readonly error: string | null;
}

/** One run of `up()` or `down()` on the throwaway. */
export interface Pass {
  readonly direction: Direction;
  readonly again: boolean;
  readonly ms: number;
  /** The first {@link STATEMENTS}, in order. */
  readonly statements: readonly StatementEffect[];
  /** How many more there were. */
  readonly omitted: number;
  readonly failure: Omit<Failure, 'aftermath'> | null;
}

/** A report keeps so many statements of a pass; a loop over rows sends as many as there are. */
export const STATEMENTS = 2_000;

/** What a finding is about. */
export type FindingKind =
  /** The target's schema is not what its revisions make. */
  | 'drift'
  /** The revision's code or SQL failed. */
  | 'failed'
  | 'rows-lost'
  | 'values-lost'
  /** A column became NULL in every row while another took its place. */
  | 'rename-lost'
  /** A table was dropped and another one like it created empty. */
  | 'table-rename-lost'
  /** Values were cut or changed by a change of type. */
  | 'narrowed'
  /** Done by statements that say so: listed, and no hazard. */
  | 'changed-on-purpose'
  | 'not-null'
  | 'unique'
  | 'foreign-key'
  | 'check'
  /** Values that can’t be converted to a new type, or computed with. */
  | 'conversion'
  /** Indexes, triggers, STRICT, collations … that a rebuild left out. */
  | 'objects-lost'
  | 'sequence'
  | 'integrity'
  /** After the upgrade the schema is not what the entities say. */
  | 'entities-differ'
  /** After the downgrade the schema is not what it was. */
  | 'schema-differs'
  /** `down()` refuses, as its author says. */
  | 'irreversible'
  /** There is no `down()`: nobody decided whether there is a way back. */
  | 'no-downgrade'
  /** Something that the verdict needs could not be measured. */
  | 'not-compared'
  /** Run together, the revisions leave something else than one by one. */
  | 'plan-differs'
  | 'kept'
  | 'test-failed'
  /** The second upgrade came out different from the first. */
  | 'not-repeatable'
  /** A repaired revision ends otherwise than the revision as it was would, if all went well. */
  | 'not-proven'
  /** Others have to wait for a statement, at the target as far as that can be estimated. */
  | 'blocks'
  /** What is renamed or dropped is what running code still asks for. */
  | 'in-use';

export interface Finding {
  readonly kind: FindingKind;
  /** `hazard`: not clean because of it; `notice`: worth knowing. */
  readonly severity: 'hazard' | 'notice';
  /** Where in the rehearsal it was found. */
  readonly step: RehearsalStepName;
  /** Later steps that found the same once more. */
  readonly again: readonly RehearsalStepName[];
  /** One sentence with the facts: table, rows. */
  readonly what: string;
  /** The cause, in a sentence or two; may be empty. */
  readonly why: string;
  readonly table: string | null;
  readonly column: string | null;
  /** How many rows are concerned; null where that says nothing. */
  readonly rows: number | null;
  /** Keys of the first of them, as `id = 7`; at most {@link KEYS}. They are data. */
  readonly keys: readonly string[];
  /** The statement that caused it. */
  readonly statement: string | null;
  /** More to read, such as a difference as SQL, line by line. */
  readonly details: readonly string[];
  /** Ways to repair it, the one that keeps most first. */
  readonly repairs: readonly Repair[];
}

/** At most so many keys are kept of the rows that a finding is about. */
export const KEYS = 20;

/** A change of the revision that repairs a finding. */
export interface Repair {
  /** Names it within its revision, in later rehearsals too: `unique:guest.badge:2`. */
  readonly id: string;
  /** One line: what it does. */
  readonly title: string;
  /** What to know before using it, such as a value that the author has to choose. */
  readonly caution: string;
  /** The statements that it adds or puts in place of others. */
  readonly statements: readonly string[];
  /** The revision's file with the change made; null if it must be made by hand. */
  readonly rewritten: string | null;
  /** Files of revisions that come right after it, new ones, relative to the project. */
  readonly further: readonly { readonly file: string; readonly text: string }[];
  /** What only a person can decide; null: it chooses no value and deletes no row. */
  readonly choice: RepairChoice | null;
  /** Where the upgrade may end otherwise than the revision as it was would have it. */
  readonly differs: readonly Differing[];
}

export interface RepairChoice {
  /** What a value is asked for, as `table.column`; null: it is a question of yes or no. */
  readonly name: string | null;
  /** SQL of the column's or the entity's default; null if there is none. */
  readonly proposed: string | null;
}

/** Stands in a repair for the value that it asks for. No literal but a template can hold it. */
export const ANSWER = `<the '"value"'>`;

/** The repair with the value that it asks for, as SQL. */
export function withAnswer(repair: Repair, value: string): Repair {
  const inTemplate = value
    .replaceAll('\\', '\\\\')
    .replaceAll('`', '\\`')
    .replaceAll('${', '\\${')
    // A template would turn it into a line feed.
    .replaceAll('\r', '\\r');
  return {
    ...repair,
    statements: repair.statements.map((sql) => sql.replaceAll(ANSWER, () => value)),
    rewritten: repair.rewritten?.replaceAll(ANSWER, () => inTemplate) ?? null,
    further: repair.further.map(({ file, text }) => ({
      file,
      text: text.replaceAll(ANSWER, () => inTemplate),
    })),
  };
}

/** A table whose declaration may differ, and the columns whose values may. */
export interface Differing {
  readonly table: string;
  readonly columns: readonly string[] | 'all';
}

export type Downgrade =
  /** It ran to its end. */
  | 'ran'
  | 'failed'
  /** `down()` refuses, as its author says. */
  | 'irreversible'
  /** There is no `down()`. */
  | 'no-downgrade'
  /** What comes before it failed. */
  | 'not-run';

/** The rehearsal of one revision on one base. */
export interface RevisionRehearsal {
  readonly name: string;
  /** Relative to the project; null for a class of `migrationsList`. */
  readonly file: string | null;
  readonly base: RehearsalBase;
  readonly verdict: Verdict;
  /** What became of the way back. */
  readonly downgrade: Downgrade;
  /** What it is evidence for; another value of any of these makes it stale. */
  readonly inputs: RehearsalInputs;
  readonly steps: readonly RehearsalStep[];
  readonly passes: readonly Pass[];
  readonly findings: readonly Finding[];
  /** Rows before the upgrade, in all tables but the one that records revisions. */
  readonly rows: number;
  /** Those that were gone after the upgrade without a statement that says so. */
  readonly rowsLost: number;
  readonly tests: readonly TestResult[];
}

export interface RehearsalInputs {
  /** sha256 of the revision's file. */
  readonly file: string | null;
  /** Hash of the project's code other than its revisions. */
  readonly code: string;
  /** Hash of the revisions that the base consisted of, with their files. */
  readonly revisions: string;
  /** Hash of the schema that it was run on. */
  readonly schema: string;
}

/** The pending revisions run once as `up` runs them: in its order and its transactions. */
export interface PlanRehearsal {
  readonly base: RehearsalBase;
  /** Of all that the run did; {@link findings} leaves out what its revisions tell already. */
  readonly verdict: Verdict;
  /** What it is evidence for; another value of any of these is another plan. */
  readonly inputs: PlanInputs;
  /** Of {@link inputs}. */
  readonly hash: string;
  readonly transactions: { readonly mode: TransactionMode; readonly why: string };
  /**
   * The only revision of the plan, whose own upgrade was this run, so that it was not done twice:
   * what is found is told there. Null: the plan had a run of its own.
   */
  readonly ranAs: string | null;
  readonly steps: readonly RehearsalStep[];
  /** One for each revision that began, in their order. */
  readonly passes: readonly PlanPass[];
  /** Why it stopped; null if it came to its end. */
  readonly failure: Omit<Failure, 'aftermath'> | null;
  readonly findings: readonly Finding[];
  /** Rows before it, in all tables but the one that records revisions. */
  readonly rows: number;
  readonly rowsLost: number;
  readonly ms: number;
}

/** What of a plan one revision sent. */
export interface PlanPass extends Pass {
  readonly revision: string;
}

export interface RehearsalReport {
  readonly target: {
    readonly project: string;
    readonly name: string;
    readonly driver: DriverName;
    readonly database: string;
    readonly key: string;
  };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly ms: number;
  /** The worst of its revisions' and its plans'. */
  readonly verdict: Verdict;
  /** For each base: how large the throwaway was, in bytes, and how many rows it held. */
  readonly throwaways: readonly {
    readonly base: RehearsalBase;
    readonly bytes: number;
    readonly rows: number;
  }[];
  /** For each base: the run of all of them, if they are the next ones to run. */
  readonly plans: readonly PlanRehearsal[];
  /** In the order they were rehearsed; those after a failed one are not there. */
  readonly revisions: readonly RevisionRehearsal[];
  /** Revisions asked for that were not rehearsed, since one before them failed. */
  readonly notRehearsed: readonly string[];
}

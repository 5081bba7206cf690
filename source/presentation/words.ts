/** How a rehearsal is put into words, the same everywhere. */

import {
  type Downgrade,
  type Finding,
  type FindingKind,
  LOCK_MODES,
  type LockMode,
  type Pass,
  type RehearsalBase,
  type RehearsalReport,
  type RehearsalStepName,
  type RevisionRehearsal,
  type StatementEffect,
} from '../contract/rehearsal.ts';
import type { Blocker, ServerNotice, StatementProgress } from '../contract/statement.ts';
import type { Verdict } from '../contract/verdict.ts';
import { oneLine } from '../text/escape.ts';
import { bytes, clock, count, duration, plural, roughly } from '../text/format.ts';
import { lossOf } from '../text/phrases.ts';

/** What there is to know of a revision whose statements are sent in another order than they stand. */
export const REORDERED =
  'execute() comes before every addSql(), whatever the order in the code. Use one of them only.';

/** Where revisions are rehearsed. */
export function baseWords(base: RehearsalBase): string {
  return base === 'target' ? 'on a copy of the target' : 'from an empty database';
}

/** What a step does, in words. */
export function stepWords(step: RehearsalStepName, base: RehearsalBase = 'target'): string {
  switch (step) {
    case 'copy':
      return base === 'target' ? 'copy the target' : 'create an empty database';
    case 'plan':
      return 'run all as up will';
    case 'check-plan':
      return 'check what that did';
    case 'base':
      return 'bring it to the revision';
    case 'up':
      return 'upgrade';
    case 'check-up':
      return 'check rows and schema';
    case 'test':
      return 'test command';
    case 'down':
      return 'downgrade';
    case 'check-down':
      return 'check that all is back';
    case 'test-downgraded':
      return 'test command, downgraded';
    case 'up-again':
      return 'upgrade again';
    case 'check-again':
      return 'check for the same result';
  }
}

/** `Clean: up, down and up again, and nothing was lost beyond what the revision states.` */
export function verdictWords(revision: RevisionRehearsal): string {
  const { verdict, findings, downgrade } = revision;
  switch (verdict) {
    case 'clean':
      return `Clean: ${ranWords(downgrade)}, and ${lossWords(revision.rows)}.${WAY_BACK[downgrade] ?? ''}`;
    case 'hazards':
      return isUnmeasured(findings)
        ? 'Not clean: it ran, but what the verdict needs could not be compared.'
        : 'Hazards: it ran, but not without harm.';
    case 'failed':
      return 'Failed: it did not complete.';
  }
}

/** What was run of a revision whose upgrade came to its end. */
function ranWords(downgrade: Downgrade): string {
  return downgrade === 'ran' ? 'up, down and up again' : 'the upgrade only';
}

export function lossWords(rows: number): string {
  return rows === 0
    ? 'there were no rows to lose'
    : 'nothing was lost beyond what the revision states';
}

/** What a whole report says, in one sentence that follows its verdict. */
export function reportSentence({ verdict, revisions, plans, throwaways }: RehearsalReport): string {
  switch (verdict) {
    case 'clean': {
      const rows = throwaways.reduce((sum, each) => sum + each.rows, 0);
      const both = revisions.filter(({ downgrade }) => downgrade === 'ran').length;
      const ran =
        both === 0 || both === revisions.length
          ? ranWords(both === 0 ? 'not-run' : 'ran')
          : `up, down and up again (${plural(revisions.length - both, 'revision')}: the upgrade only)`;
      return `${ran}, and ${lossWords(rows)}.`;
    }
    case 'hazards': {
      const findings = [...revisions, ...plans].flatMap((each) => each.findings);
      if (isUnmeasured(findings))
        return 'it ran, but what the verdict needs could not be compared.';
      const hazards = findings.filter(({ severity }) => severity === 'hazard').length;
      return `it ran, with ${plural(hazards, 'hazard')}.`;
    }
    case 'failed':
      return 'it did not complete.';
  }
}

const WAY_BACK: Readonly<Partial<Record<Downgrade, string>>> = {
  irreversible: ' Its author says that it can’t be downgraded.',
  'no-downgrade': ' It has no down(), so there is no way back.',
};

/** Not clean only because something could not be measured. */
export function isUnmeasured(findings: readonly Finding[]): boolean {
  const hazards = findings.filter(({ severity }) => severity === 'hazard');
  return hazards.length > 0 && hazards.every(({ kind }) => kind === 'not-compared');
}

/** The worst first. */
const WORST: readonly FindingKind[] = [
  'failed',
  'plan-differs',
  'integrity',
  'rows-lost',
  'table-rename-lost',
  'rename-lost',
  'values-lost',
  'narrowed',
  'foreign-key',
  'not-null',
  'unique',
  'check',
  'conversion',
  'test-failed',
  'blocks',
  'in-use',
  'objects-lost',
  'sequence',
  'not-repeatable',
  'schema-differs',
  'entities-differ',
  'not-compared',
  'no-downgrade',
  'irreversible',
  'drift',
  'kept',
  'changed-on-purpose',
];

/** The findings of a revision as they are shown. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const rank = ({ severity, kind }: Finding) =>
    (severity === 'hazard' ? 0 : WORST.length + 1) + WORST.indexOf(kind);
  return findings.toSorted((a, b) => rank(a) - rank(b) || (b.rows ?? 0) - (a.rows ?? 0));
}

/** Those that need attention before those that are clean, else in the order of rehearsing. */
export function revisionsWorstFirst({ revisions }: RehearsalReport): readonly RevisionRehearsal[] {
  const rank: Readonly<Record<Verdict, number>> = { failed: 0, hazards: 1, clean: 2 };
  return revisions.toSorted((a, b) => rank[a.verdict] - rank[b.verdict]);
}

/** `up 41 ms · down 12 ms · up again 39 ms · 0 of 9,412 rows lost` */
export function summaryOf(revision: RevisionRehearsal): string {
  const { passes, rows, rowsLost } = revision;
  const times = passes.map((pass) => `${passName(pass)} ${duration(pass.ms)}`);
  return [...times, ...(countsLosses(revision) ? [lossOf(rows, rowsLost)] : [])].join(' · ');
}

/** An upgrade that failed is rolled back, and nobody looks for rows. */
export function countsLosses({ passes }: RevisionRehearsal): boolean {
  const [up] = passes;
  return up !== undefined && up.failure === null;
}

/**
 * Whom a statement waits for, in one line that is safe to show:
 * `waits for process 4711 of nina (psql), in a transaction since 12:03:01.234: update author …`.
 * Values are left out: another application's may be anything, a password too.
 */
export function blockerWords({ pid, user, application, query, since }: Blocker): string {
  const who = [user, application && `(${application})`].filter(Boolean).join(' ');
  const long = since === null ? '' : `, in a transaction since ${clock(Date.parse(since))}`;
  return oneLine(`waits for process ${pid} of ${who || 'the server'}${long}: ${query}`);
}

/**
 * What a statement did but for rows, as in `ACCESS EXCLUSIVE on orders` and `orders rewritten`:
 * locks that keep others waiting, files and the log of changes.
 */
export function effectWords(effect: StatementEffect): readonly string[] {
  const { locks, rewritten, scanned, built, changed, wal, error } = effect;
  const strong = (locks ?? []).filter(({ mode }) => STRONG.includes(mode));
  const modes = [...new Set(strong.map(({ mode }) => mode))];
  const done = new Set([...rewritten, ...built.map(({ table }) => table)]);
  // A statement about rows reads what it has to.
  const read = changed.length > 0 ? [] : scanned.filter((table) => !done.has(table));
  return [
    ...(locks === null && error === null ? ['locks not measured'] : []),
    ...modes.map((mode) => {
      const relations = strong.filter((lock) => lock.mode === mode).map(({ relation }) => relation);
      return `${mode} on ${relations.join(', ')}`;
    }),
    ...rewritten.map((table) => `${table} rewritten`),
    ...built.map(({ index }) => `index ${index} built`),
    ...read.map((table) => `all of ${table} read`),
    ...(wal !== null && wal >= NOTEWORTHY_WAL ? [`${bytes(wal)} of WAL`] : []),
  ];
}

/** Weaker ones are taken by everybody who reads and writes. */
const STRONG: readonly LockMode[] = LOCK_MODES.slice(LOCK_MODES.indexOf('SHARE UPDATE EXCLUSIVE'));
const NOTEWORTHY_WAL = 1_000_000;

/** `notice: relation "author" already exists, skipping`, in one line that is safe to show. */
export function noticeWords({ severity, message }: ServerNotice): string {
  return oneLine(`${severity}: ${message}`);
}

/** `1,234 more notices, not kept` */
export function omittedWords(omitted: number): string {
  return `${plural(omitted, 'more notice')}, not kept`;
}

/**
 * How far the server is with a statement, in one line that is safe to show:
 * `phase 3 of 8, building index: scanning table · 1,234 of 5,000 blocks · about 12 s left`.
 */
export function progressWords({ phase, step, done, total, unit, left }: StatementProgress): string {
  const place = step ? `phase ${step.at} of ${step.of}, ` : '';
  const counted = [
    ...(total === null ? [] : [`${count(done)} of ${count(total)} ${unit}`]),
    ...(total === null && done > 0 ? [`${count(done)} ${unit}`] : []),
    ...(left === null ? [] : [`about ${roughly(left)} left`]),
  ];
  return oneLine([`${place}${phase}`, ...counted].join(' · '));
}

export function passName({ direction, again }: Pick<Pass, 'direction' | 'again'>): string {
  return again ? 'up again' : direction;
}

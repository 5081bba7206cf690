/** A plan, and its run, as they are told. */

import type { Plan } from '../contract/plan.ts';
import { TRANSACTION_WORDS } from '../contract/plan-difference.ts';
import type { ServerNotice, StatementStarted } from '../contract/statement.ts';
import { backupWords, planBackupWords } from '../presentation/backup.ts';
import {
  blockerWords,
  noticeWords,
  omittedWords,
  progressWords,
  REORDERED,
} from '../presentation/words.ts';
import type { Session } from '../session/session.ts';
import { escapeControl } from '../text/escape.ts';
import { duration, plural } from '../text/format.ts';
import { shownSql } from '../text/literals.ts';
import { holderWords } from '../text/phrases.ts';
import { statementText } from '../text/sql.ts';
import type { Output } from './context.ts';
import type { RunCommandOptions } from './run-options.ts';
import { targetDocument } from './target.ts';

/** Tells what runs do while they go on. */
export function tellProgress(
  session: Session,
  { sql }: Pick<RunCommandOptions, 'sql'>,
  output: Output,
): void {
  const open = new Map<number, StatementStarted>();
  let phase: string | null = null;
  let omitted = 0;
  /** Under their statement, which is shown when it ends. */
  const said: ServerNotice[] = [];
  const tell = (notice: ServerNotice) => output.note(`    ↳ ${noticeWords(notice)}`);
  session.subscribe((event) => {
    switch (event.type) {
      case 'waiting-for-lock':
        output.note(
          `Waiting for another run on this database to end…${event.holder ? ` · ${holderWords(event.holder)}` : ''}`,
        );
        break;
      case 'run-retrying': {
        const { attempt, of, pause } = event.retry;
        const again = `attempt ${attempt} of ${of} in ${duration(pause)}`;
        output.note(`  It waited too long and was rolled back: ${again}.`);
        break;
      }
      case 'statement-blocked':
        for (const blocker of event.blockers) {
          output.note(`  … ${blockerWords(blocker)}`);
        }
        break;
      case 'statement-progress':
        // A line for each phase: where nobody looks on, more would only be noise.
        if (event.progress && event.progress.phase !== phase) {
          output.note(`  … ${progressWords(event.progress)}`);
        }
        phase = event.progress?.phase ?? null;
        break;
      case 'server-notice':
        if (sql) said.push(event.notice);
        else if (event.notice.severity === 'warning') tell(event.notice);
        break;
      case 'notices-omitted':
        omitted = event.omitted;
        break;
      case 'run-finished':
        said.splice(0).forEach(tell);
        if (omitted > 0) output.note(`    … ${omittedWords(omitted)}`);
        omitted = 0;
        break;
      case 'backed-up':
        output.note(`  backup ${backupWords(event.backup)}`);
        break;
      case 'revision-finished':
        output.note(`  ${escapeControl(event.name)}  ${duration(event.ms)}`);
        break;
      case 'statement-started':
        if (sql) open.set(event.statement.seq, event.statement);
        break;
      case 'statement-ended': {
        const { seq, ms, error } = event.statement;
        const started = open.get(seq);
        open.delete(seq);
        if (!started) break;
        const tail = error ? `  ✗ ${escapeControl(error.message)}` : '';
        output.note(`    ${escapeControl(shownSql(started.sql))}  ${duration(ms)}${tail}`);
        said.splice(0).forEach(tell);
        break;
      }
      default:
    }
  });
}

/** All that a plan says but where it runs, and what was rehearsed there. */
export function describeSteps(plan: Plan): string[] {
  const kept = planBackupWords(plan);
  const lines = [
    `${plural(plan.steps.length, 'revision')}, ${TRANSACTION_WORDS[plan.transactions.mode]}. ${escapeControl(plan.transactions.why)}`,
    ...(kept === null ? [] : [`Backup: ${kept}.`]),
    ...plan.warnings.map((warning) => `! ${escapeControl(warning)}`),
    ...plan.hazards.map(({ revision, what }) => `! ${escapeControl(`${revision}: ${what}`)}`),
  ];
  for (const { name, preview } of plan.steps) {
    lines.push(
      '',
      escapeControl(name) + (preview.transactional ? '' : '  (without a transaction)'),
    );
    for (const statement of preview.statements) {
      const rows = statementText(shownSql(statement)).split('\n');
      lines.push(...rows.map((row) => `    ${escapeControl(row)}`));
    }
    const more = preview.total - preview.statements.length;
    if (more > 0) lines.push(`    … and ${plural(more, 'more statement')}`);
    if (preview.reordered) lines.push(`    ! ${REORDERED}`);
    if (preview.incomplete) lines.push(`    … ${escapeControl(preview.incomplete)}`);
  }
  return lines;
}

export function planDocument(plan: Plan) {
  return {
    direction: plan.direction,
    target: targetDocument(plan.target),
    transactions: plan.transactions,
    warnings: plan.warnings,
    hazards: plan.hazards,
    suspected: plan.doubtful,
    evidence: plan.evidence,
    backup: plan.backup,
    plan: plan.steps.map(({ name, file, preview }) => ({
      name,
      file,
      transactional: preview.transactional,
      statements: preview.statements,
      total: preview.total,
      incomplete: preview.incomplete,
      reordered: preview.reordered,
    })),
  };
}

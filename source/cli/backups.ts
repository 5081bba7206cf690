/** `handrail backups` and `handrail restore`: what was kept before runs, and putting it back. */

import { type Backup, type RestorePlan, rowsIn, tableName } from '../contract/backup.ts';
import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import { backupWords, restoreWords } from '../presentation/backup.ts';
import type { ListedBackup } from '../session/session.ts';
import { escapeControl } from '../text/escape.ts';
import { restoreCommand, restoredWords } from '../text/phrases.ts';
import { type ConsentOptions, consentNeeded, refusedBy } from './confirm.ts';
import { type CommonOptions, createOutput, refuse, withSession } from './context.ts';
import { protectedLine, targetDocument } from './target.ts';

export async function backups(options: CommonOptions): Promise<ExitStatus> {
  const output = createOutput(options);
  return withSession(options, output, { inspect: 'never' }, async (session) => {
    const reply = await session.backups();
    if (!reply.ok) return refuse(output, reply.problem);
    const lines = reply.value.map((backup) => escapeControl(backupWords(backup)));
    output.say(lines.join('\n') || 'No backups.');
    output.answer({ backups: reply.value.map(backupDocument) });
    return exitStatus.done;
  });
}

export interface RestoreOptions extends CommonOptions, ConsentOptions {
  readonly schema?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** Into a schema beside the tables. */
  readonly aside?: boolean;
}

export async function restore(
  name: string | undefined,
  options: RestoreOptions,
): Promise<ExitStatus> {
  const output = createOutput(options);
  const mode = { inspect: 'never', schema: options.schema ?? null } as const;
  return withSession(options, output, mode, async (session) => {
    const looked = await session.look();
    if (!looked.ok) return refuse(output, looked.problem);
    const planned = await session.planRestore(name, options.aside ?? false);
    if (!planned.ok) return refuse(output, planned.problem);
    const plan = planned.value;
    const { target, backup } = plan;
    output.note(
      [
        `Restore ${escapeControl(backupWords(backup))}`,
        ...protectedLine(target),
        ...restoreWords(plan).map(escapeControl),
        '',
      ].join('\n'),
    );
    if (options.dryRun) {
      output.answer({ outcome: 'planned', ...restoreDocument(plan) });
      return exitStatus.done;
    }
    const needed = consentNeeded(target, options);
    if (needed.problem) return refuse(output, needed.problem);
    const refused = await refusedBy(options.yes, output, {
      text: `Restore ${target.database}?`,
      names: needed.names,
      undone: 'Nothing was restored',
      subject: 'the plan',
      next: 'Read the plan above, then run the command again with --yes.',
      document: restoreDocument(plan),
    });
    if (refused !== null) return refused;
    const [typed = options.target] = needed.names ?? [];
    const reply = await session.restore(plan, { target: typed });
    if (!reply.ok) return refuse(output, reply.problem);
    const { saved, run } = reply.value;
    output.say(restoredWords(rowsIn(backup), backup.tables.length, plan.aside));
    if (saved) {
      const back = restoreCommand(saved.id, target.schema);
      output.say(escapeControl(`What was there before is the backup ${saved.id}: ${back}`));
    }
    output.answer({
      outcome: 'restored',
      run,
      ...restoreDocument(plan),
      saved: saved && backupDocument({ ...saved, run }),
    });
    return exitStatus.done;
  });
}

/** The stable JSON form; the shape is documented in docs/commands.md. */
function backupDocument(backup: ListedBackup) {
  const { id, madeAt, before, target, kind, bytes, tables, applied, run } = backup;
  return {
    id,
    madeAt,
    before,
    run,
    target,
    kind,
    bytes,
    tables: tables.map(tableDocument),
    applied,
  };
}

function tableDocument(table: Backup['tables'][number]) {
  return { name: tableName(table), rows: table.rows };
}

function restoreDocument({ backup, target, tables, aside }: RestorePlan) {
  return { backup: backup.id, target: targetDocument(target), tables, aside };
}

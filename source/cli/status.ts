/** `handrail status`: where the target stands. */

import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import type { History } from '../contract/history.ts';
import type { Revision } from '../contract/revision.ts';
import { escapeControl } from '../text/escape.ts';
import { halfDoneWords } from '../text/phrases.ts';
import { pad } from '../text/width.ts';
import { createOutput, manySchemas, oneSchema, refuse, withSession } from './context.ts';
import type { StatusOptions } from './status-options.ts';
import { protectedLine, standing, targetDocument } from './target.ts';

export async function status(options: StatusOptions): Promise<ExitStatus> {
  const output = createOutput(options);
  const schemas = manySchemas(options);
  if (schemas !== undefined) {
    const { statusOfSchemas } = await import('./schemas.ts');
    return statusOfSchemas(schemas, options, output);
  }
  const mode = { inspect: 'before', schema: oneSchema(options) } as const;
  return withSession(options, output, mode, async (session) => {
    const reply = await session.look();
    if (!reply.ok) return refuse(output, reply.problem);
    const history = reply.value;
    if (!options.json) output.say(describeHistory(history));
    output.answer(documentOf(history));
    return options.exitCode && !history.upToDate ? exitStatus.no : exitStatus.done;
  });
}

/** The stable JSON form; the shape is documented in docs/commands.md. */
function documentOf(history: History) {
  const { target, upToDate, current, head, counts, revisions, warnings } = history;
  return {
    target: targetDocument(target),
    upToDate,
    current,
    head,
    counts,
    revisions: revisions.map(
      ({ name, state, appliedAt, file, flags, notes, rehearsal, halfDone }) => ({
        name,
        state,
        appliedAt,
        file,
        flags,
        notes,
        rehearsal,
        halfDone: halfDone ?? null,
      }),
    ),
    warnings,
  };
}

function describeHistory(history: History): string {
  const { target, counts, revisions } = history;
  const width = Math.max(0, ...revisions.map(({ name }) => name.length));
  return [
    `${escapeControl(target.project)} · ${escapeControl(target.name)}   ${target.driver} ${escapeControl(target.database)}${target.exists ? '' : ' (does not exist yet)'}`,
    ...protectedLine(target),
    standing(history),
    '',
    ...revisions.map((revision) => describeRevision(revision, width)),
    ...revisions.flatMap(({ name, halfDone }) =>
      halfDone
        ? [
            `\n${escapeControl(`${name} is half done. ${halfDoneWords(halfDone)}`)}\n  → handrail resolve ${escapeControl(name)}`,
          ]
        : [],
    ),
    ...history.warnings.map((warning) => `\n${escapeControl(warning)}`),
    ...(counts.missing > 0
      ? ['\nMissing: recorded in the target, but there is no file here.']
      : []),
  ].join('\n');
}

function describeRevision(revision: Revision, width: number): string {
  const { name, state, appliedAt, flags, rehearsal } = revision;
  const symbol = { applied: '●', pending: '○', missing: '!' }[state];
  const when = appliedAt ? appliedAt.slice(0, 16).replace('T', ' ') : '';
  const proved = rehearsal
    ? [
        `rehearsed: ${rehearsal.verdict}${rehearsal.stale.length > 0 ? ', stale' : ''}`,
        ...(rehearsal.plan === null || rehearsal.plan === 'clean'
          ? []
          : [`its plan: ${rehearsal.plan}`]),
      ]
    : [];
  const remarks = [...flags, ...proved];
  const extra = remarks.length > 0 ? `  ${remarks.join(', ')}` : '';
  return `${symbol} ${pad(escapeControl(name), width)}  ${pad(state, 8)} ${when}${extra}`.trimEnd();
}

/** `handrail draft`: what would make the database what the entities say, as the next revision. */

import type { Draft, DraftAnswers, DraftBase, DraftQuestion, Place } from '../contract/draft.ts';
import { type ExitStatus, exitStatus, statusOfProblem } from '../contract/exit-status.ts';
import type { Problem } from '../contract/problem.ts';
import {
  describeChanges,
  describePlace,
  describeQuestion,
  describeTrial,
} from '../presentation/draft.ts';
import { escapeControl, escapeLines } from '../text/escape.ts';
import {
  type CommonOptions,
  cancellable,
  createOutput,
  type Output,
  refuse,
  withSession,
} from './context.ts';

export interface DraftOptions extends CommonOptions {
  readonly name?: string;
  readonly base: DraftBase;
  readonly blank?: boolean;
  /** `author.email=mail`, `book=volume` */
  readonly rename: readonly string[];
  /** `author.email`, `book` */
  readonly drop: readonly string[];
  readonly keep: readonly string[];
  /** `author.born=1900` */
  readonly fill: readonly string[];
  /** The same for a column that the downgrade adds again. */
  readonly fillDown: readonly string[];
  /** `author.born=born at time zone 'UTC'`: what values become in a column of another type. */
  readonly using: readonly string[];
  readonly usingDown: readonly string[];
  /** Statements that a direction sends before the others. */
  readonly first: readonly string[];
  readonly firstDown: readonly string[];
  /** `book.isbn` */
  readonly keepOnDowngrade: readonly string[];
  /** Show it, and write nothing. */
  readonly dryRun?: boolean;
  /** Write it although it failed when it was tried. */
  readonly anyway?: boolean;
}

export async function draft(options: DraftOptions): Promise<ExitStatus> {
  const output = createOutput(options);
  const answers = answersOf(options);
  if ('code' in answers) return refuse(output, answers);
  return withSession(options, output, { inspect: 'never' }, (session) =>
    cancellable(session, async () => {
      const { name = null, base, blank = false, dryRun = false } = options;
      const reply = await session.draft({ base, name, blank, answers });
      if (!reply.ok) return refuse(output, reply.problem);
      const made = reply.value;
      if (made.file === null) return ask(output, made);
      if (made.trial?.failure && !dryRun && !options.anyway) return refuseFailing(output, made);
      if (!dryRun) {
        const written = await session.acceptDraft(base, made.file);
        if (!written.ok) return refuse(output, written.problem);
      }
      output.say(describeDraft(made, dryRun));
      output.answer({ outcome: dryRun ? 'shown' : 'drafted', draft: made });
      return exitStatus.done;
    }),
  );
}

/** The answers that the options give, or what is wrong with them. */
function answersOf(options: DraftOptions): DraftAnswers | Problem {
  const renames = options.rename.map(assignment);
  const fills = options.fill.map(assignment);
  const fillsDown = options.fillDown.map(assignment);
  const using = options.using.map(assignment);
  const usingDown = options.usingDown.map(assignment);
  const kept = options.keepOnDowngrade.map(placeOf);
  const wrong = [
    ...options.rename.filter((_, index) => renames[index] === null),
    ...options.fill.filter((_, index) => !fills[index]?.place.name),
    ...options.fillDown.filter((_, index) => !fillsDown[index]?.place.name),
    ...options.using.filter((_, index) => !using[index]?.place.name),
    ...options.usingDown.filter((_, index) => !usingDown[index]?.place.name),
    ...options.keepOnDowngrade.filter((_, index) => kept[index]?.name === null),
  ];
  if (wrong.length > 0) {
    return {
      code: 'usage',
      what: `${wrong.join(', ')} can’t be read.`,
      why: 'A rename is table.column=new or table=new, a value or a conversion table.column=expression, and what a downgrade keeps table.column.',
      next: ['See handrail draft --help.'],
      detail: null,
    };
  }
  return {
    renames: renames.flatMap((each) => (each ? [{ from: each.place, to: each.value }] : [])),
    drops: options.drop.map(placeOf),
    keeps: options.keep.map(placeOf),
    fills: fills.flatMap(fillOf),
    fillsDown: fillsDown.flatMap(fillOf),
    conversions: [
      ...using.flatMap(fillOf).map((each) => ({ direction: 'up' as const, ...each })),
      ...usingDown.flatMap(fillOf).map((each) => ({ direction: 'down' as const, ...each })),
    ],
    first: [
      ...options.first.map((statement) => ({ direction: 'up' as const, statement })),
      ...options.firstDown.map((statement) => ({ direction: 'down' as const, statement })),
    ],
    keptOnDowngrade: kept.flatMap(({ table, name }) => (name ? [{ table, column: name }] : [])),
  };
}

function fillOf(each: ReturnType<typeof assignment>): DraftAnswers['fills'] {
  return each?.place.name
    ? [{ table: each.place.table, column: each.place.name, expression: each.value }]
    : [];
}

function placeOf(text: string): Place {
  const dot = text.lastIndexOf('.');
  return dot === -1
    ? { table: text, name: null }
    : { table: text.slice(0, dot), name: text.slice(dot + 1) };
}

function assignment(text: string): { readonly place: Place; readonly value: string } | null {
  const sign = text.indexOf('=');
  const value = text.slice(sign + 1).trim();
  return sign <= 0 || value === '' ? null : { place: placeOf(text.slice(0, sign)), value };
}

/** A file that can't run helps only somebody who means to change it. */
function refuseFailing(output: Output, made: Draft): ExitStatus {
  const words = [
    ...aboutDraft(made),
    '',
    'Nothing was written, because the draft does not run. --dry-run shows it; --anyway writes it, to be changed by hand.',
  ];
  output.note(words.map((line) => escapeControl(line)).join('\n'));
  output.answer({ outcome: 'failed', draft: made });
  return statusOfProblem('unanswered');
}

function ask(output: Output, made: Draft): ExitStatus {
  const open = made.questions.length;
  output.note(
    [
      ...aboutDraft(made),
      '',
      `Nothing was written: ${open === 1 ? 'a question is' : `${open} questions are`} open.`,
      ...made.questions.flatMap(flagsFor),
    ]
      .map((line) => escapeControl(line))
      .join('\n'),
  );
  output.answer({ outcome: 'unanswered', draft: made });
  return statusOfProblem('unanswered');
}

function flagsFor(question: DraftQuestion): string[] {
  const asked = `\n? ${describeQuestion(question)}`;
  if (question.kind === 'fill') {
    const { table, column, direction, proposed } = question;
    const option = direction === 'up' ? '--fill' : '--fill-down';
    return [
      asked,
      `  ${option} ${quotedForShell(`${table}.${column}=${proposed ?? '<SQL expression>'}`)}`,
    ];
  }
  if (question.kind === 'convert') {
    const { table, column, direction, proposed } = question;
    const option = direction === 'up' ? '--using' : '--using-down';
    return [
      asked,
      `  ${option} ${quotedForShell(`${table}.${column}=${proposed ?? '<SQL expression>'}`)}`,
    ];
  }
  if (question.kind === 'rows') {
    const option = question.direction === 'up' ? '--first' : '--first-down';
    const ways = question.ways.map(
      ({ words, statement }) => `  ${option} ${quotedForShell(statement)}   # ${words}`,
    );
    return [
      asked,
      ...question.keys.slice(0, 5).map((key) => `  · ${key}`),
      ...(ways.length > 0 ? ways : [`  ${option} '<SQL statement>'`]),
    ];
  }
  const place = describePlace(question.place);
  return [
    asked,
    ...question.candidates.slice(0, 5).map((name) => `  --rename ${place}=${name}`),
    `  --drop ${place}`,
    question.object.kind === 'table'
      ? `  --keep ${place}   # and for good: schemaGenerator.skipTables in the configuration`
      : `  --keep ${place}`,
  ];
}

function quotedForShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function describeDraft(made: Draft, dryRun: boolean): string {
  const { file } = made;
  if (file === null) return '';
  const about = [
    ...aboutDraft(made),
    '',
    dryRun ? `Would be written to ${file.path}:` : `Written to ${file.path}`,
  ].map((line) => escapeControl(line));
  const repairable = made.trial?.findings.some(({ repairs }) => repairs.length > 0);
  const next = `Look it through, then rehearse it: handrail rehearse${repairable ? ' --repair' : ''}`;
  return [...about, ...(dryRun ? ['', escapeLines(file.source)] : [next])].join('\n');
}

function aboutDraft({ compared, changes, leftAlone, notes, trial }: Draft): string[] {
  return [
    compared,
    ...describeChanges(changes).map(({ words }) => `  ${words}`),
    ...leftAlone.map((what) => `  · left alone, as no entity knows it: ${what}`),
    ...leftAlone
      .slice(0, 1)
      .map((what) => `    If an entity used to have what is left alone: --drop '${what}'`),
    ...notes.map((note) => `  ! ${note}`),
    ...(trial ? describeTrial(trial).map((words) => `  ${words}`) : []),
  ];
}

/** A draft, and what it asks, for the person who decides about it. */

import type { Draft, DraftAnswers, DraftBase, DraftQuestion } from '../../contract/draft.ts';
import { plural } from '../../text/format.ts';
import { describeChanges, describeQuestion, describeTrial } from '../draft.ts';
import { EMPTY, type Line, line, lines, rule, span, wrapLines } from './spans.ts';
import type { Style } from './theme.ts';

const TONES: Readonly<Record<Draft['changes'][number]['kind'], Style>> = {
  add: 'good',
  change: 'warn',
  rename: 'accent',
  drop: 'bad',
};

export const BASE_WORDS: Readonly<Record<DraftBase, string>> = {
  target: 'the target',
  throwaway: 'a throwaway with every revision',
  snapshot: 'MikroORM’s snapshot',
};

/** What was compared, and what came of it. */
export function draftLines(draft: Draft, columns: number): readonly Line[] {
  const { compared, changes, leftAlone, notes, trial, file } = draft;
  const rows: Line[] = [
    line(span(compared, 'dim')),
    EMPTY,
    ...describeChanges(changes).map(({ kind, words }) => line(span(`  ${words}`, TONES[kind]))),
  ];
  if (leftAlone.length > 0) {
    rows.push(EMPTY, line(span('Left alone, as no entity knows it:', 'dim')));
    rows.push(...leftAlone.map((what) => line(`  · ${what}`)));
  }
  if (notes.length > 0) {
    rows.push(EMPTY, ...notes.map((note) => line(span('! ', 'warn'), span(note))));
  }
  if (trial) {
    rows.push(EMPTY);
    rows.push(...describeTrial(trial).map((words) => line(span(words, trialTone(words)))));
  }
  const text = wrapLines(rows, columns);
  if (!file) return text;
  return [
    ...text,
    EMPTY,
    rule(file.path, columns),
    ...wrapLines(lines(file.source.trimEnd()), columns),
  ];
}

function trialTone(words: string): Style {
  if (words.startsWith('!')) return 'warn';
  return words.startsWith('✓') ? 'good' : 'plain';
}

/** A question as a row, with how many there are. */
export function questionLine(question: DraftQuestion, number: number, of: number): Line {
  return line(span(`${number} of ${of}  `, 'accent'), span(describeQuestion(question), 'strong'));
}

export interface Choice {
  readonly words: string;
  /** The answers with this one among them. */
  take(answers: DraftAnswers): DraftAnswers;
}

/** The answers to choose from; none for a value or a statement, which is typed. */
export function choicesOf(question: DraftQuestion, answers: DraftAnswers): readonly Choice[] {
  if (question.kind === 'fill' || question.kind === 'convert') return [];
  if (question.kind === 'rows') {
    const { direction, ways } = question;
    return ways.map(({ words, statement }) => ({
      words: `${words}: ${statement}`,
      take: (others) => ({ ...others, first: [...others.first, { direction, statement }] }),
    }));
  }
  const { place, holds, candidates } = question;
  const taken = answers.renames.filter(
    ({ from }) => from.table === place.table || place.name === null,
  );
  const what = place.name === null ? 'table' : 'column';
  const unit = place.name === null ? 'row' : 'value';
  const lost = holds === null ? '' : ` with ${plural(holds, unit)}`;
  return [
    ...candidates
      .filter((to) => !taken.some((rename) => rename.to === to))
      .map((to) => ({
        words: `It was renamed to ${to}: everything in it stays.`,
        take: (others: DraftAnswers) => ({
          ...others,
          renames: [...others.renames, { from: place, to }],
        }),
      })),
    {
      words: `It stays in the database, although no entity knows it.`,
      take: (others) => ({ ...others, keeps: [...others.keeps, place] }),
    },
    {
      words: `The ${what} goes${lost}. That can’t be undone.`,
      take: (others) => ({ ...others, drops: [...others.drops, place] }),
    },
  ];
}

/** The next of the bases to compare with. */
export function otherBase(base: DraftBase): DraftBase {
  const bases: readonly DraftBase[] = ['target', 'throwaway', 'snapshot'];
  return bases[(bases.indexOf(base) + 1) % bases.length] ?? 'target';
}

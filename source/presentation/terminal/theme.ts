/** Colours and symbols. Only the 16 colours that every terminal lets its user choose. */

import type { TextProps } from 'ink';
import type { Revision, RevisionEvidence } from '../../contract/revision.ts';
import type { Verdict } from '../../contract/verdict.ts';

/** What a piece of text is, not how it looks. */
export type Style =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'title'
  | 'accent'
  | 'good'
  | 'warn'
  | 'bad'
  | 'keyword'
  | 'string'
  | 'number'
  | 'comment';

type Look = Pick<TextProps, 'color' | 'dimColor' | 'bold' | 'italic' | 'inverse'>;

/** How each style looks. Chalk leaves the colours out where there shall be none (commands/app.ts). */
export const styles: Readonly<Record<Style, Look>> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  title: { bold: true, color: 'cyan' },
  accent: { color: 'cyan' },
  good: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red' },
  keyword: { color: 'cyan' },
  string: { color: 'green' },
  number: { color: 'magenta' },
  comment: { dimColor: true, italic: true },
};

/** Marks the selected row, with colour or without. */
export const CURSOR = '▌';

export const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

export interface Mark {
  readonly symbol: string;
  readonly style: Style;
  /** Says in words what the symbol says; empty when there is nothing unusual to say. */
  readonly word: string;
}

const marks = {
  applied: { symbol: '●', style: 'good', word: '' },
  pending: { symbol: '○', style: 'warn', word: '' },
  missing: { symbol: '!', style: 'bad', word: 'missing file' },
  halfDone: { symbol: '◐', style: 'bad', word: 'half done' },
  edited: { symbol: '≠', style: 'warn', word: 'edited since' },
  broken: { symbol: '✗', style: 'bad', word: 'broken' },
  outOfOrder: { symbol: '○', style: 'warn', word: 'out of order' },
  duplicate: { symbol: '‼', style: 'bad', word: 'duplicate name' },
  otherExtension: { symbol: '●', style: 'good', word: 'other extension' },
  irreversible: { symbol: '●', style: 'good', word: 'irreversible' },
  noDowngrade: { symbol: '●', style: 'good', word: 'no down()' },
  draft: { symbol: '○', style: 'accent', word: 'draft' },
  uncommitted: { symbol: '●', style: 'good', word: 'not in git' },
} as const satisfies Record<string, Mark>;

/** The symbol of a revision's state, and its most urgent flag in words. */
export function markOf(revision: Revision): Mark {
  const flags = new Set(revision.flags);
  if (revision.state === 'missing') return marks.missing;
  if (flags.has('broken')) return marks.broken;
  if (flags.has('duplicate-name')) return marks.duplicate;
  if (flags.has('half-done')) return marks.halfDone;
  const plain = revision.state === 'applied' ? marks.applied : marks.pending;
  if (flags.has('edited')) return marks.edited;
  if (flags.has('out-of-order')) return marks.outOfOrder;
  if (flags.has('other-extension')) return { ...plain, word: marks.otherExtension.word };
  if (flags.has('irreversible')) return { ...plain, word: marks.irreversible.word };
  if (flags.has('no-downgrade')) return { ...plain, word: marks.noDowngrade.word };
  if (flags.has('draft')) return marks.draft;
  if (flags.has('uncommitted')) return marks.uncommitted;
  return plain;
}

/** What came of a rehearsal. */
export const verdicts = {
  clean: { symbol: '✓', style: 'good', word: 'Clean' },
  hazards: { symbol: '⚠', style: 'warn', word: 'Hazards' },
  failed: { symbol: '✗', style: 'bad', word: 'Failed' },
} as const satisfies Readonly<Record<Verdict, Mark>>;

const evidenceWords = {
  clean: 'rehearsed',
  hazards: 'hazards',
  failed: 'failed',
} as const satisfies Readonly<Record<Verdict, string>>;

/** What the last rehearsal of a revision is worth now: `✓ rehearsed`, `⚠ hazards`, `✓ stale`. */
export function evidenceMark({ verdict, stale }: RevisionEvidence): Mark {
  const { symbol, style } = verdicts[verdict];
  if (stale.length > 0) return { symbol, style: 'dim', word: 'stale' };
  return { symbol, style, word: evidenceWords[verdict] };
}

/** Words that a filter finds a revision by, beside its name. */
export function stateWords(revision: Revision): string {
  const words = [revision.state, ...revision.flags.map((flag) => flag.replace(/-/g, ' '))];
  const { rehearsal } = revision;
  if (rehearsal) {
    words.push('rehearsed');
    if (rehearsal.verdict !== 'clean') words.push(rehearsal.verdict);
    if (rehearsal.stale.length > 0) words.push('stale');
  }
  return words.join(' ');
}

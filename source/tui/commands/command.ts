/** What a command is; the commands themselves are in the files beside this one. */

import type { Facts } from '../facts.ts';

/** Where a key means something. The one on top gets it first. */
export type Context =
  /** Under every other one that is not for typing. */
  | 'everywhere'
  | 'revisions'
  /** The steps of one revision, from changed entities to a commit. */
  | 'checklist'
  /** What the draft would be, while the entities are edited. */
  | 'watch'
  | 'log'
  /** What the doctor found. */
  | 'doctor'
  /** The schemas that the revisions are applied to. */
  | 'schemas'
  /** A rehearsal that is going on, or a report. */
  | 'rehearsal'
  /** A text to read: help, a statement. */
  | 'document'
  /** The plan of a run, to be confirmed. */
  | 'plan'
  /** A draft, and what it asks. */
  | 'draft'
  /** The ways on with a revision that is half done. */
  | 'resolve'
  /** The change of a file, to be confirmed. */
  | 'repair'
  /** The backups that were taken. */
  | 'backups'
  | 'question'
  | 'palette'
  /** A line to type into. */
  | 'text'
  /** The terminal is too small to show anything. */
  | 'tiny';

export type Category =
  | 'Run'
  | 'Draft'
  | 'Rehearse'
  | 'Edit'
  | 'Look'
  | 'Log'
  | 'Move'
  | 'Answer'
  | 'General';

export interface Command {
  /** As `keyName` of keys.tsx calls them; the first one is shown. */
  readonly keys: readonly string[];
  /** One or two words, for the key bar. */
  readonly label: string;
  /** One sentence, for help and palette. */
  readonly description: string;
  readonly category: Category;
  readonly contexts: readonly Context[];
  /** Shown in the key bar; the higher, the longer it stays when there is little room. */
  readonly bar?: number;
  /** Why it can't be done now, one sentence; null when it can. */
  readonly disabled?: (facts: Facts) => string | null;
}

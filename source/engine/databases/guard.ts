import type { RawQuery } from './raw-query.ts';

/** Keeps runs from changing rows that no statement names. */
export interface Guard {
  /** Whether a statement is to be looked at before it is sent, as a glance at its text tells. */
  looksHarmful(sql: string): boolean;
  /**
   * Begins to suspect statements, which it is told in their order: what one may do by the way, in
   * one sentence; null if nothing. Cheap, and rather once too often: whether it does is measured.
   */
  suspecting(query: RawQuery): (sql: string) => Promise<string | null>;
  /** Sent before and after a run that is guarded, outside of its transaction. */
  readonly suspend: readonly string[];
  readonly resume: readonly string[];
  /** Makes the triggers that there are change nothing, under their names. */
  silence?(query: RawQuery): Promise<void>;
  /**
   * What is sent, while references are not followed, in place of a statement that failed only
   * because rows are there that these would have taken along; null if that is not why.
   */
  instead?(sql: string, error: unknown): string | null;
  /** How many references are broken now; asked before and after what ran without the checks. */
  violations(query: RawQuery): Promise<number>;
}

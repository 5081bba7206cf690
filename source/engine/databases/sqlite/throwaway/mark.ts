import type { Mark } from '../../throwaway.ts';
import type { Violation } from '../analysis/violations.ts';
import type { Schema } from '../catalogue/schema.ts';

export interface SqliteMark extends Mark {
  readonly path: string;
  readonly schema: Schema;
  /** By table. */
  readonly counts: ReadonlyMap<string, number>;
  readonly sequences: ReadonlyMap<string, number>;
  /** References to rows that did not exist then; found out only when somebody asks. */
  violations(): readonly Violation[];
}

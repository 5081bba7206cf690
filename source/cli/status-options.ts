import type { CommonOptions, SchemaOptions } from './context.ts';

export interface StatusOptions extends CommonOptions, SchemaOptions {
  /** Exit 1 unless every revision is applied. */
  readonly exitCode?: boolean;
}

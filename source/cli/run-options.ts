/** How a run is asked for. */

import type { Direction } from '../contract/direction.ts';
import type { Goal, Plan } from '../contract/plan.ts';
import { guardedPlan } from '../contract/plan-difference.ts';
import type { ConsentOptions } from './confirm.ts';
import type { CommonOptions, SchemaOptions } from './context.ts';

export interface RunCommandOptions extends CommonOptions, SchemaOptions, ConsentOptions {
  readonly to?: string;
  readonly only?: string;
  readonly steps?: number;
  readonly yes?: boolean;
  /** Show the plan and stop. */
  readonly dryRun?: boolean;
  /** Show every statement as it ends. */
  readonly sql?: boolean;
  /** Run what would delete rows by the way, without deleting them. */
  readonly guarded?: boolean;
  /** Whether a backup is taken before; else the settings say. */
  readonly backup?: boolean;
  /** Go on with the next schema when one failed. */
  readonly keepGoing?: boolean;
}

/** The plan as the options want it. */
export function withOptions(
  plan: Plan,
  { guarded, backup = plan.backup }: Pick<RunCommandOptions, 'guarded' | 'backup'>,
): Plan {
  const wanted = { ...plan, backup: backup && plan.target.exists };
  return guarded ? guardedPlan(wanted) : wanted;
}

/** Null where the options contradict each other. */
export function goalOf(
  direction: Direction,
  { to, only, steps }: Pick<RunCommandOptions, 'to' | 'only' | 'steps'>,
): Goal | null {
  if ([to, only, steps].filter((value) => value !== undefined).length > 1) return null;
  if (only !== undefined) return { kind: 'only', revision: only };
  if (steps !== undefined) return { kind: 'steps', steps };
  // "0" is how `mikro-orm migration:down --to 0` names the state before the first revision.
  if (to === '0' && direction === 'down') return { kind: 'base' };
  if (to !== undefined) return { kind: 'to', revision: to };
  return direction === 'up' ? { kind: 'head' } : { kind: 'steps', steps: 1 };
}

/** A rehearsal, as it is told. */

import type { RehearsalStep } from '../contract/rehearsal.ts';
import { baseWords, stepWords } from '../presentation/words.ts';
import type { Session } from '../session/session.ts';
import { escapeControl } from '../text/escape.ts';
import { duration } from '../text/format.ts';
import type { CommonOptions, Output, SchemaOptions } from './context.ts';

/** Tells the steps of rehearsals while they go on. */
export function tellRehearsal(session: Session, output: Output): void {
  let told: string | null = null;
  session.subscribe((event) => {
    if (event.type === 'rehearsal-step' || event.type === 'repair-step') {
      const { revision, base } = event.step;
      const heading = `${revision ?? 'throwaway'}, ${baseWords(base)}`;
      if (heading !== told) output.note(escapeControl(heading));
      told = heading;
      tellStep(event.step, output);
    }
    if (event.type === 'test-output') output.note(`  | ${escapeControl(event.line)}`);
  });
}

function tellStep({ base, step, state, ms, note }: RehearsalStep, output: Output): void {
  if (state === 'running') return;
  const symbol = { done: '✓', failed: '✗', skipped: '–' }[state];
  const took = ms === null ? '' : duration(ms);
  output.note(
    escapeControl(`  ${symbol} ${stepWords(step, base).padEnd(27)} ${took.padStart(8)}  ${note}`),
  );
}

export interface RehearseOptions extends CommonOptions, SchemaOptions {
  readonly allPending?: boolean;
  readonly fromScratch?: boolean;
  readonly alsoEmpty?: boolean;
  /** Write the repairs that are offered, as far as they are proven and choose nothing. */
  readonly repair?: boolean;
  /** Repairs that are somebody's to decide, by their ids. */
  readonly choose: readonly string[];
  /** `table.column=expression`, for repairs that ask for a value. */
  readonly answer: readonly string[];
  /** A file to write the report to. */
  readonly markdown?: string;
  /** Show a report of the journal instead. */
  readonly report?: number;
  /** Go on with the next schema when a rehearsal was not clean. */
  readonly keepGoing?: boolean;
  /** Rehearse the plan that `down` carries out with the same goal. */
  readonly down?: boolean;
  readonly to?: string;
  readonly only?: string;
  readonly steps?: number;
}

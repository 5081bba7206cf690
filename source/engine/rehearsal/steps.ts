/** The steps of a rehearsal: timed, told as they happen, and kept for the report. */

import type { RehearsalBase, RehearsalStep, RehearsalStepName } from '../../contract/rehearsal.ts';
import { plural } from '../../text/format.ts';
import { messageOf } from '../../util/error-message.ts';
import type { FindingFacts } from '../databases/finding.ts';
import type { Events } from '../events.ts';

/** What a step gives back, and the sentence that is shown of it. */
interface Outcome<T> {
  readonly value: T;
  readonly note: string;
  readonly failed?: boolean;
}

/** A progress that changes by less is not told. */
const LEAST_PROGRESS = 0.01;

/** What a step that looked for findings says of all that it found, the first of the worst by name. */
export function summaryOf(found: readonly FindingFacts[]): string {
  const hazards = found.filter(({ severity }) => severity === 'hazard');
  const [worst] = [...hazards, ...found];
  if (!worst) return 'Everything is there.';
  const notices = found.length - hazards.length;
  const counts = [
    ...(hazards.length > 0 ? [plural(hazards.length, 'hazard')] : []),
    ...(notices > 0 ? [plural(notices, 'notice')] : []),
  ];
  return `${counts.join(', ')}: ${worst.what}`;
}

export class Steps {
  readonly #events: Events;
  readonly #base: RehearsalBase;
  readonly #revision: string | null;
  readonly #done: RehearsalStep[];

  /** @param before steps that belong to the report as well */
  constructor(
    events: Events,
    base: RehearsalBase,
    revision: string | null,
    before: readonly RehearsalStep[] = [],
  ) {
    this.#events = events;
    this.#base = base;
    this.#revision = revision;
    this.#done = [...before];
  }

  get done(): readonly RehearsalStep[] {
    return this.#done;
  }

  async step<T>(
    step: RehearsalStepName,
    work: (progress: (fraction: number) => void) => Promise<Outcome<T>>,
  ): Promise<T> {
    const began = performance.now();
    let told = 0;
    this.#tell(step, { state: 'running' });
    try {
      const { value, note, failed } = await work((fraction) => {
        if (fraction - told < LEAST_PROGRESS) return;
        told = fraction;
        this.#tell(step, { state: 'running', progress: fraction });
      });
      const ms = performance.now() - began;
      this.#end(step, { state: failed ? 'failed' : 'done', ms, note });
      return value;
    } catch (error) {
      const ms = performance.now() - began;
      this.#end(step, { state: 'failed', ms, note: messageOf(error) });
      throw error;
    }
  }

  skip(step: RehearsalStepName, why: string): void {
    this.#end(step, { state: 'skipped', note: why });
  }

  #end(step: RehearsalStepName, facts: Partial<RehearsalStep>): void {
    this.#done.push(this.#tell(step, facts));
  }

  #tell(step: RehearsalStepName, facts: Partial<RehearsalStep>): RehearsalStep {
    const told: RehearsalStep = {
      base: this.#base,
      revision: this.#revision,
      step,
      state: 'running',
      progress: null,
      ms: null,
      note: '',
      ...facts,
    };
    void this.#events.rehearsalStep(told);
    return told;
  }
}

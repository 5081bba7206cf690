/** What is killed, and when: chosen by a seed, so that a trial can be made again. */

import fc from 'fast-check';

export type Victim = 'engine' | 'supervisor' | 'both' | 'sessions';

export interface Fault {
  readonly operation: 'up' | 'down' | 'rehearse';
  readonly allOrNothing: boolean;
  readonly victim: Victim;
  /**
   * When it strikes: after so many statements that the run wrote down, or at a part of the time that
   * the command takes when nothing strikes.
   */
  readonly moment: { readonly statements: number } | { readonly part: number };
}

/** @param sessions whether the database has sessions that can be ended */
export function faults(count: number, seed: number, sessions: boolean): readonly Fault[] {
  const victims: readonly Victim[] = ['engine', 'supervisor', 'both'];
  const fault: fc.Arbitrary<Fault> = fc.record({
    // Rehearsals write nothing down beside the journal.
    operation: fc.constantFrom('up', 'up', 'down', 'down', 'rehearse'),
    allOrNothing: fc.boolean(),
    victim: fc.constantFrom(...victims, ...(sessions ? (['sessions'] as const) : [])),
    moment: fc.oneof(
      fc.record({ statements: fc.integer({ min: 1, max: 24 }) }),
      fc.record({ part: fc.double({ min: 0.1, max: 1, noNaN: true }) }),
    ),
  });
  return fc.sample(fc.noBias(fault), { seed, numRuns: count });
}

export function faultWords({ operation, allOrNothing, victim, moment }: Fault): string {
  const when =
    'part' in moment
      ? `after ${Math.round(moment.part * 100)}% of the time`
      : `at statement ${moment.statements}`;
  return `${operation}, ${allOrNothing ? 'all or nothing' : 'one by one'}: ${victim} ${when}`;
}

/** What is struck, whom, and when: chosen by a seed, so that a trial can be made again. */

import fc from 'fast-check';

export const OPERATIONS = [
  'up',
  'down',
  'loose up',
  'loose down',
  'continue',
  'undo',
  'restore',
  'rehearse',
  'repair',
  'draft',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Those of a server: it is stopped without mercy and started again, or its sessions are ended. */
export type Victim = 'engine' | 'supervisor' | 'both' | 'server' | 'sessions';

export interface Fault {
  readonly operation: Operation;
  /** How transactions are made, where there are any; and which way, where the other is `down`. */
  readonly variant: boolean;
  readonly victim: Victim;
  /** When it is struck; where that can be, once more each time that it is begun again. */
  readonly times: readonly Time[];
  /** Whether what is half done afterwards is continued or undone. */
  readonly undone: boolean;
}

/** Of all kinds of moments that the operation has, and of those of that kind: parts of 1. */
interface Time {
  readonly kind: number;
  readonly which: number;
}

/** When the striker strikes: at the nth moment with that key. */
export interface Strike {
  readonly key: string;
  readonly nth: number;
  readonly victim: Victim;
}

const TIMES = 3;

/** @param server whether there is one */
export function faults(count: number, seed: number, server: boolean): readonly Fault[] {
  const victims: readonly Victim[] = ['engine', 'supervisor', 'both'];
  const part = fc.integer({ min: 0, max: 999_999 }).map((millionths) => millionths / 1_000_000);
  const fault: fc.Arbitrary<Fault> = fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    variant: fc.boolean(),
    victim: fc.constantFrom(...victims, ...(server ? (['server', 'sessions'] as const) : [])),
    times: fc.array(fc.record({ kind: part, which: part }), {
      minLength: TIMES,
      maxLength: TIMES,
    }),
    undone: fc.boolean(),
  });
  return fc.sample(fc.noBias(fault), { seed, numRuns: count });
}

/** @param moments all that the operation has, in the order in which they came */
export function strikeOf(
  { operation, victim }: Fault,
  { kind, which }: Time,
  moments: readonly string[],
): Strike {
  // What is written or changed is chosen first: the journal has most moments, and no more weight.
  const subjects = Map.groupBy(
    new Set(moments),
    (moment) => / (?:of|opening|writing) (.*)/.exec(moment)?.[1],
  );
  const at = kind * subjects.size;
  const kinds = [...subjects.values()].toSorted()[Math.floor(at)] ?? [];
  const key = kinds.toSorted()[Math.floor((at % 1) * kinds.length)];
  if (key === undefined) throw new Error(`${operation} has no moment.`);
  const times = moments.filter((moment) => moment === key).length;
  return { key, nth: 1 + Math.floor(which * times), victim };
}

export function faultWords({ operation, variant, victim }: Fault): string {
  return `${operation}${variant ? '' : ', the other way'}: ${victim}`;
}

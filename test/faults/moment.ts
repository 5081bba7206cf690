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
  /** Of all kinds of moments that the operation has, and of those of that kind: parts of 1. */
  readonly kind: number;
  readonly which: number;
  /** Whether what is half done afterwards is continued or undone. */
  readonly undone: boolean;
}

/** When the striker strikes: at the nth moment with that key. */
export interface Strike {
  readonly key: string;
  readonly nth: number;
  readonly victim: Victim;
}

const OFTEN: readonly Operation[] = ['up', 'down', 'loose up', 'loose down'];

/** What a repair writes is the same on both; the one that is made here is of SQLite's. */
const ON_SERVER = OPERATIONS.filter((operation) => operation !== 'repair');

/** @param server whether there is one */
export function faults(count: number, seed: number, server: boolean): readonly Fault[] {
  const victims: readonly Victim[] = ['engine', 'supervisor', 'both'];
  const part = fc.integer({ min: 0, max: 999_999 }).map((millionths) => millionths / 1_000_000);
  const fault: fc.Arbitrary<Fault> = fc.record({
    operation: fc.constantFrom(...OFTEN, ...OFTEN, ...(server ? ON_SERVER : OPERATIONS)),
    variant: fc.boolean(),
    victim: fc.constantFrom(...victims, ...(server ? (['server', 'sessions'] as const) : [])),
    kind: part,
    which: part,
    undone: fc.boolean(),
  });
  return fc.sample(fc.noBias(fault), { seed, numRuns: count });
}

/** @param moments all that the operation has, in the order in which they came */
export function strikeOf(fault: Fault, moments: readonly string[]): Strike {
  // What is written or changed is chosen first: the journal has most moments, and no more weight.
  const subjects = Map.groupBy(
    new Set(moments),
    (moment) => / (?:of|opening|writing) (.*)/.exec(moment)?.[1],
  );
  const at = fault.kind * subjects.size;
  const kinds = [...subjects.values()].toSorted()[Math.floor(at)] ?? [];
  const key = kinds.toSorted()[Math.floor((at % 1) * kinds.length)];
  if (key === undefined) throw new Error(`${fault.operation} has no moment.`);
  const times = moments.filter((moment) => moment === key).length;
  return { key, nth: 1 + Math.floor(fault.which * times), victim: fault.victim };
}

export function faultWords({ operation, variant, victim }: Fault): string {
  return `${operation}${variant ? '' : ', the other way'}: ${victim}`;
}

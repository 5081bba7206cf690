/** What is struck, whom, and when: chosen by a seed, so that a walk can be made again. */

import fc from 'fast-check';

/** What a walk goes over. One kind that is there twice is walked twice as often. */
const KINDS = ['ledger', 'ledger', 'loose', 'loose', 'repair', 'draft'] as const;
type Kind = (typeof KINDS)[number];

/** A command, by what it is for. */
export type Operation =
  | 'up'
  | 'down'
  | 'loose up'
  | 'loose down'
  | 'continue'
  | 'undo'
  | 'mark'
  | 'restore'
  | 'rehearse'
  | 'repair'
  | 'undo a repair'
  | 'draft'
  | 'blank draft'
  | 'finish'
  | 'discard';

/** Those of a server: it is stopped without mercy and started again, or its sessions are ended. */
export type Victim = 'engine' | 'supervisor' | 'both' | 'server' | 'sessions';

/**
 * Commands that are struck one after the other, in one project: what one leaves is what the next
 * one finds, and has to put right.
 */
export interface Walk {
  readonly kind: Kind;
  /** Of a ledger, how its transactions are made; also where a walk begins. */
  readonly variant: boolean;
  readonly turns: readonly Turn[];
}

/** One of them; when what it would strike does not come, it is no strike, and costs a turn. */
export interface Turn {
  readonly victim: Victim;
  /** Parts of 1: of the commands that are possible, of the kinds of moments, of those of a kind. */
  readonly command: number;
  readonly moment: number;
  readonly which: number;
}

/** When the striker strikes: at the nth moment with that key. */
export interface Strike {
  readonly key: string;
  readonly nth: number;
  readonly victim: Victim;
}

/** @param server whether there is one */
export function walks(count: number, turns: number, seed: number, server: boolean): Walk[] {
  const victims: readonly Victim[] = ['engine', 'supervisor', 'both'];
  const part = fc.integer({ min: 0, max: 999_999 }).map((millionths) => millionths / 1_000_000);
  const turn: fc.Arbitrary<Turn> = fc.record({
    victim: fc.constantFrom(...victims, ...(server ? (['server', 'sessions'] as const) : [])),
    command: part,
    moment: part,
    which: part,
  });
  const walk: fc.Arbitrary<Walk> = fc.record({
    kind: fc.constantFrom(...KINDS),
    variant: fc.boolean(),
    turns: fc.array(turn, { minLength: turns, maxLength: turns }),
  });
  return fc.sample(fc.noBias(walk), { seed, numRuns: count });
}

/** The one of them that a part of 1 chooses; undefined if there is none. */
export function chosen<T>(all: readonly T[], part: number): T | undefined {
  return all[Math.floor(part * all.length)];
}

/** @param moments all that the command has, in the order in which they came */
export function strikeOf(
  { victim, moment, which }: Turn,
  moments: readonly string[],
): Strike | null {
  // What is written or changed is chosen first: the journal has most moments, and no more weight.
  const subjects = Map.groupBy(
    new Set(moments),
    (each) => / (?:of|opening|writing|copying to) (.*)/.exec(each)?.[1],
  );
  // What only a strike in the midst of a run leaves would be rare otherwise.
  const weighed = [...subjects].flatMap(([what, keys]) =>
    what === 'the target' ? [keys, keys, keys] : [keys],
  );
  const at = moment * weighed.length;
  const keys = weighed.toSorted()[Math.floor(at)] ?? [];
  const key = chosen(keys.toSorted(), at % 1);
  if (key === undefined) return null;
  const times = moments.filter((each) => each === key).length;
  return { key, nth: 1 + Math.floor(which * times), victim };
}

/** Tells what the server does for the statements of a run: whom they wait for, how far they are. */

import type { Blocker, StatementProgress } from '../../contract/statement.ts';
import type { PhaseProgress } from '../databases/connection.ts';
import type { OpenTarget } from '../project/project.ts';
import { unseen } from './statement-observer.ts';

/** How often the server is asked, in milliseconds. */
const POLL_MS = 400;

/** Before that much time and that share of the whole an estimate would be a guess. */
const ENOUGH_MS = 2_000;
const ENOUGH_SHARE = 0.01;

export interface Teller {
  /** Gets another list, and an empty one when nobody is waited for any more. */
  blocked(blockers: readonly Blocker[]): void;
  /** Gets null when the server does not tell any more. */
  progressed(progress: StatementProgress | null): void;
}

/** Asks on a connection of its own until it is disposed of. */
export function watchActivity(
  { connection, dialect: { activity } }: Pick<OpenTarget, 'connection' | 'dialect'>,
  tell: Teller,
): Disposable {
  const blocked = whenChanged<readonly Blocker[]>([], tell.blocked);
  const progressed = whenChanged<StatementProgress | null>(null, tell.progressed);
  const pace = new Pace();
  let asking = false;
  let over = false;
  const ask = async () => {
    if (asking || activity === null) return;
    asking = true;
    try {
      const { blockers, progress } = await unseen(() =>
        activity((sql) => connection.execute(sql, [], 'all')),
      );
      // An answer that comes late is about nothing any more.
      if (over) return;
      blocked(blockers);
      progressed(progress && { ...progress, left: pace.left(progress, performance.now()) });
    } catch {
      // The run itself will say what is wrong with the connection.
    } finally {
      asking = false;
    }
  };
  const timer = activity === null ? undefined : setInterval(() => void ask(), POLL_MS);
  return {
    [Symbol.dispose]() {
      over = true;
      clearInterval(timer);
      blocked([]);
      progressed(null);
    },
  };
}

function whenChanged<T>(initial: T, tell: (value: T) => void): (value: T) => void {
  let told = JSON.stringify(initial);
  return (value) => {
    const text = JSON.stringify(value);
    if (text === told) return;
    told = text;
    tell(value);
  };
}

/** How fast a phase goes, measured since it was first seen. */
export class Pace {
  #phase: string | null = null;
  #at = 0;
  #done = 0;

  /**
   * Milliseconds until the phase ends, roughly, in whole seconds; null while nobody can say.
   *
   * @param now milliseconds of any clock
   */
  left({ phase, done, total, unit }: PhaseProgress, now: number): number | null {
    if (phase !== this.#phase || done < this.#done) {
      this.#phase = phase;
      this.#at = now;
      this.#done = done;
    }
    const made = done - this.#done;
    const took = now - this.#at;
    // How long others take says nothing about how long the next ones will.
    if (total === null || unit === 'sessions') return null;
    if (took < ENOUGH_MS || made < total * ENOUGH_SHARE) return null;
    return Math.round((took * Math.max(0, total - done)) / made / 1_000) * 1_000;
  }
}

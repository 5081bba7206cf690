/**
 * Which statements were taken back by `rollback to savepoint`, or by a `rollback` of the revision's
 * own. What they did is not there, so it must not account for what something else did.
 */

import { isRollback } from '../project/each-connection.ts';

interface Savepoint {
  readonly name: string;
  /** How many statements were sent before it. */
  readonly at: number;
}

export class Savepoints {
  #open: readonly Savepoint[] = [];
  /** How many were sent before the transaction began; null outside of one. */
  #begun: number | null = null;

  /**
   * Tells of a statement that opened or ended a transaction or a savepoint.
   *
   * @param sent how many others were sent before
   * @returns how many of those stand
   */
  ended(sql: string, sent: number): number {
    if (BEGINS.test(sql)) this.#restart(sent);
    if (COMMITS.test(sql)) this.#restart(null);
    if (isRollback(sql)) {
      const stand = Math.min(this.#begun ?? sent, sent);
      this.#restart(null);
      return stand;
    }
    const made = nameIn(SAVEPOINT, sql);
    if (made !== null) this.#open = [...this.#open, { name: made, at: sent }];
    const released = nameIn(RELEASE, sql);
    if (released !== null) this.#open = this.#open.slice(0, Math.max(0, this.#find(released)));
    const back = nameIn(ROLLBACK_TO, sql);
    const found = back === null ? undefined : this.#open[this.#find(back)];
    if (!found) return sent;
    // It stays, and may be gone back to again.
    this.#open = this.#open.slice(0, this.#open.indexOf(found) + 1);
    return Math.min(found.at, sent);
  }

  #restart(at: number | null): void {
    this.#open = [];
    this.#begun = at;
  }

  #find(name: string): number {
    return this.#open.findLastIndex((each) => each.name === name);
  }
}

/** Goes back to where a savepoint was made. */
export function isRollbackTo(sql: string): boolean {
  return ROLLBACK_TO.test(sql);
}

const BEGINS = /^\s*(?:begin|start\s+transaction)\b/i;
const COMMITS = /^\s*commit\b/i;
const NAME = String.raw`("(?:[^"]|"")+"|[^\s;"]+)\s*;?\s*$`;
const SAVEPOINT = new RegExp(String.raw`^\s*savepoint\s+${NAME}`, 'i');
const RELEASE = new RegExp(String.raw`^\s*release\s+(?:savepoint\s+)?${NAME}`, 'i');
const ROLLBACK_TO = new RegExp(
  String.raw`^\s*rollback\s+(?:(?:work|transaction)\s+)?to\s+(?:savepoint\s+)?${NAME}`,
  'i',
);

/** SQLite takes one for another that differs in case, and nobody has both at once elsewhere. */
function nameIn(form: RegExp, sql: string): string | null {
  const name = form.exec(sql)?.[1];
  return name?.replaceAll(/^["`[]|["`\]]$/g, '').toLowerCase() ?? null;
}

/** What should be said of a revision, as the oracle finds out. */

export type Expected =
  | 'clean'
  | 'hazards'
  | 'failed'
  /** It is a matter of opinion, or can't be told: either verdict is right. */
  | 'open';

export interface Expectation {
  readonly verdict: Expected;
  /** Why, one line each. */
  readonly reasons: readonly string[];
  /** Rows of before that the upgrade lost by the way; null where that is open. */
  readonly rowsLost: number | null;
}

/** Collects reasons; the worst decides. */
export class Reasons {
  readonly #hazards: string[] = [];
  readonly #open: string[] = [];
  #failed: string | null = null;
  #isCounted = true;
  rowsLost: number | null = null;

  hazard(reason: string): void {
    this.#hazards.push(reason);
  }

  open(reason: string): void {
    this.#open.push(`open: ${reason}`);
  }

  /** What a statement does by itself can't be told, and so no row that is lost can be counted. */
  untold(sql: string): void {
    this.open(`can't be told: ${sql}`);
    this.#isCounted = false;
  }

  failed(reason: string): void {
    this.#failed = `failed: ${reason}`;
  }

  result(): Expectation {
    const rowsLost = this.#isCounted ? this.rowsLost : null;
    if (this.#failed !== null) {
      return { verdict: 'failed', reasons: [this.#failed, ...this.#hazards], rowsLost: null };
    }
    const reasons = [...this.#hazards, ...this.#open];
    if (this.#hazards.length > 0) return { verdict: 'hazards', reasons, rowsLost };
    return { verdict: this.#open.length > 0 ? 'open' : 'clean', reasons, rowsLost };
  }
}

/** Statements of one run by the page, from the journal; keeps the pages used last. */

import type { StatementRecord } from '../../contract/events.ts';
import type { Problem, Reply } from '../../contract/problem.ts';

/** Statements of a page, and how many pages are kept. */
export const PAGE = 200;
export const PAGES = 12;

type Read = (from: number, count: number) => Promise<Reply<readonly StatementRecord[]>>;

export class PageCache {
  readonly #read: Read;
  readonly #onChange: () => void;
  readonly #pages = new Map<number, readonly StatementRecord[]>();
  readonly #asked = new Set<number>();
  problem: Problem | null = null;

  /** `onChange` is called when a page has come. */
  constructor(read: Read, onChange: () => void) {
    this.#read = read;
    this.#onChange = onChange;
  }

  /** The statement with that seq, if its page is here. */
  get(seq: number): StatementRecord | undefined {
    const page = this.#pages.get(pageOf(seq));
    const place = (seq - 1) % PAGE;
    return page?.[place]?.seq === seq ? page[place] : page?.find((one) => one.seq === seq);
  }

  /** Asks for the pages of these seqs, if they are not here or not complete. */
  want(first: number, last: number): void {
    for (let page = pageOf(first); page <= pageOf(last); page++) {
      const known = this.#pages.get(page);
      if (known) {
        // Used again: the last to be dropped.
        this.#pages.delete(page);
        this.#pages.set(page, known);
      }
      const complete = known !== undefined && page * PAGE + known.length >= last;
      if (!complete && !this.#asked.has(page)) void this.#load(page);
    }
  }

  async #load(page: number): Promise<void> {
    this.#asked.add(page);
    const reply = await this.#read(page * PAGE + 1, PAGE);
    if (reply.ok) {
      this.#pages.delete(page);
      this.#pages.set(page, reply.value);
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= PAGES) break;
        this.#pages.delete(oldest);
      }
    } else {
      this.problem = reply.problem;
    }
    this.#onChange();
    this.#asked.delete(page);
  }
}

function pageOf(seq: number): number {
  return Math.floor((Math.max(1, seq) - 1) / PAGE);
}

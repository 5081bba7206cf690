/** Why the journal can't be used, in the words of a problem. */
export class JournalError extends Error {
  readonly what: string;
  readonly why: string;
  readonly next: readonly string[];

  constructor(words: { what: string; why: string; next: readonly string[]; cause?: unknown }) {
    super(words.what, { cause: words.cause });
    this.what = words.what;
    this.why = words.why;
    this.next = words.next;
  }
}

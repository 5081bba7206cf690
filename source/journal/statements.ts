/** Gathers statements in memory until a batch is worth a transaction, and reads them back. */

import type {
  Direction,
  StatementEnded,
  StatementError,
  StatementKind,
  StatementStarted,
} from '../protocol.ts';
import type { StatementRecord } from '../supervisor/events.ts';
import { redactUrls } from '../text/redact.ts';
import type { StatementRow } from './entities.ts';
import { type LiteralPolicy, withoutLiterals, withoutQuotedData } from './literals.ts';

/** A batch is written when it has this many statements, or is this old in milliseconds. */
const BATCH_SIZE = 500;
const BATCH_AGE_MS = 100;

interface End {
  ms: number;
  affected: number | null;
  rows: number;
  error: string | null;
}

interface NewStatement extends Omit<StatementRow, 'run' | keyof End> {
  run: number;
  ms: number | null;
  affected: number | null;
  rows: number | null;
  error: string | null;
}

export interface Batch {
  readonly inserts: NewStatement[];
  /** Ends whose start went with an earlier batch. */
  readonly updates: ({ readonly run: number; readonly seq: number } & End)[];
  /** Highest seq by run. */
  readonly counts: ReadonlyMap<number, number>;
}

export class StatementBuffer {
  readonly #literals: LiteralPolicy;
  readonly #write: (batch: Batch) => Promise<void>;
  #starts = new Map<string, NewStatement>();
  #ends: Batch['updates'] = [];
  #counts = new Map<number, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(literals: LiteralPolicy, write: (batch: Batch) => Promise<void>) {
    this.#literals = literals;
    this.#write = write;
  }

  started(run: number, { parameters, sql, ...statement }: StatementStarted): void {
    this.#starts.set(`${run} ${statement.seq}`, {
      ...statement,
      run,
      sql: withoutLiterals(sql, this.#literals),
      parameters: JSON.stringify(this.#literals === 'none' ? [] : parameters),
      ms: null,
      affected: null,
      rows: null,
      error: null,
    });
    this.#counts.set(run, statement.seq);
    this.#schedule();
  }

  ended(run: number, { seq, ms, affected, rows, error }: StatementEnded): void {
    const end: End = { ms, affected, rows, error: error && this.#describe(error) };
    const start = this.#starts.get(`${run} ${seq}`);
    if (start) Object.assign(start, end);
    else this.#ends.push({ run, seq, ...end });
    this.#schedule();
  }

  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#starts.size === 0 && this.#ends.length === 0) return;
    const batch = {
      inserts: [...this.#starts.values()],
      updates: this.#ends,
      counts: this.#counts,
    };
    this.#starts = new Map();
    this.#ends = [];
    this.#counts = new Map();
    await this.#write(batch);
  }

  #schedule(): void {
    if (this.#starts.size + this.#ends.length >= BATCH_SIZE) {
      void this.flush().catch(() => {});
      return;
    }
    if (this.#timer) return;
    this.#timer = setTimeout(() => void this.flush().catch(() => {}), BATCH_AGE_MS);
    this.#timer.unref();
  }

  #describe(error: StatementError): string {
    const clean = (text: string | null) =>
      text && withoutQuotedData(redactUrls(text), this.#literals);
    return JSON.stringify({
      ...error,
      message: clean(error.message),
      detail: clean(error.detail),
      hint: clean(error.hint),
    });
  }
}

export function recordOf(row: StatementRow): StatementRecord {
  return {
    seq: row.seq,
    at: row.at,
    kind: row.kind as StatementKind,
    sql: row.sql,
    length: row.length,
    parameters: JSON.parse(row.parameters),
    revision: row.revision ?? null,
    direction: (row.direction ?? null) as Direction | null,
    end:
      row.ms == null
        ? null
        : {
            seq: row.seq,
            ms: row.ms,
            affected: row.affected ?? null,
            rows: row.rows ?? 0,
            error: row.error == null ? null : (JSON.parse(row.error) as StatementError),
          },
  };
}

/**
 * Gathers statements, and what the server said of them, in memory until a batch is worth a
 * transaction, and reads statements back.
 */

import { CompiledQuery } from 'kysely';
import type { Direction } from '../contract/direction.ts';
import type { StatementRecord } from '../contract/events.ts';
import type {
  LiteralPolicy,
  ServerNotice,
  StatementEnded,
  StatementError,
  StatementKind,
  StatementStarted,
} from '../contract/statement.ts';
import { cutParameter, withoutLiterals } from '../text/literals.ts';
import { withoutData, withoutDataOf } from '../text/messages.ts';
import type { StatementRow } from './entities.ts';

/** A batch is written when it has this many statements, or is this old in milliseconds. */
const BATCH_SIZE = 500;
const BATCH_AGE_MS = 100;

interface End {
  ms: number;
  affected: number | null;
  rows: number;
  error: string | null;
}

interface NewStatement extends Omit<StatementStarted, 'parameters'> {
  readonly run: number;
  /** JSON array of text. */
  readonly parameters: string;
  ms: number | null;
  affected: number | null;
  rows: number | null;
  error: string | null;
}

interface NewNotice extends ServerNotice {
  readonly run: number;
  readonly position: number;
}

/** The column that each property is kept in. */
const COLUMNS: Readonly<Record<keyof NewStatement, string>> = {
  run: 'run_id',
  seq: 'seq',
  at: 'at',
  kind: 'kind',
  sql: 'sql',
  length: 'length',
  parameters: 'parameters',
  revision: 'revision',
  direction: 'direction',
  ms: 'ms',
  affected: 'affected',
  rows: 'rows',
  error: 'error',
};
const PROPERTIES = Object.keys(COLUMNS) as (keyof NewStatement)[];

/**
 * Inserts statements, all of them as one JSON value. MikroORM's insertMany writes the values into the
 * text, twice, and a text with a parameter for each value has to be prepared anew: SQLite's driver
 * keeps each of those, half a megabyte, until V8 collects garbage, of which it knows nothing.
 */
export function insertOf(statements: readonly NewStatement[]): CompiledQuery {
  const rows = statements.map((statement) =>
    PROPERTIES.map((property) => statement[property] ?? null),
  );
  return CompiledQuery.raw(INSERT, [JSON.stringify(rows)]);
}

const INSERT = `insert into \`statement\` (${PROPERTIES.map((property) => `\`${COLUMNS[property]}\``).join(', ')})
  select ${PROPERTIES.map((_, index) => `value ->> ${index}`).join(', ')} from json_each(?)`;

export interface Batch {
  readonly inserts: NewStatement[];
  /** Ends whose start went with an earlier batch. */
  readonly updates: ({ readonly run: number; readonly seq: number } & End)[];
  /** Highest seq by run. */
  readonly counts: ReadonlyMap<number, number>;
  readonly notices: readonly NewNotice[];
  /** By run, how many are not kept. */
  readonly omitted: ReadonlyMap<number, number>;
}

export class StatementBuffer {
  readonly #literals: LiteralPolicy;
  readonly #write: (batch: Batch) => Promise<void>;
  #starts = new Map<string, NewStatement>();
  #ends: Batch['updates'] = [];
  #counts = new Map<number, number>();
  #notices: NewNotice[] = [];
  #omitted = new Map<number, number>();
  /** Notices of each run so far. */
  readonly #positions = new Map<number, number>();
  #timer: NodeJS.Timeout | null = null;
  #failure: { readonly error: unknown } | null = null;
  /** SQL as it was sent, of statements that run and are not kept as they are. */
  readonly #originals = new Map<string, string>();

  constructor(literals: LiteralPolicy, write: (batch: Batch) => Promise<void>) {
    this.#literals = literals;
    this.#write = write;
  }

  started(run: number, { parameters, sql, ...statement }: StatementStarted): void {
    const key = keyOf(run, statement.seq);
    const kept = withoutLiterals(sql, this.#literals);
    if (kept !== sql) this.#originals.set(key, sql);
    this.#starts.set(key, {
      ...statement,
      run,
      sql: kept,
      parameters: JSON.stringify(this.#literals === 'none' ? [] : parameters.map(cutParameter)),
      ms: null,
      affected: null,
      rows: null,
      error: null,
    });
    this.#counts.set(run, Math.max(statement.seq, this.#counts.get(run) ?? 0));
    this.#schedule();
  }

  ended(run: number, { seq, ms, affected, rows, error }: StatementEnded): void {
    const key = keyOf(run, seq);
    const original = this.#originals.get(key);
    this.#originals.delete(key);
    const end: End = { ms, affected, rows, error: error && this.#describe(error, original) };
    const start = this.#starts.get(key);
    if (start) Object.assign(start, end);
    else this.#ends.push({ run, seq, ...end });
    this.#schedule();
  }

  noticed(run: number, notice: ServerNotice): void {
    const position = (this.#positions.get(run) ?? 0) + 1;
    this.#positions.set(run, position);
    const where = notice.where && withoutData(notice.where, this.#literals);
    // Functions and blocks of code say what they like.
    const said = { ...notice, ...(notice.where !== null && { raised: true as const }) };
    const { message, detail, hint } = withoutDataOf(said, this.#literals);
    this.#notices.push({ ...notice, message, detail, hint, where, run, position });
    this.#schedule();
  }

  omitted(run: number, omitted: number): void {
    this.#omitted.set(run, omitted);
    this.#schedule();
  }

  /**
   * Resolves when everything told so far was written, or could not be. A batch that fails is
   * given up, so that a full disk does not fill the memory too; see {@link takeFailure}.
   */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#size === 0) return;
    const batch = {
      inserts: [...this.#starts.values()],
      updates: this.#ends,
      counts: this.#counts,
      notices: this.#notices,
      omitted: this.#omitted,
    };
    this.#starts = new Map();
    this.#ends = [];
    this.#counts = new Map();
    this.#notices = [];
    this.#omitted = new Map();
    try {
      await this.#write(batch);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** Why the first batch that was given up could not be written; told once. */
  takeFailure(): { readonly error: unknown } | null {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  get #size(): number {
    return this.#starts.size + this.#ends.length + this.#notices.length + this.#omitted.size;
  }

  #schedule(): void {
    if (this.#size >= BATCH_SIZE) {
      void this.flush();
      return;
    }
    if (this.#timer) return;
    this.#timer = setTimeout(() => void this.flush(), BATCH_AGE_MS);
    this.#timer.unref();
  }

  #describe(error: StatementError, original: string | undefined): string {
    return JSON.stringify({
      ...withoutDataOf(error, this.#literals, original),
      position: this.#moved(error.position, original),
    });
  }

  /** The position in the SQL as it is kept, where literals before it are shorter. */
  #moved(position: number | null, original: string | undefined): number | null {
    if (position === null || original === undefined) return position;
    return withoutLiterals(original.slice(0, position - 1), this.#literals).length + 1;
  }
}

function keyOf(run: number, seq: number): string {
  return `${run} ${seq}`;
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

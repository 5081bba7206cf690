/**
 * A file beside the journal that tells which statement of a run is running, whatever ends it.
 *
 * The journal hears of statements over a channel, later than they happen, and a driver that blocks
 * its process, as that of SQLite does, holds back what is on the way. So the process that sends
 * them writes each down before it is sent and after it ended, at once; a killed process has told all
 * that it did. The journal takes over from it what it lacks. Nothing waits for the disk: a power cut
 * takes the database's last moments along as well.
 */

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { StatementEnded, StatementStarted, TracePlace } from '../../contract/statement.ts';
import { type LiteralPolicy, TRACED_SQL } from '../../contract/statement.ts';
import { withoutLiterals } from '../../text/literals.ts';
import { withoutDataOf } from '../../text/messages.ts';

/** The end of one that took no longer may wait until the next one begins, or for so long. */
const QUICK_MS = 5;
const IDLE_MS = 20;

const STARTED = '+';
const ENDED = '-';

export class TraceWriter {
  readonly #literals: LiteralPolicy;
  #file: number | null = null;
  /** Of a quick statement, written with the start of the next one. */
  #pending = '';
  #timer: NodeJS.Timeout | null = null;

  constructor({ path, literals }: TracePlace) {
    this.#literals = literals;
    this.#attempt(() => {
      this.#file = openSync(path, 'a', 0o600);
    });
  }

  started(statement: StatementStarted): void {
    const sql = withoutLiterals(statement.sql.slice(0, TRACED_SQL), this.#literals);
    this.#write(lineOf(statement.seq, STARTED, { ...statement, sql, parameters: [] }));
  }

  ended(statement: StatementEnded, sql = ''): void {
    const { error, ms, seq } = statement;
    const line = lineOf(seq, ENDED, {
      ...statement,
      error: error && withoutDataOf(error, this.#literals, sql),
    });
    if (error || ms > QUICK_MS) {
      this.#write(line);
      return;
    }
    this.#pending += line;
    this.#timer ??= setTimeout(() => this.#write(''), IDLE_MS).unref();
  }

  /** Begins anew: the journal has what was told. */
  restart(): void {
    const file = this.#file;
    if (file !== null) this.#attempt(() => ftruncateSync(file));
  }

  close(): void {
    this.#write('');
    const file = this.#file;
    this.#file = null;
    if (file !== null) this.#attempt(() => closeSync(file));
  }

  #write(line: string): void {
    const text = this.#pending + line;
    this.#pending = '';
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const file = this.#file;
    if (file === null || text === '') return;
    this.#attempt(() => writeSync(file, text));
  }

  /** A run must not fail for its record: after an error nothing more is written. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch {
      this.#file = null;
    }
  }
}

function lineOf(seq: number, what: string, statement: StatementStarted | StatementEnded): string {
  return `${seq}${what}${JSON.stringify(statement)}\n`;
}

export interface Trace {
  readonly started: readonly StatementStarted[];
  readonly ended: readonly StatementEnded[];
}

/**
 * What a run told, as far as it is not known yet. A line that was cut off is left out.
 *
 * @param after the last statement whose start is known
 * @param open those of them whose end is not known
 */
export function readTrace(path: string, after: number, open: ReadonlySet<number>): Trace {
  const started: StatementStarted[] = [];
  const ended: StatementEnded[] = [];
  for (const line of linesOf(path)) {
    const [, seq, what, json = ''] = /^(\d+)([+-])(.*)$/.exec(line) ?? [];
    if (seq === undefined || (Number(seq) <= after && !open.has(Number(seq)))) continue;
    if (what === ENDED) ended.push(JSON.parse(json) as StatementEnded);
    else if (Number(seq) > after) started.push(JSON.parse(json) as StatementStarted);
  }
  return { started, ended };
}

function linesOf(path: string): readonly string[] {
  try {
    const text = readFileSync(path, 'utf8');
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  } catch {
    return [];
  }
}

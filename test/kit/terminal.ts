/**
 * A program in a real pseudo-terminal, for journeys that read like prose:
 *
 *     await using app = openTerminal({ command: 'handrail', cwd: project.root });
 *     await app.waitFor('2 pending');
 *     await app.press('u', 'enter');
 *     await app.waitFor('up to date', { why: 'both revisions were confirmed' });
 *
 * Nothing is judged before xterm has parsed it, nor in the middle of a frame that the program
 * announced as one (synchronised output).
 */

import { setTimeout as delay } from 'node:timers/promises';
import pty, { type IPty } from '@lydell/node-pty';
import { type Environment, environmentFor, temporaryFolder } from './environment.ts';
import { bytesOfKey } from './keys.ts';
import { Screen } from './screen.ts';
import {
  defaultTimeout,
  type Expectation,
  framed,
  isMet,
  nameOf,
  type WaitOptions,
  Watchers,
} from './waiting.ts';

export interface TerminalOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** On top of the clean environment; undefined removes a variable. */
  readonly env?: Environment;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Exit {
  readonly status: number;
  /** The number of the signal that ended it, or null. */
  readonly signal: number | null;
}

/** Bytes of output that are kept: enough for any journey, little enough for a runaway program. */
const rawLimit = 1024 * 1024;

/** Nobody types faster; without it the program would read several keys as one piece of text. */
const betweenKeys = 8;

/** After Escape a program waits to see whether it was the start of a longer sequence. */
const afterEscape = 80;
/** Milliseconds that a program may take to answer Esc before the next key is pressed anyway. */
const patienceForAnswer = 1_000;

export class Terminal extends Screen {
  /** `performance.now()` when the program was started. */
  readonly startedAt = performance.now();
  readonly #pty: IPty;
  readonly #home = temporaryFolder('home');
  readonly #watchers = new Watchers();
  readonly #raw: Uint8Array[] = [];
  #rawSize = 0;
  #unparsed = 0;
  #firstOutputAt: number | null = null;
  #exit: Exit | null = null;

  constructor(options: TerminalOptions) {
    const { columns = 120, rows = 36 } = options;
    super(columns, rows);
    this.#pty = pty.spawn(options.command, [...(options.args ?? [])], {
      name: 'xterm-256color',
      cols: columns,
      rows,
      cwd: options.cwd ?? this.#home.path,
      env: environmentFor(this.#home.path, options.env),
      // Bytes, not text: a character may be split over two reads, and xterm puts it together.
      encoding: null,
    });
    this.#pty.onData((data) => this.#receive(data as unknown as Uint8Array));
    // Comes when the last byte has been read: node-pty waits for its end of the terminal to close.
    this.#pty.onExit(({ exitCode, signal }) => {
      this.#exit = {
        status: exitCode,
        signal: signal === undefined || signal === 0 ? null : signal,
      };
      this.#watchers.notify();
    });
    // Answers to what programs ask of a terminal, such as where the cursor is.
    this.xterm.onData((answer) => this.#send(answer));
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Whether the program has ended and all it wrote is on the screen. */
  get ended(): boolean {
    return this.#exit !== null && this.#unparsed === 0;
  }

  /** `performance.now()` when the program first wrote anything, or null. */
  get firstOutputAt(): number | null {
    return this.#firstOutputAt;
  }

  /** What the program wrote, escape sequences and all: the last mebibyte. */
  raw(): string {
    return Buffer.concat(this.#raw).toString('utf8');
  }

  /**
   * Presses keys one after the other: `press('down', 'down', 'enter')`, `press('ctrl+c')`. Esc is best
   * the last: a busy program may read it together with the next key, unless what it does is seen first.
   */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      // A busy program reads what comes after Esc together with it, as another key.
      const answered = key === 'esc' ? this.#answer() : null;
      this.#send(bytesOfKey(key, this.modes().applicationCursor));
      await answered;
      await delay(key === 'esc' ? afterEscape : betweenKeys);
    }
  }

  /** Resolves when the program writes something; some keys change nothing, so it does not insist. */
  async #answer(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const written = this.#pty.onData(() => resolve());
    const timer = setTimeout(resolve, patienceForAnswer);
    await promise;
    clearTimeout(timer);
    written.dispose();
  }

  /** Types a text, character by character. */
  async type(text: string): Promise<void> {
    await this.press(...text.replaceAll('\n', '\r'));
  }

  /** Pastes a text: in one piece, and marked as pasted if the program asked for that. */
  paste(text: string): void {
    this.#send(this.modes().bracketedPaste ? `\x1b[200~${text}\x1b[201~` : text);
  }

  /**
   * Resolves as soon as the screen fulfils the expectation.
   *
   * @throws when it doesn't in time, or can't any more as the program has ended: with the screen
   */
  async waitFor(what: Expectation, options: WaitOptions = {}): Promise<void> {
    await this.#until(() => isMet(what, this.screen()), nameOf(what), options);
  }

  /** Resolves as soon as the screen no longer fulfils it. */
  async waitUntilGone(what: Expectation, options: WaitOptions = {}): Promise<void> {
    await this.#until(() => !isMet(what, this.screen()), `the end of ${nameOf(what)}`, options);
  }

  /** Resolves when nothing has been written for a while: the picture has settled. */
  async waitUntilQuiet(milliseconds = 150, options: WaitOptions = {}): Promise<void> {
    let quiet = false;
    const timer = setTimeout(() => {
      quiet = true;
      this.#watchers.notify();
    }, milliseconds);
    const written = this.#pty.onData(() => timer.refresh());
    try {
      await this.#until(() => quiet || this.ended, `${milliseconds} ms without output`, options);
    } finally {
      clearTimeout(timer);
      written.dispose();
    }
  }

  async waitForExit(options: WaitOptions = {}): Promise<Exit> {
    // It ends its engines and finishes the journal first, which takes a busy machine a while.
    const { timeout = 3 * defaultTimeout } = options;
    const late = (): Error => this.#error('The program did not end', timeout, options.why);
    await this.#watchers.until(() => this.ended, timeout, late);
    return this.#exit ?? { status: -1, signal: null };
  }

  resize(columns: number, rows: number): void {
    this.xterm.resize(columns, rows);
    if (this.#exit === null) this.#pty.resize(columns, rows);
  }

  /** Sends a signal to the program, and to it alone. */
  kill(signal: NodeJS.Signals = 'SIGHUP'): void {
    if (this.#exit === null) process.kill(this.pid, signal);
  }

  /** Ends the program as a closing window would, then harder, and removes its home folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const signal of ['SIGHUP', 'SIGKILL'] as const) {
      if (this.#exit !== null) break;
      this.#signalAll(signal);
      await this.waitForExit({ timeout: 1_000 }).catch(() => undefined);
    }
    this.xterm.dispose();
    this.#home.remove();
  }

  #signalAll(signal: NodeJS.Signals): void {
    try {
      // The program leads its session: a negative id means its whole process group.
      process.kill(-this.pid, signal);
      process.kill(-this.pid, 'SIGCONT');
    } catch {
      // It ended by itself in the meantime.
    }
  }

  #send(data: string): void {
    if (this.#exit === null) this.#pty.write(data);
  }

  #receive(data: Uint8Array): void {
    this.#firstOutputAt ??= performance.now();
    this.#raw.push(data);
    this.#rawSize += data.length;
    while (this.#rawSize > rawLimit) this.#rawSize -= this.#raw.shift()?.length ?? 0;
    this.#unparsed += 1;
    this.xterm.write(data, () => {
      this.#unparsed -= 1;
      this.#watchers.notify();
    });
  }

  async #until(met: () => boolean, name: string, options: WaitOptions): Promise<void> {
    const { timeout = defaultTimeout, why } = options;
    // The first look is at once, where output may still wait to be parsed; later ones follow parsing.
    let stale = this.#unparsed > 0;
    await this.#watchers.until(
      () => {
        const halfDrawn = !this.ended && (stale || this.modes().synchronizedOutput);
        stale = false;
        if (!halfDrawn && met()) return true;
        if (!this.ended) return false;
        const { status, signal } = this.#exit ?? {};
        const how = signal ? `by signal ${signal}` : `with status ${status}`;
        throw this.#error(`The program ended ${how} before ${name} came`, null, why);
      },
      timeout,
      () => this.#error(`${name} did not come`, timeout, why),
    );
  }

  #error(what: string, timeout: number | null, why: string | undefined): Error {
    const after = timeout === null ? '' : ` within ${timeout} ms`;
    const reason = why === undefined ? '' : ` (${why})`;
    return new Error(
      `${what}${after}${reason}. The screen:\n${framed(this.screen(), this.columns)}`,
    );
  }
}

/** Starts a program in a terminal of its own. Close it with `await using`. */
export function openTerminal(options: TerminalOptions): Terminal {
  return new Terminal(options);
}

/**
 * Stands between the real terminal and Ink, so that
 * - the terminal's input is let go of completely while another program has it (Ink alone would
 *   steal that program's first key),
 * - each key comes by itself, however fast it is typed,
 * - what the terminal answers or reports by itself is never taken for keys.
 */

import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Milliseconds between two keys, so that what the first one opened is there for the second. */
const PACE_MS = 1;

/** Milliseconds after which the beginning of a sequence is taken as it is. */
const PATIENCE_MS = 40;

export type TerminalStdin = NodeJS.ReadStream;

export class TerminalInput extends Readable {
  readonly isTTY = true;
  readonly #tty: TerminalStdin;
  readonly #decoder = new StringDecoder('utf8');
  readonly #queue: string[] = [];
  #rest = '';
  #pace: NodeJS.Timeout | null = null;
  #patience: NodeJS.Timeout | null = null;
  #reading = false;

  constructor(tty: TerminalStdin) {
    super({ objectMode: true, read() {} });
    this.#tty = tty;
  }

  /** Takes the terminal's input, or lets go of it. */
  setRawMode(on: boolean): this {
    if (on === this.#reading) return this;
    this.#reading = on;
    this.#tty.setRawMode?.(on);
    if (on) {
      this.#tty.on('data', this.#receive);
      this.#tty.resume();
    } else {
      this.#tty.off('data', this.#receive);
      this.#tty.pause();
      this.#clear();
    }
    return this;
  }

  ref(): this {
    this.#tty.ref?.();
    return this;
  }

  unref(): this {
    this.#tty.unref?.();
    return this;
  }

  /** Keys are strings already. */
  override setEncoding(): this {
    return this;
  }

  readonly #receive = (data: Buffer | string) => {
    const text = typeof data === 'string' ? data : this.#decoder.write(data);
    if (this.#patience) clearTimeout(this.#patience);
    const { keys, rest } = splitKeys(this.#rest + text);
    this.#rest = rest;
    this.#queue.push(...keys);
    if (rest !== '') this.#patience = setTimeout(this.#giveUp, PATIENCE_MS);
    this.#deliver();
  };

  /** The rest of the sequence never came. */
  readonly #giveUp = () => {
    this.#queue.push(this.#rest);
    this.#rest = '';
    this.#deliver();
  };

  readonly #deliver = () => {
    if (this.#pace) return;
    const key = this.#queue.shift();
    if (key === undefined) return;
    this.push(key);
    this.#pace = setTimeout(() => {
      this.#pace = null;
      this.#deliver();
    }, PACE_MS);
  };

  #clear(): void {
    this.#queue.length = 0;
    this.#rest = '';
    if (this.#pace) clearTimeout(this.#pace);
    if (this.#patience) clearTimeout(this.#patience);
    this.#pace = null;
    this.#patience = null;
  }
}

const PASTE = /^\u001b\[200~[\s\S]*?\u001b\[201~/;
/** Mouse, focus, colours, names, attributes: OSC, DCS, APC, and CSI of those kinds. */
const REPORT =
  /^\u001b(?:\[<[\d;]*[Mm]|\[[IO]|\[[?>][\d;]*[c$y]+|\[\d+;\d+R|[\]P_^][\s\S]*?(?:\u0007|\u001b\\))/;
const SEQUENCE = /^\u001b(?:\[\[[A-Z]|\[[\u0020-\u003f]*[\u0040-\u007e]|O[\d;]*[\u0040-\u007e])/;
/** The beginning of something of the kinds above. */
const UNFINISHED = /^\u001b(?:\[200~[\s\S]*|\[[\u0020-\u003f]*|O[\d;]*|[\]P_^][^\u0007]*)$/;
/** Text of other scripts comes from input methods by the word, and stays together. */
const TEXT = /^(?:[^\u0000-\u007f]+|[\s\S])/;

/** Splits what the terminal sent into keys; `rest` may be the beginning of another one. */
export function splitKeys(input: string): { readonly keys: readonly string[]; rest: string } {
  const keys: string[] = [];
  let rest = input;
  while (rest !== '') {
    const report = REPORT.exec(rest);
    if (report) {
      rest = rest.slice(report[0].length);
      continue;
    }
    const paste = PASTE.exec(rest);
    if (!paste && rest !== '\u001b' && UNFINISHED.test(rest)) return { keys, rest };
    const key = (paste ?? SEQUENCE.exec(rest) ?? altKey(rest) ?? TEXT.exec(rest))?.[0] ?? rest;
    keys.push(key);
    rest = rest.slice(key.length);
  }
  return { keys, rest };
}

/** Alt and a key; but Esc before another Esc was pressed by itself. */
function altKey(text: string): RegExpExecArray | null {
  return /^\u001b[^\u001b]/u.exec(text);
}

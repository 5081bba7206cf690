/**
 * What anything in this process prints while the screen is ours (a warning of Node's, a forgotten
 * console call) would damage it. It is held back, and printed once the screen is given back.
 */

import { format } from 'node:util';
import { print } from '../../text/print.ts';
import { redact } from '../../text/redact.ts';

/** Characters that are held at most; the first ones tell the cause. */
const LIMIT = 64_000;

const METHODS = ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const;

/** Holds output back until the function that it returns is called. */
export function captureConsole(stderr: NodeJS.WriteStream = process.stderr): () => void {
  let held = '';
  const hold = (text: string) => {
    if (held.length < LIMIT) held += text;
  };
  const write = stderr.write;
  stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    hold(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    for (const callback of rest) if (typeof callback === 'function') callback();
    return true;
  };
  const original = METHODS.map((name) => [name, console[name]] as const);
  for (const name of METHODS) console[name] = (...args: unknown[]) => hold(`${format(...args)}\n`);
  return () => {
    stderr.write = write;
    for (const [name, method] of original) console[name] = method;
    if (held !== '') print(stderr, redact(held));
  };
}

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A line longer than this is cut: it is for people to read. */
const LINE_LIMIT = 4_000;

/** Calls `onLine` for every line of a stream, the last one even without an end. */
export function lineSplitter(stream: Readable | null, onLine: (line: string) => void): void {
  if (!stream) return;
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => onLine(line.slice(0, LINE_LIMIT)));
}

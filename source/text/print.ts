/**
 * The last thing that text passes before it leaves the program for a terminal, a pipe or a file:
 * no secret that is known, and nothing that could move a cursor, hide or reorder text.
 */

import { escapeControl, escapeLines, oneLine, unsafe } from './escape.ts';
import { shownSql } from './literals.ts';
import { withoutSecrets } from './redact.ts';

/** Prints text for people, as it is told: with its line end, or without. */
export function print(stream: Pick<NodeJS.WriteStream, 'write'>, text: string): void {
  stream.write(printable(text));
}

/** Text for people; its line ends are kept. */
export function printable(text: string): string {
  return escapeLines(withoutSecrets(text));
}

/** A piece of a line for people: line ends are shown, too. */
export function printablePiece(text: string): string {
  return escapeControl(withoutSecrets(text));
}

/** Text of several lines for people, as one. */
export function printableLine(text: string): string {
  return oneLine(withoutSecrets(text));
}

/** A document for programs, which says the same, in characters that a terminal may show. */
export function printableJson(document: unknown): string {
  const text = JSON.stringify(
    document,
    (_key, value: unknown) => (typeof value === 'string' ? withoutSecrets(shownSql(value)) : value),
    2,
  );
  return unsafe(text, (character) => (character === '\n' ? character : codes(character)));
}

function codes(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

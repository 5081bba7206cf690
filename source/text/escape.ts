/**
 * Makes foreign text (SQL, names, data, output of the project's code) harmless to a terminal:
 * whatever could move the cursor, hide or reorder text becomes visible instead.
 */

/** C0 and C1 controls, invisible and reordering characters, tags, and lone surrogates. */
const UNSAFE =
  /(?![\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}|[\p{Control}\p{Surrogate}\u2028\u2029\ufff0-\ufffb]/gu;

/** Columns that a tab becomes; a real tab would break the layout of a pane. */
const TAB = '  ';

/** One line: every control character is shown, line ends too. */
export function escapeControl(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** Like {@link escapeControl}, but keeps line ends, all of them as `\n`. */
export function escapeLines(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(UNSAFE, (character) => (character === '\n' ? '\n' : visible(character)));
}

/** One line of text for SQL or a message that may have several: white space becomes one space. */
export function oneLine(text: string): string {
  return escapeControl(text.replace(/\s*[\r\n]\s*|\t+/g, ' ').trim());
}

/** The text with each of those characters replaced. */
export function unsafe(text: string, replace: (character: string) => string): string {
  return text.replace(UNSAFE, replace);
}

function visible(character: string): string {
  if (character === '\t') return TAB;
  const code = character.codePointAt(0) ?? 0;
  // Unicode has a picture for each C0 control, and for DEL.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

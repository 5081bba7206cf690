/** The clipboard of the person's terminal, also through ssh: OSC 52. */

/** The sequence that makes a terminal put a text into the clipboard. */
export function clipboardSequence(text: string): string {
  return `\u001b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\u0007`;
}

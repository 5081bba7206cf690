/** Finds commands by some of their letters, in order. Pure. */

import { type CommandId, command } from '../keymap.ts';

/** Those that match, best first; all of them when nothing was typed. */
export function rankCommands(ids: readonly CommandId[], typed: string): readonly CommandId[] {
  const wanted = typed.toLowerCase().replace(/\s+/g, '');
  if (wanted === '') return ids;
  return ids
    .map((id) => ({ id, score: scoreOf(id, wanted) }))
    .filter(({ score }) => score !== null)
    .sort((a, b) => (a.score ?? 0) - (b.score ?? 0))
    .map(({ id }) => id);
}

/** The smaller the better; null when it does not match. */
function scoreOf(id: CommandId, wanted: string): number | null {
  const { label, description } = command(id);
  const inLabel = distance(label.toLowerCase(), wanted);
  if (inLabel !== null) return inLabel;
  const inDescription = description.toLowerCase().indexOf(wanted);
  return inDescription < 0 ? null : 1000 + inDescription;
}

/** How many letters are skipped to find the wanted ones in order. */
function distance(text: string, wanted: string): number | null {
  let at = -1;
  let skipped = 0;
  for (const letter of wanted) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return null;
    skipped += next - at - 1;
    at = next;
  }
  return skipped;
}

/** Which revisions a person means, by their names whole or in short. */

interface Named {
  readonly name: string;
  /** Relative to the project's root. */
  readonly file?: string | null;
}

/** Digits that a name begins with are a time from so many on. */
const TIME_DIGITS = 8;

interface Parts {
  readonly digits: string;
  /** What follows them. */
  readonly words: string;
}

/**
 * A name as the time that it was made at, and what it does: `Migration20200102000001-add-lid`, with
 * any separator or none, also within the time. Two ways to read it where words begin with digits.
 */
function partsOf(recorded: string): readonly Parts[] {
  const name = stem(recorded);
  const start = /^\D*/.exec(name)?.[0].length ?? 0;
  const parts: Parts[] = [];
  const group = /[^\p{L}\p{N}]?(\d+)/uy;
  group.lastIndex = start;
  let digits = '';
  for (let found = group.exec(name); found; found = group.exec(name)) {
    const rest = name.slice(group.lastIndex);
    // `_2fa` are words.
    if (digits.length >= TIME_DIGITS && /^\p{L}/u.test(rest)) break;
    digits += found[1] ?? '';
    const words = rest.replace(/^[^\p{L}\p{N}]+/u, '');
    if (digits.length >= TIME_DIGITS) parts.push({ digits, words });
  }
  return parts;
}

/** What a revision does, by its name: `add lid`. */
export function wordsOf(name: string): string {
  return (partsOf(name).at(-1)?.words || stem(name)).replace(/[-_.\s]+/g, ' ');
}

/**
 * Those whose whole name it is, with or without extension, or the path of whose file; else those
 * whose digits it is, or what follows them; else the same with other separators. Never a guess:
 * nothing else matches.
 */
export function revisionsMeant<T extends Named>(
  revisions: readonly T[],
  text: string,
): readonly T[] {
  const wanted = stem(text);
  const loose = separated(wanted);
  const ways: readonly ((revision: T) => boolean)[] = [
    ({ name, file }) => name === wanted || name === text || file === text,
    ({ name }) => partsOf(name).some(({ digits, words }) => digits === wanted || words === wanted),
    ({ name }) =>
      separated(name) === loose ||
      partsOf(name).some(
        ({ digits, words }) => separated(words) === loose || digits === digitsOf(wanted),
      ),
  ];
  if (wanted === '') return [];
  for (const way of ways) {
    const found = revisions.filter(way);
    if (found.length > 0) return found;
  }
  return [];
}

/** Without the extension of a file. */
function stem(name: string): string {
  return name.replace(/\.[cm]?[jt]s$/, '');
}

function separated(text: string): string {
  return text.replace(/[-_.\s]+/g, '_');
}

/** Of a time with separators in it; null for anything else. */
function digitsOf(text: string): string | null {
  return /^\d[\d\-_.:T\s]*$/.test(text) ? text.replace(/\D/g, '') : null;
}

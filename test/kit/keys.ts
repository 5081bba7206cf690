/** The bytes that xterm sends for a key. */

/** With the terminal in application cursor mode, arrows, home and end are sent with another prefix. */
const cursorKeys: Readonly<Record<string, string>> = {
  up: 'A',
  down: 'B',
  right: 'C',
  left: 'D',
  home: 'H',
  end: 'F',
};

const namedKeys: Readonly<Record<string, string>> = {
  enter: '\r',
  esc: '\x1b',
  tab: '\t',
  'shift+tab': '\x1b[Z',
  space: ' ',
  backspace: '\x7f',
  delete: '\x1b[3~',
  insert: '\x1b[2~',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
  f1: '\x1bOP',
  f2: '\x1bOQ',
  f3: '\x1bOR',
  f4: '\x1bOS',
  f5: '\x1b[15~',
};

const modifiers: Readonly<Record<string, number>> = { shift: 2, alt: 3, ctrl: 5 };

/**
 * What the terminal sends when a key is pressed: a name (`enter`, `esc`, `up`, `pagedown`), a
 * single character (`u`, `?`), or one with a modifier (`ctrl+c`, `alt+b`, `shift+up`).
 */
export function bytesOfKey(key: string, applicationCursor = false): string {
  const named = namedKeys[key];
  if (named !== undefined) return named;
  const cursor = cursorKeys[key];
  if (cursor !== undefined) return `\x1b${applicationCursor ? 'O' : '['}${cursor}`;
  if ([...key].length === 1) return key;

  const [, modifier = '', rest = ''] = /^(ctrl|alt|shift)\+(.+)$/.exec(key) ?? [];
  const code = modifiers[modifier];
  const modified = cursorKeys[rest];
  if (code !== undefined && modified !== undefined) return `\x1b[1;${code}${modified}`;
  if (modifier === 'alt') return `\x1b${bytesOfKey(rest, applicationCursor)}`;
  if (modifier === 'ctrl') {
    if (rest === 'space') return '\0';
    if (/^[a-z@[\\\]^_]$/.test(rest)) {
      return String.fromCharCode(rest.toUpperCase().charCodeAt(0) & 0x1f);
    }
  }
  throw new Error(`There is no key "${key}". Use type() for text.`);
}

/**
 * Takes passwords out of text: those that can be told by how they stand there, and those that are
 * known, wherever they stand. Used for all that is shown, printed, recorded or written.
 */

/**
 * Of schemes whose paths hold `@`, and that are shown for other reasons than to connect. Those of
 * all others name a database, or something else to log in to.
 */
const PLAIN_SCHEMES = 'https?|file|wss?|ftp|node|npm|jsr|data|blob';

/** Names that a password has in queries of URLs, in `key=value` texts, and in configurations. */
const PASSWORD = '(?:ssl|client|db|pg|user)?_?(?:password|passwd|passphrase|pwd|pass)';
const OTHER_SECRETS = 'secret|(?:auth|access|api)_?-?(?:token|key)|token';

/** Neither user nor password: a host, perhaps with a port, and then the end or a path. */
const HOST_ONLY = /^:\/\/(?:[^/?#:@]*|\[[\da-fA-F:.]*\])(?::\d*)?(?:[/?#]|$)/;
/** A user, and a password that is no port: it goes on behind a space. */
const BEFORE_A_SPACE = /^:\/\/[^\s:/@]*:(?!\d*(?:[/?#]|$))/;

const URLS = /(?:(?<![a-z\d+.-])([a-z][a-z\d+.-]{0,30}))?(:\/\/\S*)((?:(?!:\/\/)[^\n@])*@)?/gi;
const PLAIN = new RegExp(`^(?:${PLAIN_SCHEMES})$`, 'i');
const QUERY = new RegExp(`([?&;](?:${PASSWORD}|${OTHER_SECRETS})=)[^&\\s"'\`]*`, 'gi');

/**
 * Replaces the user and password of every URL in a text.
 *
 * Passwords hold `@`, `/`, `#` and `:` that nobody encoded, so everything up to the last `@` goes.
 */
export function redactUrls(text: string): string {
  if (!text.includes('://')) return text;
  return text
    .replace(URLS, (whole, scheme: string | undefined, rest: string, more: string | undefined) => {
      const plain = scheme !== undefined && PLAIN.test(scheme);
      if (rest.includes('@')) {
        if (plain && HOST_ONLY.test(rest)) return whole;
        return (scheme ?? '') + rest.replace(/^[\s\S]*@/, '://…@') + (more ?? '');
      }
      if (plain || more === undefined || !BEFORE_A_SPACE.test(rest)) return whole;
      return `${scheme ?? ''}://…@`;
    })
    .replace(QUERY, '$1…');
}

/** `host=… password=…` of libpq, and `password: '…'` as an object is printed. */
const KEY_VALUE = new RegExp(
  String.raw`(?<![\w$])(["']?(?:${PASSWORD})["']?\s*[=:]\s*)` +
    String.raw`('(?:\\.|''|[^'\\])*'|"(?:\\.|[^"\\])*"|\x60[^\x60]*\x60|[^\s,;&)}\]]+)`,
  'gi',
);

/** For messages and output; not for SQL, whose columns have such names. */
export function redact(text: string): string {
  const shown = redactUrls(text).replace(KEY_VALUE, (_whole, key: string, value: string) => {
    const [quote = ''] = /^['"`]/.exec(value) ?? [];
    return `${key}${quote}…${quote}`;
  });
  return withoutSecrets(shown);
}

/** Shorter ones are not told apart from ordinary text. */
const SHORTEST = 3;
/** Nor are these, which everybody tries first. */
const ORDINARY: ReadonlySet<string> = new Set([
  ...[
    'admin',
    'changeme',
    'default',
    'demo',
    'dev',
    'example',
    'guest',
    'local',
    'pass',
    'password',
  ],
  ...['postgres', 'postgresql', 'public', 'root', 'secret', 'test', 'true', 'false', 'user'],
]);
/** Shorter ones are only removed where they are a word of their own. */
const UNMISTAKABLE = 8;

const known = new Set<string>();
let pattern: RegExp | null = null;

/** Of this process, as far as known now. */
export function knownSecrets(): readonly string[] {
  return [...known];
}

/** From now on these are removed, in each form that URLs and quotes give them. */
export function knowSecrets(secrets: Iterable<string>): void {
  for (const secret of secrets) {
    for (const form of [secret, decoded(secret)]) {
      if (form.length >= SHORTEST && !ORDINARY.has(form.toLowerCase())) known.add(form);
    }
  }
  pattern = null;
}

/** Removes every secret that is known, wherever it stands. */
export function withoutSecrets(text: string): string {
  if (known.size === 0) return text;
  pattern ??= patternOf(known);
  return text.replace(pattern, '…');
}

function patternOf(secrets: ReadonlySet<string>): RegExp {
  const forms = new Set<string>();
  for (const secret of secrets) {
    const written = [
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll("'", "''"),
    ];
    for (const form of written) forms.add(form);
  }
  const alternatives = [...forms]
    .toSorted((one, other) => other.length - one.length)
    .map((form) => {
      const exact = form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      return form.length < UNMISTAKABLE ? `(?<![\\p{L}\\p{N}_])${exact}(?![\\p{L}\\p{N}_])` : exact;
    });
  return new RegExp(alternatives.join('|'), 'gu');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const SECRET_KEY = new RegExp(
  `^(?:${PASSWORD}|${OTHER_SECRETS}|.*(?:passw(?:or)?d|passphrase|_pass|_pwd|secret|token))$`,
  'i',
);
/** What is found deeper is no connection's. */
const DEPTH = 5;

/**
 * Secrets in settings of any shape: what stands under their names, and the passwords of URLs, as
 * `pg`, Node and people read these.
 *
 * @param open what everybody may know, such as names of users and databases, and stays readable
 */
export function secretsIn(settings: unknown, open: readonly string[] = []): readonly string[] {
  const found = new Set<string>();
  collect(settings, '', DEPTH, found);
  for (const each of open) found.delete(each);
  return [...found];
}

function collect(value: unknown, key: string, depth: number, found: Set<string>): void {
  if (typeof value === 'string') {
    if (SECRET_KEY.test(key)) found.add(value);
    for (const secret of passwordsOf(value)) found.add(secret);
    return;
  }
  if (typeof value !== 'object' || value === null || depth === 0) return;
  // Not instances, which are whole worlds: loggers, drivers, metadata.
  if (!Array.isArray(value) && ![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    return;
  for (const [name, each] of Object.entries(value)) collect(each, name, depth - 1, found);
}

/** Not PWD, which is a folder, nor SSH_ASKPASS, which is a program. */
const SECRET_VARIABLE = /(?:passw(?:or)?d|passphrase|_pass|_pwd|secret|token)$/i;

/** Passwords of the environment: of `pg`, MikroORM and URLs, whatever their variables are called. */
export function secretsOfEnvironment(environment: NodeJS.ProcessEnv): readonly string[] {
  const open = Object.entries(environment)
    .filter(([name]) => /(?:USER|USERNAME|LOGNAME|DATABASE|DB_NAME|HOST|PORT)$/i.test(name))
    .map(([, value]) => value ?? '');
  const named = Object.entries(environment).filter(
    ([name, value]) => SECRET_VARIABLE.test(name) || value?.includes('://'),
  );
  return secretsIn(Object.fromEntries(named), open);
}

/** How many errors are looked at, each the cause of the one before. */
const CAUSES = 5;

/**
 * Secrets that an error carries: in its own fields, under their names, and in URLs of its texts,
 * whose passwords may stand there once more by themselves.
 */
export function secretsOfError(error: unknown): readonly string[] {
  const found: string[] = [];
  let one = error;
  for (let depth = 0; depth < CAUSES && one !== undefined && one !== null; depth++) {
    const fields = typeof one === 'object' ? { ...one } : {};
    const { message = '', cause } = one instanceof Error ? one : { message: String(one) };
    found.push(...secretsIn(fields), ...secretsIn(message.match(/[a-z][a-z\d+.-]*:\/\/\S+/gi)));
    one = cause;
  }
  return found;
}

/** All that may be the password of a URL, or a part that is shown where it was cut wrong. */
function passwordsOf(url: string): readonly string[] {
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/is.exec(url.trim()) ?? [];
  if (rest === '' || /^file$/i.test(scheme)) return [];
  const [, userInfo = ''] = /^([\s\S]*)@/.exec(rest) ?? [];
  const password = userInfo.includes(':') ? userInfo.slice(userInfo.indexOf(':') + 1) : '';
  const inQuery = [...rest.matchAll(new RegExp(QUERY, 'gi'))].map(([pair]) =>
    pair.slice(pair.indexOf('=') + 1),
  );
  const host = /([^/?#@:]*)[^@]*$/.exec(rest)?.[1];
  const parts = password.split(/[/?#@:]/).filter((part) => part !== host);
  return [password, ...parts, ...inQuery].filter((secret) => secret !== '');
}

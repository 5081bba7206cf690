/**
 * What the environment of a test command must not lead to: the target. A variable may have any name,
 * so values are looked at: URLs, `key=value` texts, hosts and names of databases, paths of files.
 */

import { lookup } from 'node:dns/promises';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { isThisMachine, type TargetPlace } from '../contract/protection.ts';

/** What projects and their tools commonly read a database from. */
const URL_VARIABLES = [
  'DATABASE_URL',
  'DB_URL',
  'TEST_DATABASE_URL',
  'MIKRO_ORM_CLIENT_URL',
  'POSTGRES_URL',
  'POSTGRESQL_URL',
  'PG_URL',
  'SQLITE_URL',
];
const NAME_VARIABLES = [
  'DATABASE',
  'DATABASE_HOST',
  'DATABASE_NAME',
  'DATABASE_PATH',
  'DB',
  'DB_DATABASE',
  'DB_FILE',
  'DB_HOST',
  'DB_NAME',
  'DB_PATH',
  'MIKRO_ORM_DB_NAME',
  'MIKRO_ORM_HOST',
  'PGDATABASE',
  'PGHOST',
  'PGHOSTADDR',
  'PGSERVICE',
  'POSTGRES_DB',
  'POSTGRES_HOST',
  'SQLITE_DATABASE',
  'SQLITE_FILE',
];

/** A test that opens one of these by mistake fails, and the error says what to use. */
const POISONED_URL = 'rehearsal://use-HANDRAIL_DATABASE_URL-in-a-rehearsal.invalid/';
/** Also as a path: SQLite would make a file that is not there, but not below one that is no folder. */
const POISONED_NAME = '/dev/null/use-HANDRAIL_DATABASE_URL-in-a-rehearsal';

/**
 * Variables to be set for a test command, so that nothing that it reads from its environment, or
 * from the project's `.env` files, leads to the target. Loaders of such files leave alone what is
 * set already.
 */
export async function poisonedVariables(
  environment: NodeJS.ProcessEnv,
  root: string,
  target: TargetPlace,
): Promise<Readonly<Record<string, string>>> {
  const poisoned: Record<string, string> = {
    ...Object.fromEntries(URL_VARIABLES.map((name) => [name, POISONED_URL])),
    ...Object.fromEntries(NAME_VARIABLES.map((name) => [name, POISONED_NAME])),
  };
  for (const variables of [environment, ...environmentFiles(root)]) {
    const leads = leadsTo(target, root, variables, await aliasesOf(target, variables));
    for (const [name, value = ''] of Object.entries(variables)) {
      if (name in poisoned || !leads(name, value)) continue;
      poisoned[name] = /^[a-z][a-z\d+.-]*:/i.test(value) ? POISONED_URL : POISONED_NAME;
    }
  }
  return poisoned;
}

type Variables = Readonly<Record<string, string | undefined>>;

function environmentFiles(root: string): readonly Variables[] {
  try {
    return readdirSync(root)
      .filter((name) => /^\.env(\.|$)/.test(name))
      .map((name) => parseEnv(readFileSync(join(root, name), 'utf8')));
  } catch {
    // A folder of that name, or one that can't be read: then nor can the test.
    return [];
  }
}

function leadsTo(
  target: TargetPlace,
  root: string,
  variables: Variables,
  aliases: ReadonlySet<string>,
): (name: string, value: string) => boolean {
  if (target.kind === 'file') return (_, value) => isFile(target.path, root, value);
  const { database } = target;
  const isHost = (host: string) => sameMachine(host, target.host, aliases);
  const isTarget = (place: Place) => place.database === database && isHost(place.host);
  return (name, value) => {
    if ([...urlsIn(value), ...pairsIn(value)].some(isTarget)) return true;
    if (value !== '' && value === database && !NAMES_A_ROLE.test(name)) {
      return NAMES_A_DATABASE.test(name) || siblings(name, variables).some(isHost);
    }
    // A name like localhost stands for much else.
    if (target.host === null || isThisMachine(target.host)) return false;
    const [, host = value] = /^\[?([^/\s]+?)\]?(?::\d+)?(?:\/.*)?$/.exec(value) ?? [];
    return isHost(host) || holdsBoth(value, target.host, database);
  };
}

const NAMES_A_DATABASE =
  /(^|_)(db|database|dbname|pg|postgres|postgresql|sql|mikro_orm)(_|$)|db(name)?$/i;
const NAMES_A_ROLE = /user|owner|role|passw|schema/i;

/** Values of variables that begin with the same words: `SHOP_HOST` for `SHOP_NAME`. */
function siblings(name: string, variables: Variables): readonly string[] {
  const [, prefix] = /^(.+_)[^_]+$/.exec(name) ?? [];
  if (prefix === undefined) return [];
  return Object.entries(variables).flatMap(([other, value]) =>
    other !== name && other.startsWith(prefix) && value ? [value] : [],
  );
}

interface Place {
  readonly host: string;
  readonly database: string;
}

/** Of what is no database of this kind, whatever it is called. */
const OTHER_SCHEMES =
  /^(https?|wss?|ftps?|sftp|ssh|git|redis|rediss|amqps?|mongodb(\+srv)?|mysql|mariadb|smtps?|file|sqlite3?):/i;

/** Every URL of a text that may be one of a database, as `pg` reads it. */
function urlsIn(text: string): readonly Place[] {
  // Its own form for sockets: the folder, and the database.
  const [, folder, name = ''] = /^(\/\S+)\s+(\S+)$/.exec(text) ?? [];
  if (folder !== undefined) return [{ host: folder, database: name }];
  const found = text.matchAll(/(?:[a-z][a-z\d+.-]*:)+\/\/[^\s"'`<>]+|socket:[^\s"'`<>]+/gi);
  return [...found].flatMap(([url]) => (OTHER_SCHEMES.test(url) ? [] : [placeOf(url)]));
}

function placeOf(url: string): Place {
  const rest = url.replace(/^(?:[a-z][a-z\d+.-]*:)+(?:\/\/)?/i, '');
  // A password may hold what ends a host elsewhere: the last @ is the one before the host.
  const at = rest.lastIndexOf('@');
  const [user = ''] = rest.slice(0, Math.max(0, at)).split(':');
  const [, authority = '', path = '', query = ''] =
    /^([^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(rest.slice(at + 1)) ?? [];
  const given = new URLSearchParams(query);
  if (/^socket:/i.test(url)) {
    return { host: decoded(authority + path), database: given.get('db') ?? '' };
  }
  return {
    host: given.get('host') ?? decoded(authority).replace(/:\d+$/, ''),
    // Without a name it is that of the user.
    database: given.get('dbname') ?? (decoded(path.replace(/^\//, '')) || decoded(user)),
  };
}

/** Of libpq: `host=db dbname='shop'`, and of others: `Server=db;Database=shop`. */
function pairsIn(text: string): readonly Place[] {
  const pairs = [...text.matchAll(/([a-z_ ]+?)\s*=\s*('(?:\\.|[^'\\])*'|[^\s;]+)/gi)].map(
    ([, key = '', value = '']) =>
      [key.trim(), value.replace(/^'(.*)'$/s, '$1').replace(/\\(.)/g, '$1')] as const,
  );
  const valueUnder = (keys: RegExp) => pairs.find(([key]) => keys.test(key))?.[1];
  const database = valueUnder(/^(dbname|database|initial catalog)$/i);
  if (database === undefined) return [];
  return [{ host: valueUnder(/^(host|hostaddr|server|data source)$/i) ?? '', database }];
}

/** JSON and the like. */
function holdsBoth(text: string, host: string, database: string): boolean {
  const has = (word: string) => text.split(/[^\w.:-]+/).some((each) => each === word);
  return host !== '' && has(host) && has(database);
}

function sameMachine(host: string, target: string | null, aliases: ReadonlySet<string>): boolean {
  if (target === null) return true;
  if (isThisMachine(target)) return isThisMachine(host) || host === hostname();
  return aliases.has(host.toLowerCase());
}

/** How the target's host is written, and the other hosts of the environment that are the same one. */
async function aliasesOf(target: TargetPlace, variables: Variables): Promise<ReadonlySet<string>> {
  if (target.kind === 'file' || target.host === null || isThisMachine(target.host))
    return new Set();
  const own = target.host.toLowerCase();
  const aliases = new Set([own]);
  const hosts = new Set(
    Object.values(variables)
      .flatMap((value = '') => [...urlsIn(value), ...pairsIn(value)])
      .flatMap(({ host, database }) => (database === target.database ? [host] : []))
      .map((host) => host.toLowerCase())
      .filter((host) => host !== own && !isThisMachine(host)),
  );
  if (hosts.size === 0) return aliases;
  const addresses = new Set(await addressesOf(own));
  for (const host of hosts) {
    if ((await addressesOf(host)).some((each) => addresses.has(each))) aliases.add(host);
  }
  return aliases;
}

async function addressesOf(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

/** A path or URL of the file, or a part of a text that is one; relative to where tests run. */
function isFile(path: string, root: string, value: string): boolean {
  return [value, ...value.split(/[\s,;"'`=|]+/)].some((each) =>
    pathsMeant(each).some((meant) => {
      if (meant === '' || meant === '.') return false;
      // A name alone is put behind a folder that stands elsewhere.
      const alone = meant === basename(path) && /\.\w+$/.test(meant);
      return alone || realPath(resolve(root, meant)) === path;
    }),
  );
}

function pathsMeant(text: string): readonly string[] {
  const [, scheme, rest = ''] = /^([a-z][a-z\d+.-]+):(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return [text];
  const bare = decoded(rest.replace(/[?#].*$/s, ''));
  if (/^file$/i.test(scheme) && rest.startsWith('//')) {
    try {
      return [fileURLToPath(new URL(text))];
    } catch {
      return [bare.replace(/^\/\//, '')];
    }
  }
  // `sqlite:///srv/dev.db`, `sqlite://var/dev.db`, `sqlite:var/dev.db`, `jdbc:sqlite:var/dev.db`.
  const inner = /^[a-z][a-z\d+.-]+:/i.test(bare) ? pathsMeant(bare) : [];
  return [bare, bare.replace(/^\/\//, ''), bare.replace(/^\/{3}/, ''), ...inner];
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

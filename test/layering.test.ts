/** Which room of the code may import which; CONTRIBUTING.md says what each is for. */

import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const imports: Import[] = globSync(['cli.tsx', 'source/**/*.{ts,tsx}'], { cwd: root }).flatMap(
  (file) => {
    const text = readFileSync(`${root}/${file}`, 'utf8');
    const found = text.matchAll(
      /^(import|export)( type)?[^;'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
    );
    return [...found].map(([whole, , type, from, bare, dynamic]) => ({
      file: file.replaceAll('\\', '/'),
      specifier: from ?? bare ?? dynamic ?? '',
      typeOnly: type !== undefined || (dynamic !== undefined && isType(text, whole)),
    }));
  },
);

/** `typeof import('x')` and `import('x').Type` are types; `await import('x')` is not. */
function isType(text: string, expression: string): boolean {
  return !text.includes(`await ${expression}`);
}

const inRoom = (room: string) => (each: Import) => each.file.startsWith(`source/${room}/`);
const outside =
  (...rooms: string[]) =>
  (each: Import) =>
    !rooms.some((room) => inRoom(room)(each));

/** What each room may import; `cli.tsx` is one by itself. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  util: [],
  text: ['contract'],
  project: ['contract', 'util'],
  demo: ['contract', 'text', 'util'],
  engine: ['contract', 'project', 'text', 'util'],
  // Its own schema is upgraded by its own revisions, with the engine's code.
  journal: ['contract', 'engine', 'text', 'util'],
  session: ['contract', 'engine', 'journal', 'project', 'text', 'util'],
  presentation: ['contract', 'text'],
  tui: ['contract', 'presentation', 'session', 'text'],
  cli: ['contract', 'demo', 'presentation', 'project', 'session', 'text', 'tui', 'util'],
  'cli.tsx': ['cli', 'contract', 'text'],
};

const roomOf = (file: string) => (/^source\/([^/]+)\//.exec(file) ?? [])[1] ?? file;

/** The file that an import leads to; null for a package. */
const targetOf = ({ file, specifier }: Import) =>
  specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), specifier)) : null;

/** Files that import each other, through others or not; one group for each circle. */
function circlesOf(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reached = new Map<string, ReadonlySet<string>>();
  for (const start of edges.keys()) {
    const seen = new Set<string>();
    const open = [...(edges.get(start) ?? [])];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      open.push(...(edges.get(file) ?? []));
    }
    reached.set(start, seen);
  }
  const inOne = [...edges.keys()].filter((file) => reached.get(file)?.has(file));
  const groups = new Map<string, readonly string[]>();
  for (const file of inOne) {
    const group = inOne.filter(
      (other) => reached.get(file)?.has(other) && reached.get(other)?.has(file),
    );
    groups.set(group.join(), group);
  }
  return [...groups.values()];
}

describe('layering', () => {
  test('there are imports to judge', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  test('a room imports only those below it', () => {
    const wrong = imports.flatMap((each) => {
      const target = targetOf(each);
      if (!target?.startsWith('source/')) return [];
      const [from, to] = [roomOf(each.file), roomOf(target)];
      return from === to || ROOMS[from]?.includes(to) ? [] : [`${each.file} → ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  test('no files import each other in a circle, not even types', () => {
    const edges = new Map<string, string[]>();
    for (const each of imports) {
      const target = targetOf(each);
      if (target === null) continue;
      edges.set(each.file, [...(edges.get(each.file) ?? []), target]);
    }
    expect(circlesOf(edges)).toEqual([]);
  });

  test('only engine and journal name MikroORM', () => {
    const wrong = imports
      .filter(outside('engine', 'journal'))
      .filter(({ specifier }) => /^(@mikro-orm\/|kysely|better-sqlite3)/.test(specifier));
    expect(wrong).toEqual([]);
  });

  test('the engine has no static import of MikroORM: the project brings it', () => {
    const wrong = imports
      .filter(inRoom('engine'))
      .filter(({ specifier, typeOnly }) => /^(@mikro-orm\/|kysely)/.test(specifier) && !typeOnly);
    expect(wrong).toEqual([]);
  });

  test('only tui imports ink and react', () => {
    const wrong = imports
      .filter(outside('tui'))
      .filter(({ specifier }) => /^(ink|ink-.*|react|react\/.*)$/.test(specifier))
      .filter(({ typeOnly }) => !typeOnly);
    expect(wrong).toEqual([]);
  });

  test('what a screen shows of foreign text has no secret in it, but for what a person types', () => {
    const wrong = imports
      .filter(inRoom('tui'))
      .filter(({ file, specifier }) => /text\/escape/.test(specifier) && !/text-field/.test(file));
    expect(wrong).toEqual([]);
  });

  test('only engine/databases knows a database by its name', () => {
    const files = globSync('source/engine/**/*.ts', { cwd: root }).filter(
      (file) => !file.includes('/databases/'),
    );
    const wrong = files.filter((file) =>
      /databases\/(sqlite|postgresql)|=== '(sqlite|postgresql)'/.test(
        readFileSync(`${root}/${file}`, 'utf8'),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test('what is printed goes through one place', () => {
    // What a terminal shall obey: a line that is cleared, the clipboard; and the place itself.
    const allowed = /\\x1b\[K|clipboardSequence|printable(?:Json)?\(|usageDocument/;
    const wrong = globSync(['cli.tsx', 'source/**/*.{ts,tsx}'], { cwd: root }).flatMap((file) =>
      readFileSync(`${root}/${file}`, 'utf8')
        .split('\n')
        .filter((line) => /std(?:out|err)\.write\(|console\.\w+\(|writeSync\([12],/.test(line))
        .filter((line) => !allowed.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });
});

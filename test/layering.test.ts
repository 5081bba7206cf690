/** The rooms of the code may only import what DESIGN's rules allow; see CONTRIBUTING.md. */

import { globSync, readFileSync } from 'node:fs';
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

describe('layering', () => {
  test('there are imports to judge', () => {
    expect(imports.length).toBeGreaterThan(100);
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

  test('only ui imports ink and react', () => {
    const wrong = imports
      .filter(outside('ui'))
      .filter(({ specifier }) => /^(ink|ink-.*|react|react\/.*)$/.test(specifier));
    expect(wrong).toEqual([]);
  });

  test('ui knows neither engine nor journal', () => {
    const wrong = imports
      .filter(inRoom('ui'))
      .filter(({ specifier }) => /\/(engine|journal)\//.test(specifier));
    expect(wrong).toEqual([]);
  });

  test('what a screen shows of foreign text has no secret in it, but for what a person types', () => {
    const wrong = imports
      .filter(inRoom('ui'))
      .filter(({ file, specifier }) => /text\/escape/.test(specifier) && !/text-field/.test(file));
    expect(wrong).toEqual([]);
  });

  test('only engine/dialects knows a database by its name', () => {
    const files = globSync('source/engine/*.ts', { cwd: root });
    const wrong = files.filter((file) =>
      /dialects\/(sqlite|postgresql)|=== '(sqlite|postgresql)'/.test(
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

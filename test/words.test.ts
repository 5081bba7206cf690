/** One concept has one word; CONTRIBUTING.md lists them. */

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Words that others took the place of, in identifiers and names of files. */
const INSTEAD: Readonly<Record<string, string>> = {
  cutOff: 'disableForeignServers',
  furnish: 'provision',
  gaveUpWaiting: 'isLockTimeout',
  holdStrayOutput: 'captureConsole',
  keeper: 'serverHost',
  outliveReaders: 'ignoreEpipe',
  patient: 'context',
  refusesToWrite: 'isReadOnlyViolation',
  stage: 'sandbox',
  tone: 'style',
  transactionless: 'nonTransactional',
};

const OLD = new RegExp(`\\b(?:${Object.keys(INSTEAD).join('|')})\\b`, 'gi');

const files = globSync(['cli.tsx', 'source/**/*.{ts,tsx}'], { cwd: root }).map((file) =>
  file.replaceAll('\\', '/'),
);

test('names use the words of the glossary', () => {
  const found = files.flatMap((file) => {
    const code = readFileSync(`${root}/${file}`, 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      .replaceAll(/'[^'\n]*'|`[^`]*`/g, '');
    return [...`${file.split('/').at(-1)}\n${code}`.matchAll(OLD)].map(
      ([word]) => `${file}: ${word}`,
    );
  });
  expect(found).toEqual([]);
});

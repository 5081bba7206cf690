/** Files that are written together: all of them, also by a process that is killed meanwhile, or none. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changeFiles, type FileChange, finishChanges } from '../../source/session/files.ts';
import { HOST } from '../../source/session/temp-folders.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';

/** No process has such a number. */
const DEAD = 99_999_999;
const INTENT = `.handrail/writing-${HOST}-${DEAD}.json`;

let folder: TemporaryFolder;

beforeEach(() => {
  folder = temporaryFolder('files');
});

afterEach(() => folder.remove());

const at = (file: string) => join(folder.path, file);
const put = (file: string, text: string) => {
  mkdirSync(join(at(file), '..'), { recursive: true });
  writeFileSync(at(file), text);
};
const text = (file: string) => (existsSync(at(file)) ? readFileSync(at(file), 'utf8') : null);
const handrail = () => readdirSync(at('.handrail')).filter((name) => name !== '.gitignore');

const CHANGES: readonly FileChange[] = [
  { file: 'migrations/new.js', before: null, after: 'new' },
  { file: 'migrations/old.js', before: 'old', after: 'repaired', mode: 0o640 },
  { file: 'migrations/gone.js', before: 'gone', after: null },
];

test('all are made, and nothing else is left', () => {
  put('migrations/old.js', 'old');
  put('migrations/gone.js', 'gone');
  changeFiles(folder.path, CHANGES);
  expect(readdirSync(at('migrations')).sort()).toEqual(['new.js', 'old.js']);
  expect(text('migrations/old.js')).toBe('repaired');
  expect(statSync(at('migrations/old.js')).mode & 0o777).toBe(0o640);
  expect(handrail()).toEqual([]);
});

test('one that can’t be made leaves all as they were', () => {
  put('migrations/taken.js', 'somebody’s');
  const changes = [
    ...CHANGES.slice(0, 1),
    { file: 'migrations/taken.js', before: null, after: '' },
  ];
  expect(() => changeFiles(folder.path, changes)).toThrow('migrations/taken.js is there already.');
  expect(readdirSync(at('migrations'))).toEqual(['taken.js']);
  expect(text('migrations/taken.js')).toBe('somebody’s');
  expect(handrail()).toEqual([]);
});

test.each([
  { when: 'before the first', there: {} },
  { when: 'in the first', there: { [`migrations/new.js.handrail-${DEAD}`]: 'ne' } },
  { when: 'between two', there: { 'migrations/new.js': 'new' } },
  {
    when: 'and another one that was killed while it finished that',
    there: { 'migrations/new.js': 'new', [`migrations/old.js.handrail-${DEAD - 1}`]: 'repa' },
  },
])('what a killed process left undone $when is done', ({ there }) => {
  put('migrations/old.js', 'old');
  put('migrations/gone.js', 'gone');
  for (const [file, content] of Object.entries(there)) put(file, content);
  put(INTENT, JSON.stringify(CHANGES));
  finishChanges(folder.path);
  expect(readdirSync(at('migrations')).sort()).toEqual(['new.js', 'old.js']);
  expect(text('migrations/new.js')).toBe('new');
  expect(text('migrations/old.js')).toBe('repaired');
  expect(handrail()).toEqual([]);
});

test('files that somebody went on with are left alone', () => {
  put('migrations/new.js', 'new');
  put('migrations/old.js', 'edited');
  put('migrations/gone.js', 'gone');
  put(INTENT, JSON.stringify(CHANGES));
  finishChanges(folder.path);
  expect(text('migrations/old.js')).toBe('edited');
  expect(text('migrations/gone.js')).toBe('gone');
  expect(handrail()).toEqual([]);
});

test('what a process that lives is writing is its own, as is what is half told', () => {
  put('migrations/old.js', 'old');
  put(`.handrail/writing-${HOST}-${process.pid}.json`, JSON.stringify(CHANGES));
  put(`${INTENT}.handrail-${DEAD}`, '[{"file":');
  put(`migrations/old.js.handrail-${process.pid}`, 'repa');
  finishChanges(folder.path);
  expect(text('migrations/old.js')).toBe('old');
  expect(text(`migrations/old.js.handrail-${process.pid}`)).toBe('repa');
  expect(handrail()).toEqual([`writing-${HOST}-${process.pid}.json`]);
});

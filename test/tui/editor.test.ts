import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editFile, editorCommand } from '../../source/tui/terminal/editor.ts';
import { type TemporaryFolder, temporaryFolder } from '../kit/environment.ts';

describe('the command of an editor', () => {
  test.each([
    [{ EDITOR: 'vim' }, 'vim', ['+7', 'a b.ts']],
    [{ EDITOR: 'nano -w' }, 'nano -w', ['+7', 'a b.ts']],
    [
      { EDITOR: '"/opt/my editors/vim" -u NONE' },
      '"/opt/my editors/vim" -u NONE',
      ['+7', 'a b.ts'],
    ],
    [{ VISUAL: 'code', EDITOR: 'vim' }, 'code', ['--wait', '--goto', 'a b.ts:7']],
    [{ VISUAL: 'code --wait' }, 'code --wait', ['--goto', 'a b.ts:7']],
    [{ VISUAL: ' ', EDITOR: 'subl' }, 'subl', ['--wait', 'a b.ts:7']],
    [{ EDITOR: 'my-own-thing' }, 'my-own-thing', ['a b.ts']],
  ])('%j', (environment, text, args) => {
    expect(editorCommand(environment, 'a b.ts', 7)).toEqual({ text, args });
  });

  test('is one that is everywhere when none is set', () => {
    expect(editorCommand({}, 'a.ts', 1).text).not.toBe('');
  });
});

describe('an editor', () => {
  let temporary: TemporaryFolder;
  let file: string;
  beforeEach(() => {
    temporary = temporaryFolder('editor');
    file = join(temporary.path, 'it’s a revision.ts');
    writeFileSync(file, 'class A {\n  override async up(): Promise<void> {\n  }\n}\n');
  });
  afterEach(() => temporary.remove());

  const edit = (EDITOR: string) =>
    editFile(file, temporary.path, null, { ...process.env, VISUAL: '', EDITOR });

  test('is given its arguments and the file, whatever that is called', async () => {
    const script = join(temporary.path, 'my editor.mjs');
    writeFileSync(
      script,
      `import { writeFileSync } from 'node:fs'; writeFileSync(process.argv.at(-1), process.argv.slice(2, -1).join())`,
    );
    expect(await edit(`"${process.execPath}" "${script}" one 'two three'`)).toBeNull();
    expect(readFileSync(file, 'utf8')).toBe('one,two three');
  });

  test('that is not there, fails or is killed is a problem in words', async () => {
    expect(await edit('no-such-editor')).toContain('was not found');
    expect(await edit('sh -c "exit 3"')).toContain('status 3');
    expect(await edit('sh -c "kill -9 \\$\\$"')).not.toBeNull();
  });
});

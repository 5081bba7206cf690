/** A revision in the person's own editor, in a real terminal. */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../kit/environment.ts';
import { openHandrail } from '../kit/handrail.ts';
import { makeProject } from '../kit/project.ts';
import { checkedByTypeScript } from './configs.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

/**
 * A small editor that works as the big ones do: it takes the whole screen in raw mode, shows the
 * file at a line, inserts what is typed there, and saves with Ctrl+S and leaves with Ctrl+Q.
 */
const EDITOR = `#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs';
const [at, path] = process.argv.slice(2);
const lines = readFileSync(path, 'utf8').split('\\n');
const row = Number(at.slice(1)) - 1;
let typed = '';
const draw = () => process.stdout.write('\\u001b[2J\\u001b[HEDITOR ' + process.stdout.columns + 'x' + process.stdout.rows + ' line ' + (row + 1) + '\\r\\ntyped: ' + typed + '\\r\\n');
process.stdout.write('\\u001b[?1049h');
process.stdin.setRawMode(true);
process.stdout.on('resize', draw);
draw();
process.stdin.on('data', (data) => {
  for (const key of data.toString()) {
    if (key === '\\u0013') { lines.splice(row, 0, '    // ' + typed); writeFileSync(path, lines.join('\\n')); }
    else if (key === '\\u0011') { process.stdout.write('\\u001b[?1049l'); process.exit(0); }
    else typed += key;
  }
  draw();
});
`;

function makeEditor() {
  const folder = temporaryFolder('editors');
  const path = join(folder.path, 'nano');
  writeFileSync(path.concat('.mjs'), EDITOR);
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${path}.mjs" "$@"\n`);
  chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => folder.remove() };
}

describe('e', () => {
  it('gives the terminal to the editor, every key of it, and takes it back', async () => {
    using editor = makeEditor();
    using project = makeProject({ applied: 2 });
    const newest = project.revisions.at(-1);
    await using app = openHandrail([], { cwd: project.root, env: { EDITOR: editor.path } });
    await app.waitFor('behind by 2', loading);

    await app.press('e');
    await app.waitFor('EDITOR 120x36 line 5', { why: 'it opens in up()' });
    await app.press('q', 'w', 'u');
    await app.waitFor('typed: qwu', { why: 'no key is lost, and none means Handrail' });
    await app.resize(100, 30);
    await app.waitFor('EDITOR 100x30', { why: 'the editor sees the new size' });
    await app.press('ctrl+s', 'ctrl+q');
    await app.waitFor('was saved', { why: 'what came of it is said' });
    expectWholeFrame(app);
    expect(app.text()).not.toContain('EDITOR');
    expect(readFileSync(newest?.path ?? '', 'utf8')).toContain('// qwu');
    await app.waitFor('behind by 2', { why: 'nothing that was typed was taken for a key' });

    await app.press('e');
    await app.waitFor('EDITOR');
    await app.press('ctrl+q');
    await app.waitFor('is as it was');
    await quit(app);
  });

  it('says that there is no such editor, and goes on', async () => {
    using project = makeProject({ applied: 2 });
    await using app = openHandrail([], { cwd: project.root, env: { VISUAL: 'no-such-editor' } });
    await app.waitFor('behind by 2', loading);
    await app.press('e');
    await app.waitFor('could not be run: it was not found');
    expectWholeFrame(app);
    await quit(app);
  });

  it('says where a saved revision is wrong, and opens it there', async () => {
    using editor = makeEditor();
    using project = makeProject({
      kind: 'ts-native',
      applied: 2,
      ...checkedByTypeScript,
    });
    const newest = project.revisions.at(-1);
    const path = newest?.path ?? '';
    const sound = readFileSync(path, 'utf8');
    await using app = openHandrail([], { cwd: project.root, env: { EDITOR: editor.path } });
    await app.waitFor('behind by 2', loading);
    const save = async (text: string) => {
      await app.press('e');
      await app.waitFor('EDITOR');
      writeFileSync(path, text);
      await app.press('ctrl+q');
    };

    await save(`${sound}\nconst pages: number = 'many';\nexport const shown = pages;\n`);
    const line = sound.split('\n').length + 1;
    await app.waitFor(new RegExp(`e opens line ${line}:\\d+: TS2322: `), loading);
    await app.waitFor(`✗ line ${line}:`, { why: 'it stays with the revision' });
    expectWholeFrame(app);
    await app.press('e');
    await app.waitFor(`EDITOR 120x36 line ${line}`, { why: 'it opens there' });
    await app.press('ctrl+q');
    await app.waitFor('is as it was');

    await save(`${sound}\n\nconst oops = (`);
    await app.waitFor(/ts:\d+ can't be loaded/, { ...loading, why: 'it has no end' });
    await app.waitFor('broken');
    expectWholeFrame(app);
    await save(sound);
    await app.waitFor('was saved', loading);
    await app.waitUntilGone('broken', loading);
    expect(app.text()).not.toContain('✗ line');
    await quit(app);
  });
});

/** A project elsewhere, opened for the first time in the app: its code waits for a yes. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../kit/environment.ts';
import { openHandrail } from '../kit/handrail.ts';
import { makeProject } from '../kit/project.ts';
import { loading, quit } from './screens.ts';

/** Leaves a file of that name when it is loaded. */
const leaves = (name: string) =>
  `process.getBuiltinModule('node:fs').writeFileSync(new URL('${name}', import.meta.url), '')`;

const loaded = ['settings-loaded', 'config-loaded'];

const makeElsewhere = () =>
  makeProject({
    applied: 1,
    config: `...(${leaves('config-loaded')}, {})`,
    files: { 'handrail.config.mjs': `${leaves('settings-loaded')}; export default {};` },
  });

describe('a project elsewhere', () => {
  it('is asked about first, and nothing of it is loaded unless the answer is yes', async () => {
    using project = makeElsewhere();
    const home = temporaryFolder('state');
    const here = temporaryFolder('here');
    const left = () => loaded.filter((name) => existsSync(join(project.root, name)));
    const open = (...more: readonly string[]) =>
      openHandrail(['-p', project.root, ...more], {
        cwd: here.path,
        columns: 160,
        env: { XDG_STATE_HOME: home.path },
      });
    try {
      for (const answer of [['n', 'enter'], ['enter'], ['ctrl+c'], ['ctrl+d']]) {
        await using app = open();
        await app.waitFor('Open it? [y/N]');
        expect(app.text().replaceAll(/\s+/g, '')).toContain(
          `First time here: Handrail loads and runs code of ${project.root}`.replaceAll(' ', ''),
        );
        await app.press(...answer);
        const exit = await app.waitForExit();
        expect(exit.status, answer.join()).not.toBe(0);
        expect(app.text()).toContain('Nothing was loaded.');
        expect(left(), answer.join()).toEqual([]);
        expect(existsSync(join(project.root, '.handrail'))).toBe(false);
        expect(readdirSync(home.path)).toEqual([]);
      }
      {
        await using app = open();
        await app.waitFor('Open it? [y/N]');
        await app.press('y', 'enter');
        await app.waitFor('Revisions', loading);
        await app.waitFor('3 pending', loading);
        expect(left()).toEqual(loaded);
        await quit(app);
      }
      await using again = open();
      await again.waitFor('3 pending', { ...loading, why: 'it is known by now' });
      expect(again.raw()).not.toContain('Open it?');
      await quit(again);
    } finally {
      home.remove();
      here.remove();
    }
  });
});

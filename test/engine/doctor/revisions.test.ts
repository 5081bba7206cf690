/** What the doctor makes of revisions and of what is recorded of them. */

import { rmSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { History } from '../../../source/contract/history.ts';
import type { Revision } from '../../../source/contract/revision.ts';
import { makeProject, type Project } from '../../kit/project.ts';
import { change, fingerprint, query } from '../../kit/sqlite.ts';
import { accepted, openEngine } from '../kit.ts';

let project: Project;
afterEach(() => project.cleanup());

/** @param more what journal and git would add to the history */
async function diagnose(more: (history: History) => History = (history) => history) {
  await using engine = openEngine(project.root);
  const history = accepted(await engine.ask((api) => api.history()));
  return accepted(await engine.ask((api) => api.diagnose(more(history)))).findings;
}

const names = () => project.names();

test('nothing is found where all is well, and nothing is written', async () => {
  project = makeProject({ applied: 3 });
  removeFiles(names().slice(3));
  const before = fingerprint(project.databasePath);
  expect(await diagnose()).toEqual([]);
  expect(fingerprint(project.databasePath)).toEqual(before);
});

test('a target that is not there is behind, and not made', async () => {
  project = makeProject({ applied: 0 });
  rmSync(project.databasePath, { force: true });
  expect(await diagnose()).toMatchObject([
    {
      kind: 'behind',
      severity: 'notice',
      facts: names(),
      remedies: [{ commands: ['handrail up'] }],
    },
  ]);
});

test('hazards come first: what is missing, before what is behind', async () => {
  project = makeProject({ applied: 2 });
  const [, second = ''] = names();
  removeFiles([second]);
  expect(await diagnose()).toMatchObject([
    {
      kind: 'missing-file',
      severity: 'hazard',
      about: second,
      what: `${second} is applied, but there is no file for it here.`,
      remedies: [{ commands: [`git log --all --oneline -- '*${second}*'`] }, {}],
    },
    { kind: 'behind', severity: 'notice' },
  ]);
});

test('what journal and git know is found, too', async () => {
  project = makeProject({ applied: 2 });
  const [first = '', second = ''] = names();
  const flag = (name: string, flag: Revision['flags'][number]) => (revision: Revision) =>
    revision.name === name ? { ...revision, flags: [...revision.flags, flag] } : revision;
  const found = await diagnose((history) => ({
    ...history,
    revisions: history.revisions.map(flag(first, 'edited')).map(flag(second, 'broken')),
    leftovers: ['handrail_throwaway_1'],
  }));
  expect(found.map(({ kind, about }) => [kind, about])).toEqual([
    ['broken', second],
    ['edited', first],
    ['left-throwaway', 'handrail_throwaway_1'],
    ['behind', expect.any(String)],
  ]);
});

test('another extension: the statement that is shown corrects the record', async () => {
  project = makeProject({ applied: 3 });
  const [first = ''] = names();
  change(
    project.databasePath,
    `update mikro_orm_migrations set name = '${first}.cjs' where name = '${first}'`,
  );
  const found = await diagnose();
  expect(found[0]).toMatchObject({ kind: 'other-extension', about: first, severity: 'hazard' });
  const [statement = ''] = found[0]?.remedies.flatMap(({ statements }) => statements) ?? [];
  change(project.databasePath, statement);
  expect(
    query(project.databasePath, 'select name from mikro_orm_migrations order by id limit 1'),
  ).toEqual([{ name: first }]);
  expect((await diagnose()).map(({ kind }) => kind)).not.toContain('other-extension');
});

test('out of order, and twice', async () => {
  project = makeProject({ applied: 3 });
  const [first = '', second = ''] = names();
  change(project.databasePath, `delete from mikro_orm_migrations where name = '${first}'`);
  change(project.databasePath, `insert into mikro_orm_migrations (name) values ('${second}')`);
  const found = await diagnose();
  expect(found.map(({ kind, about, severity }) => [kind, about, severity])).toEqual([
    ['duplicate-name', second, 'hazard'],
    ['out-of-order', first, 'notice'],
    ['behind', expect.any(String), 'notice'],
  ]);
  expect(found[1]?.remedies[0]?.commands).toEqual([
    `handrail rehearse ${first}`,
    `handrail up --only ${first}`,
  ]);
});

function removeFiles(which: readonly string[]): void {
  for (const name of which) project.remove(`migrations/${name}.js`);
}

/** The ways on with a downgrade that was cut off, as databases show them. */

import { describe, expect, test } from 'vitest';
import type { HalfDone, RanStatement } from '../../../source/contract/half-done.ts';
import type { Plan } from '../../../source/contract/plan.ts';
import type { Resolutions } from '../../../source/contract/resolution.ts';
import { createTable } from '../../kit/builders.ts';
import { databases } from '../../kit/databases.ts';
import { temporaryFolder } from '../../kit/environment.ts';
import type { MadeProject } from '../../kit/made-project.ts';
import { accepted, openEngine, runPlan } from '../kit.ts';

const DOWN = ['drop index "two_name"', 'drop table "two"'];

const options = {
  revisions: [
    createTable('base', 'base'),
    {
      label: 'two',
      up: [
        'create table "two" ("id" integer primary key, "name" text)',
        'create index "two_name" on "two" ("name")',
      ],
      down: DOWN,
    },
  ],
  applied: 2,
  content: `insert into two (id, name) values (1, 'a'), (2, 'b')`,
  migrations: 'transactional: false',
};

function statement(seq: number, changes: Partial<RanStatement>): RanStatement {
  const sql = DOWN[seq - 1] ?? '';
  const { length } = sql;
  return { seq, run: 1, sql, length, fate: 'ended', error: null, affected: null, ...changes };
}

/** The last of these statements was cut off. */
function cutOff(project: MadeProject, sent: number): HalfDone {
  const statements = DOWN.slice(0, sent).map((_, at) =>
    statement(at + 1, at + 1 === sent ? { fate: 'running' } : {}),
  );
  return {
    revision: project.revision('two').name,
    direction: 'down',
    run: 1,
    startedAt: '2026-11-30T12:00:00.000Z',
    sha256: null,
    backup: '20261130-120000',
    statements,
    undoing: false,
    rest: DOWN.slice(sent),
  };
}

async function waysOn(project: MadeProject, halfDone: HalfDone): Promise<Resolutions> {
  const folder = temporaryFolder('workspace');
  try {
    await using engine = openEngine(project.root, { access: 'rehearse', workspace: folder.path });
    return accepted(await engine.ask((api) => api.resolutions(halfDone, 'cut')));
  } finally {
    folder.remove();
  }
}

const fromOf = ({ continue: way }: Resolutions) =>
  way.options.map(({ plan: { resolution } }) => resolution?.how === 'continue' && resolution.from);
const lastOf = ({ undo }: Resolutions) =>
  undo.options.map(({ plan: { resolution } }) => resolution?.how === 'undo' && resolution.last);

async function run(project: MadeProject, plan: Plan | undefined): Promise<void> {
  if (!plan) throw new Error('There is no such way.');
  const ran = await runPlan(project.root, plan);
  expect(ran.result.outcome).toBe('done');
}

describe.each(databases)('a downgrade on $label that was cut off', ({ makeProject }) => {
  test('in a statement that is not to be seen goes on with that one', async () => {
    await using project = await makeProject(options);
    await project.database.change('drop index "two_name"');
    const ways = await waysOn(project, cutOff(project, 2));
    expect(ways.shown).toMatchObject({ fate: 'not-run' });
    expect(fromOf(ways)).toEqual([2]);
    expect(lastOf(ways)).toEqual([1]);
    const [onward] = ways.continue.options;
    expect(onward).toMatchObject({ fails: null, plan: { direction: 'down' } });
    expect(onward?.plan.steps[0]?.preview.statements).toEqual(['drop table "two"']);
    await run(project, onward?.plan);
    expect(await project.database.tables()).toEqual(['base', 'mikro_orm_migrations']);
    expect(await project.database.recorded()).toEqual([project.revision('base').name]);
  });

  test('and is undone keeps its record and its rows', async () => {
    await using project = await makeProject(options);
    const before = await project.database.fingerprint();
    await project.database.change('drop index "two_name"');
    const [undo] = (await waysOn(project, cutOff(project, 1))).undo.options;
    expect(undo?.losses).toEqual([]);
    expect(undo?.plan).toMatchObject({ direction: 'up', resolution: { how: 'undo', last: 1 } });
    await run(project, undo?.plan);
    expect(await project.database.fingerprint()).toEqual(before);
  });

  test('in its last statement, which ended, is only recorded; undone, it says what is gone', async () => {
    await using project = await makeProject(options);
    await project.database.change(DOWN.join('; '));
    const ways = await waysOn(project, cutOff(project, 2));
    expect(ways.shown).toMatchObject({ fate: 'ended' });
    expect(fromOf(ways)).toEqual([3]);
    expect(ways.continue.options[0]?.notes.join()).toContain('Sends nothing');
    expect(lastOf(ways)).toEqual([2]);
    expect(ways.undo.options[0]?.notes.join()).toMatch(
      /Statement 2 dropped .* do not come back with this\. They are in the backup 20261130-120000\./,
    );
    await run(project, ways.continue.options[0]?.plan);
    expect(await project.database.recorded()).toEqual([project.revision('base').name]);
  });
});

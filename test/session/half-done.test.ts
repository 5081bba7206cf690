/** Revisions that ran without a transaction and did not end, on real databases. */

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { HalfDone } from '../../source/contract/half-done.ts';
import type { Session } from '../../source/session/session.ts';
import { accepted, refused } from '../engine/kit.ts';
import { createTable, nonTransactional } from '../kit/builders.ts';
import { databases } from '../kit/databases.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { sessionOn } from '../kit/session.ts';

const head = { direction: 'up', goal: { kind: 'head' } } as const;
const back = { direction: 'down', goal: { kind: 'steps', steps: 1 } } as const;

const half = nonTransactional(
  'half',
  [
    'create table "a" ("id" integer)',
    'insert into "a" values (1), (2)',
    'create table "b" ("id" integer, wrong wrong(',
    'create index "base_name" on "base" ("name")',
  ],
  ['drop index "base_name"', 'drop table "b"', 'drop table "a"'],
);

async function only(session: Session): Promise<HalfDone> {
  const [found, ...more] = accepted(await session.halfDone());
  expect(more).toEqual([]);
  if (!found) throw new Error('Nothing is half done.');
  return found;
}

const fates = ({ statements }: HalfDone) => statements.map(({ fate }) => fate);

describe.each(databases)('on $label', ({ makeProject, driver }) => {
  test('a failed upgrade keeps others away, is undone, and is continued once it is mended', async () => {
    await using project = await makeProject({
      revisions: [createTable('base', 'base'), half, createTable('next', 'next')],
      applied: 1,
    });
    const { name, path } = project.revision('half');
    const session = await sessionOn(project.root);
    try {
      accepted(await session.look());
      const failed = accepted(await session.run(accepted(await session.plan(head))));
      expect(failed.outcome).toBe('failed');
      expect(failed.halfDone && fates(failed.halfDone)).toEqual(['ended', 'ended', 'failed']);
      expect(failed.halfDone?.rest).toEqual([expect.stringContaining('create index')]);
      for (const request of [head, back]) {
        expect(refused(await session.plan(request))).toMatchObject({
          code: 'half-done',
          what: expect.stringContaining(name),
        });
      }
      const looked = accepted(await session.look());
      const listed = looked.revisions.filter(({ flags }) => flags.includes('half-done'));
      expect(listed.map((revision) => revision.name)).toEqual([name]);

      const ways = accepted(await session.resolutions(await only(session)));
      const [onward] = ways.continue.options;
      expect(onward?.plan.resolution).toMatchObject({ how: 'continue', from: 3 });
      expect(onward?.fails, 'it is as wrong as it was').not.toBeNull();
      const [undo, ...others] = ways.undo.options;
      expect(others).toEqual([]);
      expect(undo?.plan.steps[0]?.preview.statements).toEqual(['drop table "a"']);
      expect(undo?.losses).toEqual([expect.stringMatching(/^Table a is dropped with 2 rows\.$/)]);
      if (!undo) throw new Error('No undo is offered.');
      expect(accepted(await session.run(undo.plan)).outcome).toBe('done');
      expect(await project.database.tables()).toEqual(['base', 'mikro_orm_migrations']);
      expect(await project.database.recorded()).toEqual([project.revision('base').name]);
      expect(accepted(await session.halfDone())).toEqual([]);
      expect(refused(await session.run(undo.plan)).code).toBe('plan-outdated');

      accepted(await session.run(accepted(await session.plan(head))));
      writeFileSync(path, readFileSync(path, 'utf8').replace(', wrong wrong(', ')'));
      accepted(await session.look());
      const mended = accepted(await session.resolutions(await only(session)));
      expect(mended.continue.options).toHaveLength(1);
      const [going] = mended.continue.options;
      if (!going) throw new Error('It can’t be continued.');
      expect(going.fails).toBeNull();
      expect(accepted(await session.run(going.plan)).outcome).toBe('done');
      expect(await project.database.tables()).toEqual(['a', 'b', 'base', 'mikro_orm_migrations']);
      expect(await project.database.recorded()).toEqual(project.names().slice(0, 2));
      expect(accepted(await session.plan(head)).steps).toHaveLength(1);
    } finally {
      await session.close();
    }
  });

  test('it is told also if runs before did not come to it, or failed with nothing done', async () => {
    const first = 'create table "a" ("id" integer)';
    await using project = await makeProject({
      revisions: [
        createTable('base', 'base'),
        { label: 'before', up: ['wrong wrong'], down: [] },
        { ...half, up: ['wrong wrong', ...half.up.slice(1)] },
      ],
      applied: 1,
      migrations: 'allOrNothing: false',
    });
    const session = await sessionOn(project.root);
    const failed = async () => {
      accepted(await session.look());
      const result = accepted(await session.run(accepted(await session.plan(head))));
      expect(result.outcome).toBe('failed');
      return result.halfDone ?? null;
    };
    const mend = (label: string, sql: string) => {
      const { path } = project.revision(label);
      const mended = readFileSync(path, 'utf8').replace(
        /(['"`])wrong wrong\1/,
        JSON.stringify(sql),
      );
      writeFileSync(path, mended);
    };
    try {
      expect(await failed()).toBeNull();
      mend('before', 'create table "c" ("id" integer)');
      expect(await failed()).toBeNull();
      mend('half', first);
      expect((await failed())?.revision).toBe(project.revision('half').name);
      expect(fates(await only(session))).toEqual(['ended', 'ended', 'failed']);
      expect(refused(await session.plan(head)).code).toBe('half-done');
    } finally {
      await session.close();
    }
  });

  test('a failed downgrade is told, and marked: the record says what the person says', async () => {
    await using project = await makeProject({
      revisions: [
        createTable('base', 'base'),
        {
          ...createTable('two', 'two'),
          down: ['alter table "two" add column "gone" text', 'drop table "nothing"'],
        },
      ],
      applied: 2,
      migrations: 'transactional: false',
    });
    const { name } = project.revision('two');
    const session = await sessionOn(project.root);
    try {
      accepted(await session.look());
      accepted(await session.run(accepted(await session.plan(back))));
      const halfDone = await only(session);
      expect(halfDone).toMatchObject({ revision: name, direction: 'down', rest: [] });
      expect(fates(halfDone)).toEqual(['ended', 'failed']);
      accepted(await session.mark(halfDone, 'pending'));
      expect(await project.database.recorded()).toEqual([project.revision('base').name]);
      expect(accepted(await session.halfDone())).toEqual([]);
      expect(accepted(await session.plan(head)).steps.map((step) => step.name)).toEqual([name]);
    } finally {
      await session.close();
    }
  });

  const goes = {
    ...createTable('two', 'two'),
    down: [
      'insert into "base" ("name") values (\'kept\')',
      'alter table "two" add column "gone" text',
      'drop table "nothing"',
      'drop table "two"',
    ],
  };
  const nothingMade = 'create table "nothing" ("id" integer)';

  /** A downgrade of which two statements ended and the third failed. */
  async function halfDown(project: MadeProject, work: (session: Session) => Promise<void>) {
    const session = await sessionOn(project.root);
    try {
      accepted(await session.look());
      const failed = accepted(await session.run(accepted(await session.plan(back))));
      expect(failed.halfDone && fates(failed.halfDone)).toEqual(['ended', 'ended', 'failed']);
      expect(failed.halfDone?.rest).toEqual(['drop table "two"']);
      await work(session);
      expect(accepted(await session.halfDone())).toEqual([]);
    } finally {
      await session.close();
    }
  }
  const twoTables = {
    revisions: [createTable('base', 'base'), goes],
    applied: 2,
    migrations: 'transactional: false',
  } as const;
  const remarks = 'select name from base';

  test('a failed downgrade is continued where it failed, once it can be', async () => {
    await using project = await makeProject(twoTables);
    await halfDown(project, async (session) => {
      const [going] = accepted(await session.resolutions(await only(session))).continue.options;
      expect(going?.fails, 'there is still nothing to drop').not.toBeNull();
      await project.database.change(nothingMade);
      const ways = accepted(await session.resolutions(await only(session)));
      const [onward, ...others] = ways.continue.options;
      expect(others).toEqual([]);
      if (!onward) throw new Error('It can’t be continued.');
      expect(onward.fails).toBeNull();
      expect(onward.plan).toMatchObject({
        direction: 'down',
        resolution: { how: 'continue', from: 3 },
        steps: [{ preview: { statements: ['drop table "nothing"', 'drop table "two"'] } }],
      });
      expect(accepted(await session.run(onward.plan)).outcome).toBe('done');
    });
    expect(await project.database.recorded()).toEqual([project.revision('base').name]);
    expect(await project.database.tables()).toEqual(['base', 'mikro_orm_migrations']);
    expect(await project.database.query(remarks), 'nothing is done twice').toHaveLength(1);
  });

  test.runIf(driver === 'sqlite')(
    'its backup takes all of it back, and nothing is half done',
    async () => {
      await using project = await makeProject({
        revisions: [createTable('base', 'base'), half],
        applied: 1,
      });
      const before = await project.database.fingerprint();
      const session = await sessionOn(project.root);
      try {
        accepted(await session.look());
        const plan = { ...accepted(await session.plan(head)), backup: true };
        const failed = accepted(await session.run(plan));
        const { backup } = failed;
        if (!backup) throw new Error('No backup was taken.');
        expect(failed.halfDone?.backup).toBe(backup.id);
        expect(refused(await session.plan(head)).why).toContain(backup.id);
        const back = accepted(await session.planRestore(backup.id, false));
        accepted(await session.restore(back));
        expect(await project.database.fingerprint()).toEqual(before);
        expect(accepted(await session.halfDone())).toEqual([]);
        expect(accepted(await session.plan(head)).steps).toHaveLength(1);
      } finally {
        await session.close();
      }
    },
  );
});

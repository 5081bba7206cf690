/** `handrail resolve --from`: going on with a revision that failed without a transaction. */

import { expect, test } from 'vitest';
import { databases } from '../kit/databases.ts';
import { runHandrail } from '../kit/handrail.ts';

test.each(databases)(
  'it goes on from the statement that is named on $label',
  async ({ makeProject }) => {
    await using project = await makeProject({
      revisions: [
        { label: 'base', up: ['create table "base" ("id" integer)'], down: ['drop table "base"'] },
        {
          label: 'loose',
          transactional: false,
          up: [
            'create table "made" ("id" integer)',
            'insert into "base" ("id") select "id" from "later"',
            'insert into "made" ("id") values (3)',
          ],
          down: ['drop table "made"'],
        },
      ],
      applied: 1,
    });
    const { name } = project.revision('loose');
    const resolve = (...args: string[]) =>
      runHandrail(['resolve', ...args, '--json'], { cwd: project.root });

    const failed = await runHandrail(['up', '--yes'], { cwd: project.root });
    expect(failed.status, failed.stderr).toBe(3);
    await project.database.change('create table "later" ("id" integer)');
    await project.database.change('insert into "later" ("id") values (2)');

    const before = await project.database.fingerprint();
    const elsewhere = await resolve('--from', '1', '--yes');
    expect(elsewhere.status).toBe(4);
    expect(JSON.parse(elsewhere.stdout).problem.next).toContain(
      `handrail resolve ${name} --from 2`,
    );
    expect(await project.database.fingerprint()).toEqual(before);

    const done = await resolve('--from', '2', '--yes');
    expect(done.status, done.stderr).toBe(0);
    expect(await project.database.recorded()).toContain(name);
    expect(await project.database.query('select "id" from "base"')).toEqual([{ id: 2 }]);
    expect(await project.database.query('select "id" from "made"')).toEqual([{ id: 3 }]);
  },
);

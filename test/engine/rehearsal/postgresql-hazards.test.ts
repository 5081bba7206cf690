/** Whom a revision keeps waiting: found in a rehearsal, repaired, and not found any more. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database, PostgresProject } from '../../kit/postgresql.ts';
import type { Revision } from '../../kit/revisions.ts';
import { planAndRun } from '../kit.ts';
import { applyRepair, kindsOf, rehearse } from './kit.ts';

let database: Database;
let project: PostgresProject | null = null;

beforeEach(async () => {
  database = await Database.make();
});
afterEach(async () => {
  project?.cleanup();
  project = null;
  await database[Symbol.asyncDispose]();
});

const shop: Revision = {
  label: 'shop',
  up: ['create table "invoice" ("id" serial primary key, "total" int not null);'],
  down: ['drop table "invoice";'],
};

async function shopWith(pending: Revision, rows: number): Promise<PostgresProject> {
  project = new PostgresProject(database, { revisions: [shop, pending], entities: [] });
  await planAndRun(project.root, 'up', { kind: 'steps', steps: 1 });
  await database.query(`insert into invoice (total) select generate_series(1, ${rows})`);
  return project;
}

test('a check that is validated later keeps nobody waiting', async () => {
  // It takes as long for few rows as another one for many.
  const check: Revision = {
    label: 'fine',
    up: [
      'alter table "invoice" add constraint "fine" check (total > 0 and pg_sleep(0.07) is not null);',
    ],
    down: ['alter table "invoice" drop constraint "fine";'],
  };
  const shopProject = await shopWith(check, 30);
  const first = await rehearse(shopProject.root);
  expect(kindsOf(first.hazards)).toEqual(['blocks invoice']);
  expect(first.hazards[0]?.what).toMatch(
    /^ACCESS EXCLUSIVE on invoice \(.*kB at the target\), every row of it read: about 2\.\d s of downtime\.$/,
  );
  expect(first.revision.passes[0]?.statements).toMatchObject([
    {
      locks: [{ relation: 'invoice', mode: 'ACCESS EXCLUSIVE' }],
      scanned: ['invoice'],
      rewritten: [],
    },
  ]);

  applyRepair(shopProject, first);
  const { report } = await rehearse(shopProject.root);
  expect(report.revisions.map(({ name }) => name.replace(/^\w+?_/, ''))).toEqual([
    'fine',
    'fine_2_validate',
  ]);
  expect(report.verdict).toBe('clean');
});

test('an index in a revision of its own is built concurrently', async () => {
  const index: Revision = {
    label: 'listing',
    up: ['create index "invoice_total" on "invoice" ("total");'],
    down: ['drop index "invoice_total";'],
  };
  const { root } = await shopWith(index, 30);
  const first = await rehearse(root);
  expect(first.report.verdict).toBe('clean');
  const notice = first.notices.find(({ kind }) => kind === 'blocks');
  expect(notice?.what).toMatch(
    /^SHARE on invoice .*, invoice_total built: about .* of no writes\.$/,
  );
  const [repair] = notice?.repairs ?? [];
  expect(repair?.rewritten).toContain('isTransactional() {\n    return false;\n  }');
  expect(repair?.rewritten).toContain('create index concurrently "invoice_total"');
  expect(repair?.rewritten).toContain('drop index concurrently "invoice_total"');
});

test('a new value of an enumeration can be used once it is committed', async () => {
  const values: Revision = {
    label: 'values',
    up: [
      `alter type "state" add value 'sent';`,
      `alter table "invoice" add column "state" "state" not null default 'sent';`,
    ],
    down: ['alter table "invoice" drop column "state";'],
  };
  const enumeration: Revision = {
    label: 'state',
    up: [...(shop.up ?? []), `create type "state" as enum ('open');`],
    down: ['drop type "state";', ...(shop.down ?? [])],
  };
  project = new PostgresProject(database, { revisions: [enumeration, values], entities: [] });
  await planAndRun(project.root, 'up', { kind: 'steps', steps: 1 });
  const first = await rehearse(project.root);
  expect(kindsOf(first.hazards)).toEqual(['failed']);

  applyRepair(project, first);
  const { revision } = await rehearse(project.root);
  expect(revision.passes[0]?.failure).toBeNull();
  expect(revision.passes[0]?.statements).toMatchObject([{ locks: null }, { locks: null }]);
});

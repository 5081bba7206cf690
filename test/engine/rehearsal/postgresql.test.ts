/** Rehearsals on a real PostgreSQL server: how throwaways are made, and what is found on them. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Database, PostgresProject } from '../../kit/postgresql.ts';
import type { Revision } from '../../kit/revisions.ts';
import { planAndRun } from '../kit.ts';
import { kindsOf, rehearse } from './kit.ts';

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
  up: [
    'create table "customer" ("id" serial primary key, "name" text not null, "note" text);',
    `create table "invoice" ("id" serial primary key, "customer_id" int not null
      references "customer" on delete cascade, "total" numeric(10, 2) not null default 0);`,
  ],
  down: ['drop table "invoice";', 'drop table "customer";'],
};

const ROWS = `insert into customer (name, note) select 'c' || n, 'note ' || n from generate_series(1, 40) n;
  insert into invoice (customer_id, total) select 1 + n % 40, n + 0.25 from generate_series(1, 400) n`;

/** A project without entities, its first revision applied and filled, the others pending. */
async function shopWith(...pending: readonly Revision[]): Promise<PostgresProject> {
  project = new PostgresProject(database, {
    revisions: [shop, ...pending],
    entities: [],
  });
  await planAndRun(project.root, 'up', { kind: 'steps', steps: 1 });
  await database.query(ROWS);
  return project;
}

async function throwaways(): Promise<number> {
  const rows = await database.query(
    `select from pg_database where datname like 'handrail\\_throwaway%'`,
  );
  return rows.length;
}

describe('a rehearsal on a server', () => {
  test('of a harmless revision is clean, and leaves nothing behind', async () => {
    const { root } = await shopWith({
      label: 'email',
      up: ['alter table "customer" add "email" text;'],
      down: ['alter table "customer" drop "email";'],
    });
    const { report, revision } = await rehearse(root);
    expect(revision.steps.find(({ step }) => step === 'copy')?.note).toMatch(/^A copy of /);
    console.log(
      JSON.stringify(revision.findings, null, 1),
      revision.steps.map((s) => [s.step, s.ms]),
    );
    expect(kindsOf(revision.findings)).toEqual([]);
    expect(report).toMatchObject({ verdict: 'clean', throwaways: [{ base: 'target', rows: 440 }] });
    expect(await throwaways()).toBe(0);
  });

  test('replays and copies rows while somebody is connected to the target', async () => {
    const { root } = await shopWith({
      label: 'trim',
      up: ['delete from "customer" where "id" = 1;'],
      down: ['select 1'],
    });
    await using _other = await database.session();
    const { revision, hazards } = await rehearse(root);
    expect(revision.steps.find(({ step }) => step === 'copy')?.note).toMatch(
      /^1 revision replayed, with all rows of /,
    );
    expect(kindsOf(hazards)).toEqual(['rows-lost invoice']);
    expect(hazards[0]).toMatchObject({
      rows: 10,
      what: '10 of 400 rows of invoice are lost.',
      why: 'No statement of the revision deletes from this table. Its foreign key did it: rows of customer were deleted.',
      statement: 'delete from "customer" where "id" = 1;',
    });
    expect(revision.rowsLost).toBe(10);
  });
});

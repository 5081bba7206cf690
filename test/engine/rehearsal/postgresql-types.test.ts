/** What MikroORM's own generator makes is what the entities say, whatever kinds of columns there are. */

import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { expect, inject, test } from 'vitest';
import { Database, PostgresProject, servers } from '../../kit/postgresql.ts';
import type { Revision } from '../../kit/revisions.ts';
import { rehearse } from './kit.ts';

const ENTITIES = readFileSync(
  new URL('../../fixtures/every-type/entities.js', import.meta.url),
  'utf8',
);

/** Each makes one thing different from what the entities say; what would make up for it. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'alter table "numbers" alter "exact" type numeric(12,2)':
    'alter table "numbers" alter column "exact" type numeric(10,2) using ("exact"::numeric(10,2));',
  'alter table "texts" alter "short" type varchar(41)':
    'alter table "texts" alter column "short" type varchar(40) using ("short"::varchar(40));',
  'alter table "texts" alter "fixed" drop default': `alter table "texts" alter column "fixed" set default 'EUR';`,
  'comment on column "texts"."told" is null':
    'There is no comment on column texts.told: What is told',
  'alter table "times" alter "day" set not null':
    'alter table "times" alter column "day" drop not null;',
  'drop index "live"': 'create index "live" on "indexes" ("one") where "deleted" is null;',
  'alter table "generated" drop "full"': `alter table "generated" add "full" varchar(100) generated always as (first || ' ' || last) stored not null;`,
  // MikroORM takes these for the same (SchemaComparator.js).
  'alter table "child" drop constraint "child_restricted_id_foreign", add constraint "child_restricted_id_foreign" foreign key ("restricted_id") references "parent"':
    'foreign key child.child_restricted_id_foreign is FOREIGN KEY (restricted_id) REFERENCES public.parent(id); the entities say FOREIGN KEY (restricted_id) REFERENCES public.parent(id) ON UPDATE RESTRICT ON DELETE RESTRICT',
};

test.each(await servers())(
  'PostgreSQL $label: all as generated is as the entities say',
  async ({ url }) => {
    await using database = await makeDatabase(url);
    using project = projectOn(database, [await everything(database)]);
    const { report, revision } = await rehearse(project.root);
    expect(revision.findings).toMatchObject([{ kind: 'no-downgrade' }]);
    expect(report.verdict).toBe('clean');
  },
);

test('what is different is found', async () => {
  await using database = await makeDatabase(inject('postgresUrl'));
  const otherwise = { label: 'otherwise', up: Object.keys(OTHERWISE) };
  using project = projectOn(database, [await everything(database), otherwise]);
  const { hazards } = await rehearse(project.root);
  expect(hazards).toMatchObject([{ kind: 'entities-differ' }]);
  expect(hazards[0]?.details.toSorted()).toEqual(Object.values(OTHERWISE).toSorted());
});

async function makeDatabase(url: string): Promise<Database> {
  const database = await Database.make(url);
  await database.query('create extension citext');
  return database;
}

/** What MikroORM's own command line makes of the entities. */
async function everything(database: Database): Promise<Revision> {
  using project = projectOn(database, []);
  const { stdout } = await project.mikroOrm(['schema:create', '--dump']);
  const statements = stripVTControlCharacters(stdout).split(/;\n/);
  return { label: 'everything', up: statements.map((sql) => sql.trim()).filter(Boolean) };
}

function projectOn(database: Database, revisions: readonly Revision[]): PostgresProject {
  const project = new PostgresProject(database, { revisions });
  project.write('entities.js', ENTITIES);
  project.write(
    'mikro-orm.config.js',
    `import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import * as entities from './entities.js';
export default defineConfig({
  clientUrl: ${JSON.stringify(database.url)},
  entities: Object.values(entities),
  extensions: [Migrator],
  migrations: { path: 'migrations' },
});
`,
  );
  return project;
}

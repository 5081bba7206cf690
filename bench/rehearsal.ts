/** A rehearsal of a revision on a large database, against the plain cost of doing the same by hand. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sql } from '../test/kit/builders.ts';
import { runHandrail } from '../test/kit/handrail.ts';
import { makeProject } from '../test/kit/project.ts';
import { alternate, type Comparison } from './measure.ts';

const columns = (product: string) =>
  `"id" integer not null primary key, "order_id" integer not null, "product" text ${product}, "amount" integer not null, "price" real not null, "note" text null`;

/** A rebuild, as MikroORM drafts it for a change of nullability: the whole table is copied. */
const rebuild = (product: string) => [
  'pragma foreign_keys = off;',
  `create table "line__temp_alter" (${columns(product)});`,
  'insert into "line__temp_alter" select "id", "order_id", "product", "amount", "price", "note" from "line";',
  'drop table "line";',
  'alter table "line__temp_alter" rename to "line";',
  'create index "line_order_index" on "line" ("order_id");',
  'pragma foreign_keys = on;',
];
const up = rebuild('null');
const down = rebuild('not null');

/** Rows that make a database of about 200 MB. */
const ROWS = 1_500_000;

/** Null where there is no sqlite3 shell to compare with. */
export async function rehearsal(runs: number): Promise<Comparison | null> {
  if (!hasShell()) return null;
  using project = makeProject({
    revisions: [
      sql('lines', [
        `create table "line" (${columns('not null')})`,
        'create index "line_order_index" on "line" ("order_id")',
      ]),
      sql('optional_products', up, down),
    ],
    applied: 1,
  });
  project.write(
    'mikro-orm.config.js',
    `import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/sqlite';
export default defineConfig({ dbName: 'var/library.db', entities: [], discovery: { warnWhenNoEntities: false }, extensions: [Migrator], migrations: { path: 'migrations' } });
`,
  );
  fill(project.databasePath);
  const size = Math.round(statSync(project.databasePath).size / 1_000_000);
  return {
    what: `rehearsal of a rebuilt table, ${size} MB`,
    names: ['`handrail rehearse`', 'copy, and up, down, up with the sqlite3 shell'],
    samples: await alternate(
      runs,
      async () => {
        const start = performance.now();
        const { status, stderr } = await runHandrail(['rehearse'], { cwd: project.root });
        if (status !== 0) throw new Error(`It was not clean: ${stderr}`);
        return performance.now() - start;
      },
      async () => byHand(project.databasePath),
    ),
  };
}

function byHand(path: string): number {
  const copy = `${path}.copy`;
  const start = performance.now();
  copyFileSync(path, copy);
  for (const statements of [up, down, up]) {
    execFileSync('sqlite3', [copy], { input: `begin;\n${statements.join('\n')}\ncommit;\n` });
  }
  const took = performance.now() - start;
  rmSync(copy);
  return took;
}

function fill(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`insert into "line" ("order_id", "product", "amount", "price", "note")
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${ROWS})
    select i / 4, hex(randomblob(16)), i % 9, i / 3.0, hex(randomblob(24)) from n`);
  database.close();
}

function hasShell(): boolean {
  try {
    execFileSync('sqlite3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * A database that tells which revisions ran on it, and how often: each adds a power of ten to the
 * balance of every account, and takes it away on the way down.
 */

import { createTable } from '../kit/builders.ts';
import type { TestDatabase } from '../kit/database.ts';
import type { MadeProject } from '../kit/made-project.ts';
import type { Revision } from '../kit/revisions.ts';

const ACCOUNTS = 50;
const adding = ['ones', 'tens', 'hundreds'] as const;

export const revisions: readonly Revision[] = [
  createTable('base', 'account', ['"balance" integer not null']),
  ...adding.map(
    (label, place): Revision => ({
      label,
      up: [
        `create table "${label}" ("id" integer primary key, "n" integer)`,
        ...[1, 2, 3].map((n) => `insert into "${label}" values (${n}, ${n})`),
        `update "account" set "balance" = "balance" + ${10 ** place}`,
        `delete from "${label}" where "id" = 3`,
      ],
      down: [
        `update "account" set "balance" = "balance" - ${10 ** place}`,
        `drop table "${label}"`,
      ],
    }),
  ),
];

export const content = Array.from(
  { length: ACCOUNTS },
  (_, at) => `insert into "account" ("id", "balance") values (${at + 1}, 0);`,
).join('\n');

/** What is not so; [] if database and record agree, and each revision ran once. */
export async function disagreements(project: MadeProject): Promise<readonly string[]> {
  const { database } = project;
  const recorded = await database.recorded();
  const applied = adding.filter((label) => recorded.includes(project.revision(label).name));
  const base = project.revision('base').name;
  const wrong = [
    ...(new Set(recorded).size === recorded.length ? [] : ['a revision is recorded twice']),
    ...(recorded.includes(base) ? [] : ['the first revision is not recorded any more']),
    ...(await database.damage()),
  ];
  const tables = ['account', 'mikro_orm_migrations', ...applied].sort();
  const found = await database.tables();
  if (found.join() !== tables.join()) {
    wrong.push(
      `${applied.join(', ') || 'none'} recorded, but there are tables: ${found.join(', ')}`,
    );
  }
  const balance = applied.reduce((sum, label) => sum + 10 ** adding.indexOf(label), 0);
  const balances = await database.query(
    'select "balance" as b, count(*) as n from "account" group by "balance"',
  );
  const told = balances.map(({ b, n }) => `${n} accounts with ${b}`).join(', ');
  if (told !== `${ACCOUNTS} accounts with ${balance}`) {
    wrong.push(`expected ${ACCOUNTS} accounts with ${balance}, found ${told}`);
  }
  for (const label of applied.filter((each) => found.includes(each))) {
    if ((await rowsOf(database, label)) !== 2) wrong.push(`${label} has not its two rows`);
  }
  return wrong;
}

async function rowsOf(database: TestDatabase, table: string): Promise<number> {
  return found(await database.query(`select count(*) as n from "${table}"`));
}

function found([row]: Awaited<ReturnType<TestDatabase['query']>>): number {
  return Number(row?.n);
}

/** Where Handrail and the oracle disagree about a case. */

import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type {
  Finding,
  PlanRehearsal,
  RehearsalReport,
  RevisionRehearsal,
} from '../../source/contract/rehearsal.ts';
import type { DriverName } from '../../source/contract/target.ts';
import type { Verdict } from '../../source/contract/verdict.ts';
import type { Case } from './case.ts';
import { firstRepairProblem, repairProblem } from './equality.ts';
import type { Expectation } from './expectation.ts';
import { CaseProject } from './handrail.ts';
import { expectations, planExpectation, type World } from './oracle.ts';
import { PostgresqlWorld, prepare } from './postgresql.ts';
import { isRepairable, type RepairedRevision, type Repairs, repair } from './repairs.ts';
import { SqliteWorld } from './sqlite.ts';

export interface Disagreement {
  /** In a few words, by which it is told apart from others. */
  readonly kind: string;
  /** By its place; null: the run of all of them. */
  readonly revision: number | null;
  readonly expected: Expectation;
  /** Null if Handrail refused to rehearse. */
  readonly report: RehearsalReport | null;
  readonly problem: string;
}

export interface Judged {
  readonly expected: readonly Expectation[];
  /** Not there where none was offered. */
  readonly repairs?: Repairs;
  readonly disagreement: Disagreement | null;
}

/** What the oracle says of a case. */
interface Ruling {
  readonly revisions: readonly Expectation[];
  /** Of several revisions that run together; null where there is one. */
  readonly plan: Expectation | null;
}

/** @param open another world each time, in the state before the case's first revision */
async function ruling(
  made: Case,
  open: () => Promise<World & (Disposable | AsyncDisposable)>,
): Promise<Ruling> {
  await using world = await open();
  const { revisions, left } = await expectations(world, made);
  if (made.revisions.length < 2) return { revisions, plan: null };
  await using other = await open();
  return { revisions, plan: await planExpectation(other, made, left) };
}

/** Where cases of one kind of database are judged. */
export interface Court extends AsyncDisposable {
  readonly driver: DriverName;
  judge(made: Case): Promise<Judged>;
}

export class SqliteCourt implements Court {
  readonly driver = 'sqlite';

  async judge(made: Case): Promise<Judged> {
    const expected = await ruling(made, async () => new SqliteWorld(made));
    return await compared(made, null, expected, async (repaired) => repairProblem(made, repaired));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Has a database for the oracle and one for the target, used for one case after the other. */
export class PostgresqlCourt implements Court {
  readonly driver = 'postgresql';
  readonly #server: string;
  readonly #names = ['oracle', 'target'].map((use) => `truth_${use}_${randomUUID().slice(0, 8)}`);

  private constructor(server: string) {
    this.#server = server;
  }

  /** @param server a URL of a superuser */
  static async open(server: string): Promise<PostgresqlCourt> {
    const court = new PostgresqlCourt(server);
    for (const name of court.#names) await court.#ask(server, `create database "${name}"`);
    return court;
  }

  async judge(made: Case): Promise<Judged> {
    const [, used = ''] = this.#names;
    const [oracle = '', target = ''] = this.#names.map((name) => this.#url(name));
    const expected = await ruling(made, () => PostgresqlWorld.open(oracle, made));
    const client = await connected(target);
    try {
      await prepare(client, made);
    } finally {
      await client.end();
    }
    // What is still connected to it keeps it from being cloned.
    await this.#ask(
      this.#server,
      `select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = '${used}' and usesysid is not null`,
    );
    return await compared(made, target, expected, async (repaired) => {
      await using real = await PostgresqlWorld.open(oracle, made);
      await using twin = await PostgresqlWorld.open(target, made);
      return await firstRepairProblem(made, repaired, { real, twin });
    });
  }

  #url(name: string): string {
    const url = new URL(this.#server);
    url.pathname = `/${name}`;
    return url.href;
  }

  async #ask(url: string, sql: string): Promise<void> {
    const client = await connected(url);
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#names) {
      await this.#ask(this.#server, `drop database if exists "${name}" with (force)`);
    }
  }
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** @param problemOf says what is wrong with repairs, when Handrail has done with the target */
async function compared(
  made: Case,
  url: string | null,
  { revisions, plan }: Ruling,
  problemOf: (repaired: readonly RepairedRevision[]) => Promise<string | null>,
): Promise<Judged> {
  using project = new CaseProject(made, url);
  const expected = plan ? [...revisions, plan] : revisions;
  const reply = await project.rehearse();
  const [first] = expected;
  if (!reply.ok) {
    const { code, what, why, detail } = reply.problem;
    const problem = [what, why, detail].join(' ');
    const disagreement = { kind: `refused: ${code}`, revision: 0, report: null, problem };
    return { expected, disagreement: first ? { ...disagreement, expected: first } : null };
  }
  const { value: report } = reply;
  const told = { report, problem: '' };
  for (const [revision, each] of revisions.entries()) {
    const kind = kindOf(each, report.revisions[revision]);
    if (kind !== null)
      return { expected, disagreement: { kind, revision, expected: each, ...told } };
  }
  const kind = plan && planKindOf(plan, report.plans[0]);
  if (plan && kind !== null) {
    const disagreement = { kind: `plan: ${kind}`, revision: null, expected: plan, ...told };
    return { expected, disagreement };
  }
  if (!first || !isRepairable(report)) return { expected, disagreement: null };
  const repairs = await repair(project, report);
  const problem = repairs.problem ?? (await problemOf(repairs.made));
  if (problem === null) return { expected, repairs, disagreement: null };
  const kindOfRepair = repairs.problem === null ? 'not equal' : 'not undone';
  const titles = repairs.made.flatMap((each) => [
    ...each.titles,
    ...each.text.up.map(({ sql }) => `\n      ${sql};`),
  ]);
  const disagreement = {
    kind: `repair: ${kindOfRepair}`,
    revision: repairs.made[0]?.revision ?? null,
    expected: first,
    report: null,
    problem: `${problem}: ${titles.join('')}`,
  };
  return { expected, repairs, disagreement };
}

/** What is compared of what Handrail says. */
export interface Said extends Pick<RevisionRehearsal, 'verdict' | 'rowsLost'> {
  readonly findings: readonly Pick<Finding, 'kind' | 'severity'>[];
}

/** Null where they agree. */
export function kindOf(expected: Expectation, said: Said | undefined): string | null {
  if (!said) return `nothing instead of ${expected.verdict}`;
  return differenceOf(expected, verdictOf(said), said.rowsLost);
}

/** What a plan tells leaves out what its revisions tell; its verdict is of all. */
function planKindOf(expected: Expectation, said: PlanRehearsal | undefined): string | null {
  if (!said) return `no plan instead of ${expected.verdict}`;
  return differenceOf(expected, said.verdict, said.rowsLost);
}

function differenceOf(expected: Expectation, verdict: Verdict, rowsLost: number): string | null {
  const either = expected.verdict === 'open' && verdict !== 'failed';
  if (!either && expected.verdict !== verdict) return `${verdict} instead of ${expected.verdict}`;
  if (verdict === 'failed' || expected.rowsLost === null) return null;
  return rowsLost === expected.rowsLost ? null : 'another number of rows lost';
}

/** Cases have no entities, so that the schema is never what they say. */
function verdictOf({ verdict, findings }: Said): Said['verdict'] {
  if (verdict !== 'hazards') return verdict;
  const others = findings.filter(({ kind }) => kind !== 'entities-differ');
  return others.some(({ severity }) => severity === 'hazard') ? 'hazards' : 'clean';
}

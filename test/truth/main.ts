/**
 * Rehearses revisions as people write them, and prints where Handrail and the oracle disagree:
 *
 *     npm run test:truth -- --count 2000 --seed 7
 *     npm run test:truth -- --database postgresql --count 500
 *     npm run test:truth -- --seed 7 --only 123        # one of them again
 *     npm run test:truth -- --kept                      # those that they disagreed about once
 *
 * Ends with 1 if there is a disagreement.
 */

import { parseArgs } from 'node:util';
import fc from 'fast-check';
import type { Case } from './case.ts';
import { caseOf } from './changes.ts';
import { type Court, type Disagreement, PostgresqlCourt, SqliteCourt } from './compare.ts';
import { type Shape, shape } from './descriptor.ts';
import { KEPT } from './kept.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    database: { type: 'string', default: 'sqlite' },
    /** How many smaller cases are tried for each disagreement. */
    shrink: { type: 'string', default: '100' },
    /** The number of one case. */
    only: { type: 'string' },
    kept: { type: 'boolean', default: false },
    /** Lists why repairs were not kept. */
    unproven: { type: 'boolean', default: false },
  },
});

/** Seeds of cases are so far apart that those of two runs are not the same. */
const APART = 1_000_003;

const server = process.env.HANDRAIL_TEST_POSTGRES_URL;

async function open(): Promise<Court> {
  if (values.database === 'sqlite') return new SqliteCourt();
  if (!server) throw new Error('HANDRAIL_TEST_POSTGRES_URL names a server, as a superuser.');
  return await PostgresqlCourt.open(server);
}

/** The smallest case that fast-check finds with the same kind of disagreement. */
async function smallest(
  court: Court,
  sample: Shape,
  found: Disagreement,
  seed: number,
): Promise<readonly [Case, Disagreement]> {
  let best: readonly [Case, Disagreement] = [caseOf(court.driver, sample), found];
  let left = Number(values.shrink);
  await fc.check(
    fc.asyncProperty(fc.noBias(shape), async (smaller) => {
      if (left-- <= 0) return;
      const made = caseOf(court.driver, smaller);
      const { disagreement } = await court.judge(made);
      if (disagreement?.kind !== found.kind) return;
      best = [made, disagreement];
      throw new Error(disagreement.kind);
    }),
    { seed, numRuns: 1 },
  );
  return best;
}

function told(label: string, made: Case, found: Disagreement): string {
  const { kind, revision, expected, report, problem } = found;
  const said = revision === null ? report?.plans[0] : report?.revisions[revision];
  const sql = (statements: readonly { readonly sql: string }[] | null) =>
    (statements ?? [{ sql: '-- none' }]).map((each) => `  ${each.sql};`);
  return [
    `── ${label}: ${kind} (${revision === null ? `all of ${made.revisions.length}` : `revision ${revision + 1}`})`,
    ...(made.allOrNothing ? [] : ['  -- allOrNothing: false']),
    ...made.setup.map((each) => `  ${each};`),
    ...made.revisions.flatMap(({ up, down }, at) => [
      `  -- ${at + 1}, up`,
      ...sql(up),
      `  -- ${at + 1}, down`,
      ...sql(down),
    ]),
    `  oracle: ${expected.verdict}, ${expected.rowsLost ?? 'any number of'} rows lost`,
    ...expected.reasons.slice(0, 8).map((reason) => `    ${reason}`),
    `  handrail: ${said ? `${said.verdict}, ${said.rowsLost} rows lost` : problem || 'nothing'}`,
    ...(said?.findings ?? [])
      .filter((finding) => finding.kind !== 'entities-differ')
      .flatMap(({ step, severity, kind: its, what, why, details }) => [
        `    ${step}, ${severity}, ${its}: ${what} ${its === 'not-compared' ? why : ''}`,
        ...(its === 'schema-differs' || its === 'entities-differ'
          ? details.map((each) => `      ${each}`)
          : []),
      ]),
  ].join('\n');
}

await using court = await open();
const verdicts = new Map<string, number>();
const kinds = new Map<string, number>();
const began = performance.now();
let ran = 0;
let repaired = 0;
const unproven: string[] = [];
if (values.kept) await judgeKept();
for (const index of values.kept ? [] : chosen()) {
  const seed = Number(values.seed) * APART + index;
  const [sample] = fc.sample(fc.noBias(shape), { seed, numRuns: 1 });
  if (!sample) continue;
  // What a run that is ended early has seen.
  if (++ran % 20 === 0) console.error(`${ran} cases …`);
  const { expected, repairs, disagreement } = await court.judge(caseOf(court.driver, sample));
  repaired += repairs?.made.length ?? 0;
  for (const why of repairs?.unproven ?? []) unproven.push(`case ${index}: ${why}`);
  for (const { verdict } of expected) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  if (!disagreement) continue;
  kinds.set(disagreement.kind, (kinds.get(disagreement.kind) ?? 0) + 1);
  console.log(told(`case ${index}`, ...(await smallest(court, sample, disagreement, seed))));
}

function chosen(): readonly number[] {
  if (values.only !== undefined) return [Number(values.only)];
  return Array.from({ length: Number(values.count) }, (_, index) => index);
}

async function judgeKept(): Promise<void> {
  for (const made of KEPT.filter(({ driver }) => driver === court.driver)) {
    ran++;
    const { expected, repairs, disagreement } = await court.judge(made);
    repaired += repairs?.made.length ?? 0;
    const verdict = expected.at(-1)?.verdict ?? 'open';
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    if (verdict !== made.verdict) throw new Error(`${made.label}: ${JSON.stringify(expected)}`);
    if (!disagreement) continue;
    kinds.set(disagreement.kind, (kinds.get(disagreement.kind) ?? 0) + 1);
    console.log(told(made.label, made, disagreement));
  }
}

const counted = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([what, count]) => `${count} ${what}`).join(', ') || 'none';
console.log(`${ran} cases on ${court.driver}, ${Math.round((performance.now() - began) / 1000)} s`);
console.log(`revisions that should be: ${counted(verdicts)}`);
console.log(`revisions repaired: ${repaired}; repairs that were not proven: ${unproven.length}`);
if (values.unproven) for (const each of unproven) console.log(`  ${each}`);
console.log(`disagreements: ${counted(kinds)}`);
process.exitCode = kinds.size > 0 ? 1 : 0;

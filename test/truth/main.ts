/** Runs cases and prints where Handrail and the oracle disagree. */

import { parseArgs } from 'node:util';
import fc from 'fast-check';
import type { RehearsalReport } from '../../source/rehearsal.ts';
import type { Case } from './case.ts';
import { caseOf } from './changes.ts';
import { type Shape, shape } from './descriptor.ts';
import type { Expectation } from './expectation.ts';
import { CaseProject } from './handrail.ts';
import { expectations } from './sqlite.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    shrink: { type: 'string', default: '150' },
    only: { type: 'string' },
    show: { type: 'boolean', default: false },
  },
});

interface Disagreement {
  readonly kind: string;
  readonly revision: number;
  readonly expected: Expectation;
  readonly report: RehearsalReport | null;
  readonly problem: string;
}

const tally = new Map<string, number>();
const times = { oracle: 0, handrail: 0 };

async function disagreementOf(made: Case, counting = false): Promise<Disagreement | null> {
  let at = performance.now();
  const expected = expectations(made);
  times.oracle += performance.now() - at;
  at = performance.now();
  using project = new CaseProject(made, null);
  const reply = await project.rehearse();
  times.handrail += performance.now() - at;
  if (!reply.ok) {
    const { what, why, detail } = reply.problem;
    return {
      kind: `refused ${reply.problem.code}`,
      revision: 0,
      expected: expected[0] ?? { verdict: 'open', reasons: [], rowsLost: null },
      report: null,
      problem: `${what} ${why} ${detail}`,
    };
  }
  const { value: report } = reply;
  for (const [index, each] of expected.entries()) {
    const said = report.revisions[index];
    if (counting) tally.set(each.verdict, (tally.get(each.verdict) ?? 0) + 1);
    const verdict = said?.verdict ?? 'nothing';
    const kind =
      each.verdict === 'open' || each.verdict === verdict
        ? verdict === 'failed' && each.verdict === 'open'
          ? 'failed instead of open'
          : said &&
              each.rowsLost !== null &&
              said.verdict !== 'failed' &&
              each.rowsLost !== said.rowsLost
            ? 'rows lost'
            : null
        : `${verdict} instead of ${each.verdict}`;
    if (kind === null) continue;
    return { kind, revision: index, expected: each, report, problem: '' };
  }
  return null;
}

function print(index: number, made: Case, found: Disagreement): void {
  const lines = [`── ${index}: ${found.kind} (revision ${found.revision + 1})`];
  for (const sql of made.setup) lines.push(`  ${sql};`);
  for (const [at, { up, down }] of made.revisions.entries()) {
    lines.push(`  -- ${at + 1} up`, ...up.map(({ sql }) => `  ${sql};`));
    lines.push(
      `  -- ${at + 1} down`,
      ...(down ?? [{ sql: '(none)' }]).map(({ sql }) => `  ${sql};`),
    );
  }
  lines.push(`  oracle: ${found.expected.verdict}, rows lost ${found.expected.rowsLost}`);
  lines.push(...found.expected.reasons.slice(0, 8).map((reason) => `    ${reason}`));
  const said = found.report?.revisions[found.revision];
  lines.push(`  handrail: ${said?.verdict ?? found.problem}, rows lost ${said?.rowsLost}`);
  for (const { step, severity, kind, what, details } of said?.findings ?? []) {
    if (kind === 'entities-differ') continue;
    lines.push(
      `    ${step} ${severity} ${kind}: ${what} ${kind === 'schema-differs' ? details.join(' | ') : ''}`,
    );
  }
  console.log(lines.join('\n'));
}

const count = Number(values.count);
const seed = Number(values.seed);
const kinds = new Map<string, number>();
for (let index = 0; index < count; index++) {
  if (values.only !== undefined && Number(values.only) !== index) continue;
  const [sample] = fc.sample(fc.noBias(shape), { seed: seed * 1_000_003 + index, numRuns: 1 });
  if (!sample) continue;
  const made = caseOf('sqlite', sample);
  const found = await disagreementOf(made, true);
  if (!found) continue;
  kinds.set(found.kind, (kinds.get(found.kind) ?? 0) + 1);
  const [smallest, its] = await shrunk(
    sample,
    found,
    Number(values.shrink),
    seed * 1_000_003 + index,
  );
  print(index, caseOf('sqlite', smallest), its);
}

/** The smallest case that fast-check finds with the same kind of disagreement. */
async function shrunk(
  sample: Shape,
  found: Disagreement,
  tries: number,
  at: number,
): Promise<readonly [Shape, Disagreement]> {
  let best: readonly [Shape, Disagreement] = [sample, found];
  let left = tries;
  await fc.check(
    fc.asyncProperty(fc.noBias(shape), async (smaller) => {
      if (left-- <= 0) return;
      const its = await disagreementOf(caseOf('sqlite', smaller));
      if (its?.kind !== found.kind) return;
      best = [smaller, its];
      throw new Error(its.kind);
    }),
    { seed: at, numRuns: 1 },
  );
  return best;
}

console.log({
  count,
  seed,
  tally: Object.fromEntries(tally),
  disagreements: Object.fromEntries(kinds),
  seconds: { oracle: times.oracle / 1000, handrail: times.handrail / 1000 },
});

/** What a revision does to those who use the database meanwhile. */

import type { DialectFinding, RevisionStatements } from '../../analysis.ts';
import type { PassRecord } from '../../measurement.ts';
import type { Tables } from '../../throwaway.ts';
import { type Hazard, surveyOf } from './context.ts';
import { inUse } from './in-use.ts';
import { indexBuild } from './index-build.ts';
import { longTransaction } from './long-transaction.ts';
import { manyLocks } from './many-locks.ts';
import { rewrite } from './rewrite.ts';
import { scan } from './scan.ts';

const HAZARDS: readonly Hazard[] = [rewrite, scan, indexBuild, inUse, longTransaction, manyLocks];

/**
 * @param throwaway what was there before the pass
 * @param slowdown see {@link slowdownOf}
 */
export async function hazardsOf(
  pass: PassRecord,
  statements: RevisionStatements,
  throwaway: Tables,
  target: Tables,
  slowdown = 1,
): Promise<readonly DialectFinding[]> {
  const survey = await surveyOf(pass, statements, throwaway, target, slowdown);
  const found = await Promise.all(HAZARDS.map((hazard) => hazard(survey)));
  return found.flat();
}

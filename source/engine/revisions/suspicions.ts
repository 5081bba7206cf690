/** What a plan may do to rows by the way, as far as its statements and the target show. */

import type { History } from '../../contract/history.ts';
import type { Plan, PlanHazard, PlanStep } from '../../contract/plan.ts';
import { HAZARD_SQL } from '../../contract/plan.ts';
import type { RawQuery } from '../databases/raw-query.ts';
import type { Project } from '../project/project.ts';

/** Nothing is feared for a target that is not there yet. */
export async function suspicionsOf(
  project: Project,
  { target }: History,
  steps: readonly PlanStep[],
): Promise<Pick<Plan, 'hazards' | 'doubtful'>> {
  if (!target.exists) return { hazards: [], doubtful: false };
  const hazards = await suspected(project, steps);
  return { hazards, doubtful: hazards.length > 0 || dependsOnData(project, steps) };
}

/** What the code sends is seen only when it runs, and there are statements to be feared. */
function dependsOnData({ dialect }: Project, steps: readonly PlanStep[]): boolean {
  return dialect.guard.suspend.length > 0 && steps.some(({ preview }) => preview.incomplete);
}

/** Statements that may delete rows by the way, as far as the target shows now. */
async function suspected(
  project: Project,
  steps: readonly PlanStep[],
): Promise<readonly PlanHazard[]> {
  const { connection, dialect } = project;
  const query: RawQuery = (sql) => connection.execute(sql, [], 'all');
  const suspicionOf = dialect.guard.suspecting(query);
  const hazards: PlanHazard[] = [];
  /** Of a loop over rows one is enough. */
  const begun = new Set<string>();
  for (const { name, preview } of steps) {
    for (const sql of preview.statements) {
      const [start = sql] = sql.split('(', 1);
      if (begun.has(start) && !dialect.guard.looksHarmful(sql)) continue;
      begun.add(start);
      const what = await suspicionOf(sql);
      if (what) hazards.push({ revision: name, sql: sql.slice(0, HAZARD_SQL), what });
    }
  }
  return hazards;
}

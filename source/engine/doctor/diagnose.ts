/** Asks every check of the doctor what it finds. Looking, not touching. */

import type { Diagnosis, DoctorFinding } from '../../contract/doctor.ts';
import type { History } from '../../contract/history.ts';
import { connectReadOnly, type OpenTarget } from '../project/project.ts';
import { readFolder } from '../revisions/files.ts';
import { tableOf } from '../revisions/migrations-table.ts';
import { behind } from './behind.ts';
import { broken } from './broken.ts';
import type { Check, CheckContext } from './check.ts';
import { duplicateName } from './duplicate-name.ts';
import { edited } from './edited.ts';
import { leftThrowaway } from './left-throwaway.ts';
import { missingFile } from './missing-file.ts';
import { otherExtension } from './other-extension.ts';
import { outOfOrder } from './out-of-order.ts';

/** Those of every database; the worst first. */
const checks: readonly Check[] = [
  duplicateName,
  broken,
  otherExtension,
  missingFile,
  outOfOrder,
  edited,
  leftThrowaway,
  behind,
];

/** @param history with what journal and git know */
export async function diagnose(project: OpenTarget, history: History): Promise<Diagnosis> {
  const context: CheckContext = {
    history,
    files: await readFolder(project),
    table: tableOf(project).quoted,
    query: (sql) => project.connection.execute(sql, [], 'all'),
  };
  if (history.target.exists) await connectReadOnly(project);
  const own = history.target.exists ? project.dialect.checks : [];
  const findings: DoctorFinding[] = [];
  for (const { kind, find } of [...own, ...checks]) {
    findings.push(...(await find(context)).map((found) => ({ kind, ...found })));
  }
  const rank = { hazard: 0, notice: 1 };
  return { findings: findings.toSorted((a, b) => rank[a.severity] - rank[b.severity]) };
}

/** Whether the rehearsal of a repaired revision proves that the repair may be kept. Pure. */

import type {
  Finding,
  FindingKind,
  RehearsalStepName,
  RevisionRehearsal,
} from '../contract/rehearsal.ts';

/** What is no matter of rows: it may show once a revision that failed can be run to its end. */
const NOT_OF_ROWS: ReadonlySet<FindingKind> = new Set([
  'drift',
  'entities-differ',
  'test-failed',
  'blocks',
  'in-use',
]);

/** Where a hazard is what the run failed for. */
const RUNS: ReadonlySet<RehearsalStepName> = new Set(['up', 'down', 'up-again']);

/**
 * @param before the revision as its file is, once for each base
 * @param after the same with the repairs, and the revisions that they add
 * @param helped the findings that the repairs are for
 * @returns why they can't be kept, in a sentence or two; null if they can
 */
export function whyNotProven(
  before: readonly RevisionRehearsal[],
  after: readonly RevisionRehearsal[],
  helped: readonly Finding[],
): string | null {
  if (after.length === 0) return 'It could not be rehearsed.';
  const found = after.flatMap(({ findings }) => findings).filter(isHazard);
  const failed = after.find(({ verdict }) => verdict === 'failed');
  if (failed) {
    const hazards = failed.findings.filter(isHazard);
    const finding = hazards.find(({ step }) => RUNS.has(step)) ?? hazards[0];
    return `It does not complete: ${finding ? sentencesOf(finding) : failed.name}`;
  }
  const unproven = found.find(({ kind }) => kind === 'not-proven');
  if (unproven) return sentencesOf(unproven);
  const useless = helped.find((finding) => found.some((each) => isAsBad(each, finding)));
  if (useless) return `It does not help: ${sentencesOf(useless)}`;
  const known = before.flatMap(({ findings }) => findings).filter(isHazard);
  const wasRun = before.every(({ verdict }) => verdict !== 'failed');
  const worse = found.find(
    (finding) =>
      !known.some((each) => isAsBad(each, finding)) && (wasRun || !NOT_OF_ROWS.has(finding.kind)),
  );
  return worse ? `There is a hazard that was not there before: ${sentencesOf(worse)}` : null;
}

function isHazard({ severity }: Finding): boolean {
  return severity === 'hazard';
}

/** The same thing, for at least as many rows. */
function isAsBad(one: Finding, other: Finding): boolean {
  return (
    one.kind === other.kind &&
    one.table === other.table &&
    one.column === other.column &&
    (one.rows ?? 0) >= (other.rows ?? 0)
  );
}

function sentencesOf({ what, why, details }: Finding): string {
  const facts = why || details.slice(0, 3).join('; ');
  return facts ? `${what} ${facts}` : what;
}

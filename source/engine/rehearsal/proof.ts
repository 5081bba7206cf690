/**
 * Whether a repaired revision makes of the database what the revision as it was would have made of
 * it, if nothing had happened by the way: its schema and every row of it.
 */

import type { Differing, RepairedText } from '../../contract/rehearsal.ts';
import type { FindingFacts } from '../databases/finding.ts';
import type { Mark, StateDifference } from '../databases/throwaway.ts';
import type { RevisionReader } from '../revisions/preview.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';
import type { Sandbox } from './sandbox.ts';

/** At most so many differences are told. */
const SHOWN = 20;

/**
 * Compares the upgraded throwaway with the original's upgrade, run without following references.
 * Where the original can't be run even so, there is nothing to compare with.
 *
 * @param start what the upgrade began with
 * @param original the revision as its file is
 */
export async function provenBy(
  sandbox: Sandbox,
  reader: RevisionReader,
  start: Mark,
  original: RevisionFile,
  { differs }: RepairedText,
): Promise<FindingFacts | null> {
  const { throwaway } = sandbox;
  if (!throwaway.differencesFrom) return null;
  const preview = await reader.preview(original, 'up');
  const run = () => sandbox.run(preview, 'up', start, false, original);
  const twins = [await sandbox.twin(start, run), await sandbox.twin(start, run)] as const;
  try {
    const [wanted, again] = twins.map(({ state }) => state);
    if (!wanted || !again) return null;
    const found = throwaway
      .differencesFrom(wanted, again)
      .filter((difference) => !isMeant(difference, differs));
    if (found.length === 0) return null;
    return {
      kind: 'not-proven',
      severity: 'hazard',
      what: 'The repaired upgrade ends otherwise than the revision as it is would without foreign key actions.',
      details: found.slice(0, SHOWN).map(({ what }) => what),
    };
  } finally {
    for (const { state } of twins) await state?.release();
  }
}

/** Whether a repair says that it differs there. */
function isMeant({ kind, table, column }: StateDifference, differs: readonly Differing[]): boolean {
  return differs.some(({ table: name, columns }) => {
    if (name.toLowerCase() !== table.toLowerCase()) return false;
    if (columns === 'all' || kind === 'schema' || kind === 'numbers') return true;
    return (
      kind === 'values' && columns.some((each) => each.toLowerCase() === column?.toLowerCase())
    );
  });
}

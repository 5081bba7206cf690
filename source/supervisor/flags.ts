/** Adds to a history what the engine can't know: the journal's hashes, the revisions' code. */

import type { History, Inspection, Revision, RevisionFlag } from '../protocol.ts';

/** Facts about revisions' code, kept by the hash of the file so that each is found out once. */
export class Inspections {
  readonly #known = new Map<string, Inspection>();

  get(revision: Revision): Inspection | undefined {
    return this.#known.get(keyOf(revision));
  }

  add(revision: Revision, inspection: Inspection): void {
    this.#known.set(keyOf(revision), inspection);
  }

  /** Revisions whose code was not looked at yet. */
  missing({ revisions }: History): readonly Revision[] {
    return revisions.filter((revision) => revision.state !== 'missing' && !this.get(revision));
  }
}

export function withFlags(
  history: History,
  appliedHashes: ReadonlyMap<string, string>,
  inspections: Inspections,
): History {
  const revisions = history.revisions.map((revision): Revision => {
    const flags: RevisionFlag[] = [...revision.flags];
    const notes = [...revision.notes];
    const applied = appliedHashes.get(revision.name);
    if (
      revision.state === 'applied' &&
      applied !== undefined &&
      revision.sha256 !== null &&
      applied !== revision.sha256
    ) {
      flags.push('edited');
      notes.push('Its file changed since Handrail applied it.');
    }
    const inspection = inspections.get(revision);
    if (inspection?.irreversible != null) {
      flags.push('irreversible');
      notes.push(`It can't be downgraded: ${inspection.irreversible}`);
    }
    if (inspection?.broken != null) {
      flags.push('broken');
      notes.push(inspection.broken);
    }
    return flags.length === revision.flags.length ? revision : { ...revision, flags, notes };
  });
  return { ...history, revisions };
}

function keyOf({ name, sha256 }: Revision): string {
  return `${name}\n${sha256 ?? ''}`;
}

/** Adds to a history what the engine can't know: the journal's hashes, the revisions' code. */

import type { Inspection } from '../contract/engine-api.ts';
import type { HalfDone } from '../contract/half-done.ts';
import type { History } from '../contract/history.ts';
import type { Plan } from '../contract/plan.ts';
import { planDifferences } from '../contract/plan-difference.ts';
import { hashOfBase } from '../contract/rehearsal-inputs.ts';
import type { Revision, RevisionEvidence, RevisionFlag } from '../contract/revision.ts';
import type { RehearsedPlan, RehearsedRow } from '../journal/rehearsals.ts';
import { halfDoneWords } from '../text/phrases.ts';
import type { GitFacts } from './git-facts.ts';

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
    if (inspection?.noDowngrade) {
      flags.push('no-downgrade');
      notes.push('It has no down(), so there is no way back.');
    }
    if (inspection?.broken != null) {
      flags.push('broken');
      notes.push(inspection.broken);
    }
    return flags.length === revision.flags.length ? revision : { ...revision, flags, notes };
  });
  return { ...history, revisions };
}

/** Marks what runs left half done; before anything else is said of it. */
export function withHalfDone(history: History, found: readonly HalfDone[]): History {
  if (found.length === 0) return history;
  const byName = new Map(found.map((halfDone) => [halfDone.revision, halfDone]));
  const revisions = history.revisions.map((revision): Revision => {
    const halfDone = byName.get(revision.name);
    if (!halfDone) return revision;
    return {
      ...revision,
      flags: ['half-done', ...revision.flags],
      notes: [`It is half done. ${halfDoneWords(halfDone)}`, ...revision.notes],
      halfDone,
    };
  });
  return { ...history, revisions };
}

/** Marks drafts, and what is applied and not in git. */
export function withGit(history: History, { drafts, uncommitted, warnings }: GitFacts): History {
  if (drafts.size === 0 && uncommitted.size === 0 && warnings.length === 0) return history;
  const revisions = history.revisions.map((revision): Revision => {
    const { file, flags, notes } = revision;
    if (file === null) return revision;
    if (drafts.has(file)) return { ...revision, flags: [...flags, 'draft'] };
    if (!uncommitted.has(file)) return revision;
    return {
      ...revision,
      flags: [...flags, 'uncommitted'],
      notes: [...notes, 'It is applied, and git does not have it: C commits it.'],
    };
  });
  return { ...history, revisions, warnings: [...history.warnings, ...warnings] };
}

/** Adds what rehearsals proved, and whether it still holds. Linear in the number of revisions. */
export function withEvidence(
  history: History,
  evidence: ReadonlyMap<string, RehearsedRow>,
): History {
  if (evidence.size === 0) return history;
  const byName = new Map(history.revisions.map((revision) => [revision.name, revision]));
  const applied = history.appliedOrder.flatMap((name) => byName.get(name) ?? []);
  const pending = history.revisions.filter(({ state }) => state === 'pending');
  const order = [...applied, ...pending];
  const place = new Map(order.map(({ name }, index) => [name, index]));
  const revisions = history.revisions.map((revision): Revision => {
    const row = evidence.get(revision.name);
    if (!row) return revision;
    const before = order.slice(0, place.get(revision.name) ?? 0);
    const isNext = revision.name === pending[0]?.name;
    const stale: RevisionEvidence['stale'][number][] = [];
    if (row.file !== revision.sha256) stale.push('file');
    if (row.code !== history.codeHash) stale.push('code');
    const sameSchema = !isNext || history.schemaHash === null || row.schema === history.schemaHash;
    if (row.revisions !== hashOfBase(before) || !sameSchema) stale.push('base');
    const { verdict, at, rehearsal, upMs, downMs, rows, rowsLost } = row;
    // Once it is applied, it ran with the others or apart from them, and either way it ran.
    const plan = revision.state === 'pending' ? row.plan : null;
    return {
      ...revision,
      rehearsal: { verdict, at, rehearsal, stale, upMs, downMs, rows, rowsLost, plan },
    };
  });
  return { ...history, revisions };
}

/** Adds what rehearsals say of a plan: of this one, or how the last one that was rehearsed differs. */
export function withPlanEvidence(plan: Plan, found: RehearsedPlan | null): Plan {
  if (found === null) return plan;
  const { rehearsal, at, verdict, inputs } = found;
  return {
    ...plan,
    evidence: { rehearsal, at, verdict, differs: planDifferences(inputs, plan.inputs) },
  };
}

function keyOf({ name, sha256 }: Revision): string {
  return `${name}\n${sha256 ?? ''}`;
}

/** Rehearsals in a real engine process, on projects of the test kit. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineOptions } from '../../../source/contract/engine-api.ts';
import type { Reply } from '../../../source/contract/problem.ts';
import type {
  Finding,
  RehearsalReport,
  RehearsalRequest,
  RehearsalStep,
  RevisionRehearsal,
  TestResult,
} from '../../../source/contract/rehearsal.ts';
import { withAnswer } from '../../../source/contract/rehearsal.ts';
import type { ProjectOptions } from '../../kit/made-project.ts';
import { makeProject, type Project } from '../../kit/project.ts';
import type { Revision } from '../../kit/revisions.ts';
import { accepted, openEngine } from '../kit.ts';

/** The outcome; asking it for more than it has fails the test. */
export class Rehearsed {
  readonly reply: Reply<RehearsalReport>;
  readonly steps: readonly RehearsalStep[];

  constructor(reply: Reply<RehearsalReport>, steps: readonly RehearsalStep[]) {
    this.reply = reply;
    this.steps = steps;
  }

  get report(): RehearsalReport {
    return accepted(this.reply);
  }

  /** The last, or only, revision of the report. */
  get revision(): RevisionRehearsal {
    const revision = this.report.revisions.at(-1);
    if (!revision) throw new Error('Nothing was rehearsed.');
    return revision;
  }

  get hazards(): readonly Finding[] {
    return this.revision.findings.filter(({ severity }) => severity === 'hazard');
  }

  get notices(): readonly Finding[] {
    return this.revision.findings.filter(({ severity }) => severity === 'notice');
  }
}

export async function rehearse(
  root: string,
  request: Partial<RehearsalRequest> = {},
  testCommand: (which: string, url: string) => TestResult | Promise<TestResult> = () => {
    throw new Error('No test was expected.');
  },
  options: Partial<EngineOptions> = {},
): Promise<Rehearsed> {
  const workspace = join(root, '..', 'workspace');
  rmSync(workspace, { recursive: true, force: true });
  mkdirSync(workspace);
  const steps: RehearsalStep[] = [];
  await using engine = openEngine(
    root,
    { access: 'rehearse', workspace, ...options },
    {
      rehearsalStep: (step) => void steps.push(step),
      testWanted: async (which, url) => testCommand(which, url),
    },
  );
  const reply = await engine.ask((api) =>
    api.rehearse({
      revisions: [],
      bases: ['target'],
      tests: { upgraded: false, downgraded: false },
      ...request,
    }),
  );
  return new Rehearsed(reply, steps);
}

/**
 * A project without entities, so that schemas of any shape can be rehearsed: the first revision is
 * applied, `rows` are in the database, and the second one is pending.
 */
export function rehearsalOf(
  schema: Revision,
  pending: Revision | readonly Revision[],
  rows: string,
  migrations: Readonly<Record<string, unknown>> = {},
): ProjectOptions {
  const more = Array.isArray(pending) ? pending : [pending];
  const settings = Object.entries(migrations).map(
    ([name, value]) => `${name}: ${JSON.stringify(value)}`,
  );
  return {
    revisions: [schema, ...more],
    applied: 1,
    content: rows,
    migrations: settings.join(', '),
    config: 'entities: [], discovery: { warnWhenNoEntities: false }',
  };
}

/** Such a project on SQLite. */
export function makeRehearsal(...parts: Parameters<typeof rehearsalOf>): Project {
  return makeProject(rehearsalOf(...parts));
}

/** Writes the first repair that a hazard offers into the revision's file, and into new ones. */
export function applyRepair(
  project: { readonly root: string },
  { revision, hazards }: Rehearsed,
  title?: RegExp,
  answer?: string,
): void {
  const repairs = hazards.flatMap((hazard) => hazard.repairs);
  const repair = repairs.find(
    (each) => each.rewritten !== null && (title?.test(each.title) ?? true),
  );
  if (!repair || repair.rewritten === null || revision.file === null) {
    throw new Error(`There is no repair to apply: ${JSON.stringify(hazards, null, 2)}`);
  }
  const answered = answer === undefined ? repair : withAnswer(repair, answer);
  writeFileSync(join(project.root, revision.file), answered.rewritten ?? '');
  for (const { file, text } of repair.further) writeFileSync(join(project.root, file), text);
}

/** What was found, short enough to compare. */
export function kindsOf(findings: readonly Finding[]): string[] {
  return findings.map(({ kind, table }) => (table === null ? kind : `${kind} ${table}`));
}

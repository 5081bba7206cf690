/** A revision of which only some statements are run, where it is half done. */

import type { Resolution } from '../../contract/half-done.ts';
import {
  type AfterRun,
  type DiscoveredRevision,
  internals,
  type RevisionInstance,
} from '../project/mikro-orm.ts';
import type { OpenTarget } from '../project/project.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';

/** Which of the statements that a revision adds are sent. */
type Select = <T>(statements: readonly T[]) => readonly T[];

/** The statements that a way on sends, of those that the revision adds. */
export function sentBy(resolution: Resolution): Select {
  switch (resolution.how) {
    case 'continue':
      return (statements) => statements.slice(resolution.from - 1);
    case 'undo':
      return (statements) => statements.slice(statements.length - resolution.last);
    case 'mark':
      return () => [];
  }
}

/** The revision as a way on runs it. */
export function resolving(
  project: OpenTarget,
  file: RevisionFile,
  resolution: Resolution,
): RevisionFile {
  if (resolution.how !== 'mark') {
    return withStatements(project, file, sentBy(resolution), resolution.how === 'continue');
  }
  const record = async (afterRun?: AfterRun) => afterRun?.();
  return { ...file, discovered: { ...file.discovered, up: record, down: record } };
}

/**
 * The revision with some of its statements only.
 *
 * @param recorded whether it is recorded afterwards, as the runner does
 */
export function withStatements(
  project: OpenTarget,
  file: RevisionFile,
  select: Select,
  recorded: boolean,
): RevisionFile {
  const { runner } = internals(project.migrator);
  const { discovered } = file;
  const run = (direction: 'up' | 'down') => async (afterRun?: AfterRun) => {
    const { getQueries } = runner;
    runner.getQueries = (revision, method) => {
      revision[method] = selecting(revision, method, select);
      return getQueries.call(runner, revision, method).finally(() => {
        // Its own one hid that of the class.
        delete (revision as Partial<RevisionInstance>)[method];
      });
    };
    try {
      await discovered[direction](afterRun);
    } finally {
      runner.getQueries = getQueries;
    }
  };
  const part: DiscoveredRevision = { ...discovered, up: run('up'), down: run('down') };
  return { ...file, discovered: recorded ? part : { ...part, unrecorded: true } };
}

function selecting(revision: RevisionInstance, method: 'up' | 'down', select: Select) {
  const code = revision[method].bind(revision);
  return async () => {
    await code();
    const added = revision.getQueries();
    added.splice(0, added.length, ...select(added.filter(isSent)));
  };
}

/** The runner leaves out what is empty (MigrationRunner.js, getQueries). */
export function isSent(statement: unknown): boolean {
  return typeof statement !== 'string' || statement.trim() !== '';
}

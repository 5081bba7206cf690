/** The database that entities are compared with: always a throwaway, so that it can be tried on. */

import type { DatabaseSchema } from '@mikro-orm/sql';
import type { DraftBase } from '../../contract/draft.ts';
import type { History } from '../../contract/history.ts';
import { plural } from '../../text/format.ts';
import { messageOf } from '../../util/error-message.ts';
import type { SchemaObject } from '../databases/catalogue.ts';
import type { Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import { internals } from '../project/mikro-orm.ts';
import type { Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { Sandbox } from '../rehearsal/sandbox.ts';
import { driftOf } from '../rehearsal/schema-difference.ts';
import { replay, statementsOf } from '../throwaway/replay.ts';
import { copyTarget } from '../throwaway/target-copy.ts';
import { Differ, withExactNames } from './difference.ts';
import {
  checkDrift,
  checkHistory,
  checkOneSchema,
  checkSnapshot,
  snapshotDifference,
} from './preconditions.ts';

export interface BaseContext {
  readonly project: Project;
  readonly history: History;
  readonly throwaways: Throwaways;
  readonly events: Events;
}

export interface Base {
  readonly sandbox: Sandbox;
  readonly differ: Differ;
  /** One sentence: what is compared with what. */
  readonly compared: string;
  /** Whether rows are those of the target, so that counting them says something. */
  readonly hasRows: boolean;
  readonly notes: readonly string[];
}

/** @throws Refusal `not-up-to-date`, `drifted`, `missing-file`, `broken-revision`, `usage`, … */
export async function openBase(context: BaseContext, base: DraftBase): Promise<Base> {
  checkOneSchema(context.history.target);
  checkHistory(context.history, base);
  switch (base) {
    case 'target':
      return fromTarget(context);
    case 'throwaway':
      return fromRevisions(context);
    case 'snapshot':
      return fromSnapshot(context);
  }
}

async function fromTarget(context: BaseContext): Promise<Base> {
  const { project, history, events } = context;
  const { target, appliedOrder } = history;
  if (!target.exists) {
    const sandbox = await emptyStage(context, 'base');
    const compared = `There is no ${target.database} yet: an empty database was compared with the entities.`;
    return { sandbox, ...(await differOf(context, sandbox)), compared, hasRows: false, notes: [] };
  }
  const notes = await driftNotes(context);
  const { throwaway, replayed, note } = await copyTarget(context, () => {});
  const sandbox = await Sandbox.open(project, throwaway, events);
  return {
    sandbox,
    ...(await differOf(context, sandbox)),
    compared: `${target.database}, with ${plural(appliedOrder.length, 'revision')} applied, was compared with the entities.`,
    hasRows: true,
    notes: replayed ? [...notes, `It was compared by a copy: ${note}`] : notes,
  };
}

const ELSEWHERE =
  'throwaways are made on another server, which may write definitions in its own way.';

/** Refuses a target that is not what its revisions make; says so if that can't be found out. */
async function driftNotes(context: BaseContext): Promise<readonly string[]> {
  const { throwaways, history } = context;
  const replayed = await emptyStage(context, 'replayed', history.appliedOrder);
  let made: readonly SchemaObject[];
  try {
    await replay(context.project, replayed, history.appliedOrder);
    made = await replayed.throwaway.objects();
  } catch (error) {
    return [`Whether the target has drifted is not known: ${messageOf(error)}`];
  } finally {
    await replayed.close();
  }
  const real = await throwaways.targetObjects();
  if (real === null) return [`Whether the target has drifted is not known: ${ELSEWHERE}`];
  checkDrift(history, driftOf(made, real));
  return [];
}

async function fromRevisions(context: BaseContext): Promise<Base> {
  const { history } = context;
  const names = inFolder(history);
  const sandbox = await emptyStage(context, 'base', names);
  try {
    await replay(context.project, sandbox, names);
  } catch (error) {
    await sandbox.close();
    throw error;
  }
  return {
    sandbox,
    ...(await differOf(context, sandbox)),
    compared: `An empty database, on which ${plural(names.length, 'revision')} of the folder ${names.length === 1 ? 'was' : 'were'} run, was compared with the entities.`,
    hasRows: false,
    notes: [
      'No rows of the target were looked at. Rehearse the draft to see what it does to them.',
    ],
  };
}

async function fromSnapshot(context: BaseContext): Promise<Base> {
  const { project } = context;
  const sandbox = await emptyStage(context, 'base');
  try {
    const { differ } = await differOf(context, sandbox);
    const snapshot = await readSnapshot(project);
    if (!snapshot) {
      throw new Refusal('usage', {
        what: 'There is no snapshot to draft from.',
        why: 'MikroORM writes one beside the revisions when it makes a draft, unless migrations.snapshot is off.',
        next: ['Draft from the target, or with --base throwaway.'],
      });
    }
    const notes = await snapshotNotes(context, snapshot.schema);
    await sandbox.connected(async () => {
      const statements = await differ.statements(differ.compare(differ.empty(), snapshot.schema));
      for (const sql of statements) await sandbox.project.connection.execute(sql);
    });
    return {
      sandbox,
      differ,
      compared: `The snapshot ${snapshot.name} was compared with the entities.`,
      hasRows: false,
      notes: [
        'A snapshot lacks what MikroORM does not model, and on SQLite the order of columns; the database was not looked at.',
        ...notes,
      ],
    };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

/** Refuses a snapshot that is not what the revisions make; says so if that can't be found out. */
async function snapshotNotes(
  context: BaseContext,
  snapshot: DatabaseSchema,
): Promise<readonly string[]> {
  const { history } = context;
  const replayed = await emptyStage(context, 'replayed', inFolder(history));
  try {
    await replay(context.project, replayed, inFolder(history));
    const { differ } = await differOf(context, replayed);
    checkSnapshot(snapshotDifference(snapshot, await replayed.connected(() => differ.schema())));
    return [];
  } catch (error) {
    if (error instanceof Refusal && error.problem.code === 'drifted') throw error;
    return [`Whether the snapshot is what the revisions make is not known: ${messageOf(error)}`];
  } finally {
    await replayed.close();
  }
}

/** @param names of the revisions that are going to be run on it */
async function emptyStage(
  { project, throwaways, events }: BaseContext,
  what: string,
  names: readonly string[] = [],
): Promise<Sandbox> {
  return Sandbox.open(
    project,
    await throwaways.empty(what, () => statementsOf(project, names)),
    events,
  );
}

function inFolder({ revisions }: History): readonly string[] {
  return revisions.filter(({ state }) => state !== 'missing').map(({ name }) => name);
}

async function differOf({ project }: BaseContext, sandbox: Sandbox) {
  return { differ: new Differ(await project.packages.sql(), sandbox.project) };
}

export interface Snapshot {
  readonly schema: DatabaseSchema;
  /** The file's name. */
  readonly name: string;
}

/** MikroORM's record of what the entities were at the last draft; null without one. */
export async function readSnapshot(project: Project): Promise<Snapshot | null> {
  const migrator = internals(project.migrator);
  const { settings } = project;
  const kept = settings.snapshot;
  // Handrail runs with it off; here it is only read.
  settings.snapshot = true;
  try {
    const schema = await migrator.getSchemaFromSnapshot();
    const path = await migrator.getSnapshotPath();
    return schema ? { schema: withExactNames(schema), name: path.split('/').at(-1) ?? path } : null;
  } catch (error) {
    throw new Refusal('config-failed', {
      what: 'MikroORM’s snapshot can’t be read.',
      why: messageOf(error),
      next: ['Bring it back from git, or draft with --base throwaway.'],
      cause: error,
    });
  } finally {
    settings.snapshot = kept;
  }
}

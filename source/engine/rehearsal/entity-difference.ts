/**
 * Whether a schema is what the entities say.
 *
 * A database is made of the entities alone, on the same server, and both catalogues are compared
 * object by object: MikroORM's own comparison finds differences that are none, and does not see
 * others. It is asked for the statements that would make up for what was found.
 */

import { nameOf, type ObjectRef } from '../../contract/object-ref.ts';
import { messageOf } from '../../util/error-message.ts';
import type { SchemaObject } from '../databases/catalogue.ts';
import type { Throwaway } from '../databases/throwaway.ts';
import { Differ } from '../draft/difference.ts';
import { entriesOf } from '../draft/entries.ts';
import { type OpenTarget, openThrowaway, type Project } from '../project/project.ts';
import { hideSchemas } from '../schemas/other-schemas.ts';
import { type Inequality, inequalities } from './equality.ts';
import type { Sandbox } from './sandbox.ts';

export interface EntityDifference {
  /** What would make the schema what the entities say, as far as MikroORM knows. */
  readonly statements: readonly string[];
  /** What those statements do not make up for, one sentence each. */
  readonly unseen: readonly string[];
  /** Differences that hurt nobody, one sentence each. */
  readonly minor: readonly string[];
  /** What no entity knows. */
  readonly unknown: readonly { readonly ref: ObjectRef; readonly words: string }[];
  /** Why it could not be compared; null if it could. */
  readonly problem: string | null;
}

/** @param made an empty throwaway, on which the schema is made from the entities */
export async function compareWithEntities(
  owner: Project,
  sandbox: Sandbox,
  objects: readonly SchemaObject[],
  made: Throwaway,
): Promise<EntityDifference> {
  try {
    const wanted = await objectsOfEntities(owner, made, objects);
    return await differenceFromEntities(owner, sandbox, objects, wanted);
  } catch (error) {
    return { statements: [], unseen: [], minor: [], unknown: [], problem: messageOf(error) };
  } finally {
    await made.drop();
  }
}

/** Differences from what the entities make on the same server, without what is to be ignored. */
export async function findInequalities(
  sandbox: Sandbox,
  objects: readonly SchemaObject[],
  wanted: readonly SchemaObject[],
): Promise<readonly Inequality[]> {
  const { project, throwaway } = sandbox;
  const { dialect } = project;
  await sandbox.connected(() => hideOthers(project));
  const found = await inequalities({ made: wanted, real: objects, dialect, throwaway });
  return found.filter(({ ref, kind }) => kind === 'missing' || !isIgnored(ref, project));
}

/** @param wanted what the entities make of an empty database */
async function differenceFromEntities(
  owner: Project,
  sandbox: Sandbox,
  objects: readonly SchemaObject[],
  wanted: readonly SchemaObject[],
): Promise<EntityDifference> {
  const found = await findInequalities(sandbox, objects, wanted);
  const hurting = found.filter(({ hurts }) => hurts);
  const { statements, covered } = await sandbox.connected(() =>
    statementsFor(owner, sandbox, hurting),
  );
  return {
    statements,
    unseen: hurting.filter(({ ref }) => !covered(ref)).map(({ words }) => words),
    minor: found
      .filter(({ hurts, kind }) => !hurts && kind !== 'unknown')
      .map(({ words }) => words),
    unknown: found.filter(({ hurts, kind }) => !hurts && kind === 'unknown'),
    problem: null,
  };
}

/** What MikroORM would send for these differences, and which of them that makes up for. */
async function statementsFor(
  owner: Project,
  { project }: Sandbox,
  hurting: readonly Inequality[],
): Promise<{
  readonly statements: readonly string[];
  readonly covered: (ref: ObjectRef) => boolean;
}> {
  const none = { statements: [], covered: () => false };
  if (hurting.length === 0 || project.target.schema !== null) return none;
  try {
    const differ = new Differ(await owner.packages.sql(), project);
    const difference = differ.compare(await differ.schema(), differ.entities());
    const kept = entriesOf(difference, usualSchema(project)).filter((entry) => {
      const wanted = hurting.some(({ ref }) => isAbout(entry.ref, ref));
      if (!wanted) entry.leaveOut();
      return wanted;
    });
    const enums = (difference.enums ?? []).filter(({ type }) =>
      hurting.some(({ ref }) => ref.kind === 'enum' && nameOf(ref) === type),
    );
    return {
      statements: await differ.statements({ ...difference, enums }),
      covered: (ref) =>
        kept.some((entry) => isAbout(entry.ref, ref)) ||
        (ref.kind === 'enum' && enums.some(({ type }) => type === nameOf(ref))),
    };
  } catch {
    // It can't read every schema; then the sentences have to do.
    return none;
  }
}

/** Names of keys are unique in a table, whatever they are. */
const KEYS: readonly ObjectRef['kind'][] = [
  'check',
  'constraint',
  'exclusion',
  'foreign key',
  'index',
  'primary key',
  'unique',
];

/** Whether an entry of MikroORM's is about an object of the catalogue. */
export function isAbout(entry: ObjectRef, object: ObjectRef): boolean {
  const same =
    entry.kind === object.kind || (KEYS.includes(entry.kind) && KEYS.includes(object.kind));
  const name = object.name.replace(/\(.*\)$/, '');
  return (
    same &&
    entry.schema === object.schema &&
    entry.table === object.table &&
    (entry.name === object.name ||
      entry.name === name ||
      // There is but one.
      (entry.kind === 'primary key' && object.kind === 'primary key'))
  );
}

/** Whether an object says what a generated column is made of, where the catalogue has that by itself. */
export function isMadeOf(column: ObjectRef, { kind, table, name }: ObjectRef): boolean {
  return (
    column.kind === 'column' &&
    kind === 'constraint' &&
    table === column.table &&
    name === `generated ${column.name}`
  );
}

/** What names without a schema mean; null where there is but one. */
export function usualSchema({ driver, orm }: OpenTarget): string | null {
  const platform = driver.getPlatform();
  if (!platform.supportsSchemas()) return null;
  return orm.config.get('schema', platform.getDefaultSchemaName()) ?? null;
}

async function hideOthers(project: OpenTarget): Promise<void> {
  await hideSchemas(project, project.target.schema === null ? 'tenants' : 'others');
}

/** What the configuration tells MikroORM to leave alone. */
function isIgnored({ kind, schema, table, name }: ObjectRef, { orm }: OpenTarget): boolean {
  const options = orm.config.get('schemaGenerator');
  const { ignoreSchema = [], skipTables = [], skipViews = [] } = options;
  const within = kind === 'schema' ? name : schema;
  if (within !== null && ignoreSchema.includes(within)) return true;
  const whole = table ?? name;
  const named = (list: readonly (string | RegExp)[]) =>
    list.some((each) =>
      typeof each === 'string'
        ? each === whole || each === `${schema}.${whole}`
        : each.test(whole) || each.test(`${schema}.${whole}`),
    );
  if (kind === 'view' || kind === 'materialized view') return named(skipViews);
  if (kind === 'trigger' && options.ignoreTriggers) return true;
  if (kind === 'policy' && options.ignorePolicies) return true;
  if ((kind === 'function' || kind === 'procedure') && options.ignoreRoutines) return true;
  return named(skipTables);
}

/**
 * What the entities make of an empty database.
 *
 * @param real has what entities may refer to and do not make: extensions, types, functions
 */
export async function objectsOfEntities(
  owner: Project,
  made: Throwaway,
  real: readonly SchemaObject[],
): Promise<readonly SchemaObject[]> {
  const reference = await openThrowaway(owner, made);
  const { connection, orm } = reference;
  try {
    await connection.connect({ skipOnConnect: true });
    await made.assertHere((sql) => connection.execute(sql, [], 'all'));
    for (const { ref } of real.filter(({ kind }) => kind === 'extension')) {
      const name = reference.driver.getPlatform().quoteIdentifier(ref.name);
      await connection.execute(`create extension if not exists ${name} cascade`).catch(() => {});
    }
    const differ = new Differ(await owner.packages.sql(), reference);
    const { includeWildcardSchema } = reference.settings;
    const { schema } = reference.target;
    const statements = [
      ...(await differ.creation({ includeWildcardSchema })),
      ...(schema === null ? [] : await differ.creation({ schema })),
    ];
    const needed = new Set(real.filter(({ kind }) => NEEDED.has(kind)));
    for (const sql of statements) await executeWith(needed, reference, sql);
  } finally {
    await orm.close(true).catch(() => {});
  }
  return made.objects();
}

/** What a statement may refer to that no entity makes. */
const NEEDED: ReadonlySet<SchemaObject['kind']> = new Set<SchemaObject['kind']>([
  'domain',
  'enum',
  'function',
  'schema',
  'sequence',
  'type',
]);

/**
 * Executes a statement; what it lacks is made as it is in the database.
 *
 * @param needed what was not made yet
 */
async function executeWith(
  needed: Set<SchemaObject>,
  target: OpenTarget,
  sql: string,
): Promise<void> {
  const { connection, dialect } = target;
  try {
    await connection.execute(sql, [], 'run');
  } catch (error) {
    const lacking = [...needed].filter((object) => dialect.remedies?.lacks(error, object));
    if (lacking.length === 0) throw error;
    for (const object of lacking) {
      // Another one may have needed it.
      if (!needed.delete(object)) continue;
      const making = dialect.remedies?.removal(object)?.down ?? [];
      for (const make of making) await executeWith(needed, target, make);
    }
    await executeWith(needed, target, sql);
  }
}

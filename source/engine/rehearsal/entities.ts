/**
 * Whether a schema is what the entities say, asked both of MikroORM and of the catalogue.
 *
 * MikroORM's comparison finds differences that are none (they never settle), and does not see
 * others. So what it also finds in a database that it has just made from the same entities is left
 * out, and the tables of that database are compared object by object.
 */

import type { SchemaObject, Throwaway } from '../dialects/dialect.ts';
import { hideSchemas } from '../other-schemas.ts';
import { type OpenTarget, openThrowaway, type Project } from '../project.ts';
import { tableOf } from '../record.ts';
import { messageOf } from '../refusal.ts';
import type { Stage } from './stage.ts';

export interface EntityDifference {
  /** What would make the schema what the entities say. */
  readonly statements: readonly string[];
  /** What the entities do not know, and MikroORM would drop. */
  readonly unknown: readonly string[];
  /** Differences that MikroORM does not see, one sentence each. */
  readonly unseen: readonly string[];
  /** Why it could not be compared; null if it could. */
  readonly problem: string | null;
}

/** @param made an empty throwaway, on which the schema is made from the entities */
export async function compareWithEntities(
  owner: Project,
  stage: Stage,
  objects: readonly SchemaObject[],
  made: Throwaway,
): Promise<EntityDifference> {
  try {
    const known = new Set(await makeFromEntities(owner, made));
    const found = await stage.connected(() => differences(stage.project));
    const all = found.filter((sql) => !known.has(sql));
    const unknown = all.filter((sql) => DROPS.test(sql) || belongsToDropped(sql, all));
    return {
      statements: all.filter((sql) => !unknown.includes(sql)),
      ...unseenDifferences(await made.objects(), objects, unknown),
      problem: null,
    };
  } catch (error) {
    return { statements: [], unknown: [], unseen: [], problem: messageOf(error) };
  } finally {
    await made.drop();
  }
}

const DROPS = /^drop (table|view|trigger|index)\b/i;

/** MikroORM takes the constraints of a table off before it drops the table. */
function belongsToDropped(sql: string, all: readonly string[]): boolean {
  const table = /^alter table (\S+) drop constraint\b/i.exec(sql)?.[1];
  return (
    table !== undefined &&
    all.some((each) => /^drop table (if exists )?/.test(each) && each.includes(` ${table} `))
  );
}

/** Returns the differences that MikroORM finds all the same. */
async function makeFromEntities(owner: Project, made: Throwaway): Promise<readonly string[]> {
  const reference = await openThrowaway(owner, made);
  try {
    await reference.connection.connect({ skipOnConnect: true });
    await made.assertHere((sql) => reference.connection.execute(sql, [], 'all'));
    await reference.orm.schema.create();
    const { schema } = reference.target;
    if (schema !== null) await reference.orm.schema.create({ schema });
    return await differences(reference);
  } finally {
    await reference.orm.close(true).catch(() => {});
  }
}

async function differences(project: OpenTarget): Promise<string[]> {
  const { schema } = project.target;
  await hideSchemas(project, schema === null ? 'tenants' : 'others');
  const sql = await project.orm.schema.getUpdateSchemaSQL({
    wrap: false,
    ...(schema !== null && { schema }),
  });
  const own = tableOf(project).bare;
  return sql
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.includes(own));
}

/** Foreign keys of the entities' tables that are not as MikroORM would make them. */
function unseenDifferences(
  made: readonly SchemaObject[],
  objects: readonly SchemaObject[],
  unknown: readonly string[],
): Pick<EntityDifference, 'unseen' | 'unknown'> {
  const real = new Map(objects.map((object) => [object.id, object]));
  const wanted = new Set(made.map(({ id }) => id));
  const tables = new Set(made.map(({ table }) => table.toLowerCase()));
  const unseen = made
    .filter(({ kind }) => kind === 'foreign key')
    .flatMap((object) => {
      const found = real.get(object.id);
      if (!found) return [`${object.table} (${object.name}) lacks its foreign key: ${object.text}`];
      return found.text === object.text
        ? []
        : [`${object.table} (${object.name}) ${found.text}; the entities say: ${object.text}`];
    });
  const extra = objects
    .filter(
      (object) =>
        object.kind === 'foreign key' &&
        tables.has(object.table.toLowerCase()) &&
        !wanted.has(object.id),
    )
    .map(({ table, name, text }) => `${table} (${name}) ${text}; the entities have no such key.`);
  // A key that somebody added by hand protects rows, and the entities may not want to know it.
  return { unseen, unknown: [...unknown, ...extra] };
}

/** How the schemas of a database stand that the same revisions are applied to. */

import type { SchemaStates } from '../../contract/engine-api.ts';
import { matchesPattern } from '../../contract/pattern.ts';
import type { SchemaState } from '../../contract/schemas.ts';
import type { Target } from '../../contract/target.ts';
import { messageOf } from '../../util/error-message.ts';
import type { SchemaQueries } from '../databases/catalogue.ts';
import { connectReadOnly, type OpenTarget } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { readFolder } from '../revisions/files.ts';
import { joinRevisions } from '../revisions/history.ts';
import { asRecorded, recordedSchemas, tableOf } from '../revisions/migrations-table.ts';

/** Tables that one query reads: each is locked until it ends, and a server has room for thousands. */
const BATCH = 100;

/**
 * A query or two for a hundred schemas, and no engine of their own.
 *
 * @param names only these; null: all that there are
 * @throws Refusal `unknown-schema`, `usage` where there are none, `database-unreachable`
 */
export async function readSchemas(
  project: OpenTarget,
  names: readonly string[] | null,
): Promise<SchemaStates> {
  const { dialect, location } = project;
  const queries = dialect.schemas;
  if (!queries || (names === null && !project.target.manySchemas)) throw notMany();
  const files = await readFolder(project);
  const table = tableOf(project).shown;
  return reading(project, async () => {
    const known = await readKnown(project, queries);
    const wanted = names ? unique(names) : known.wanted;
    for (const name of wanted) {
      if (!known.all.has(name) && !known.wanted.includes(name)) throw unknown(project, name, known);
    }
    const record = await readRecords(
      project,
      queries,
      wanted.filter((name) => known.all.get(name)),
    );
    const standing = (applied: readonly string[]): Omit<SchemaState, 'name' | 'exists'> => {
      const { current, counts, upToDate, appliedOrder } = joinRevisions(
        table,
        files,
        applied.map((name) => ({ ...asRecorded(name), appliedAt: null })),
      );
      return { current, counts, upToDate, applied: appliedOrder };
    };
    const never = standing([]);
    const states = new Map(
      [...record].flatMap(([applied, schemas]) => {
        const state = standing(applied);
        return schemas.map((name) => [name, state] as const);
      }),
    );
    return {
      database: location.database,
      key: location.key,
      names: project.target.names,
      protected: project.target.protected,
      head: files.at(-1)?.name ?? null,
      schemas: wanted
        .toSorted()
        .map((name) => ({ name, exists: known.all.has(name), ...(states.get(name) ?? never) })),
    };
  });
}

/**
 * MikroORM makes a schema that is not there, whatever its name.
 *
 * @param schema that was asked for; one that the config names is meant
 * @throws Refusal `unknown-schema` if neither the database nor the settings know it
 */
export async function checkSchema(project: OpenTarget, schema: string | null): Promise<void> {
  const queries = project.dialect.schemas;
  if (schema === null || !queries) return;
  await reading(project, async () => {
    const known = await readKnown(project, queries);
    if (!known.all.has(schema) && !known.wanted.includes(schema)) {
      throw unknown(project, schema, known);
    }
  });
}

/** What a plan says of the schema that it runs in. */
export function schemaWarnings({ schema, exists, manySchemas, database }: Target): string[] {
  if (schema !== null && !exists) return [`There is no schema ${schema} yet: the run makes it.`];
  if (schema === null && manySchemas) {
    return [
      `It runs in the schema of the connection to ${database}, and in no other one: --schema and --all-schemas name those.`,
    ];
  }
  return [];
}

interface Known {
  /** Of the database: names, and whether they have a record. */
  readonly all: ReadonlyMap<string, boolean>;
  /** That the revisions are applied to. */
  readonly wanted: readonly string[];
}

async function readKnown(project: OpenTarget, queries: SchemaQueries): Promise<Known> {
  const { connection, schemasSetting: setting } = project;
  const all = await recordedSchemas(project, queries);
  if (typeof setting === 'string') {
    const rows = await connection.execute<Record<string, unknown>[]>(setting, [], 'all');
    return { all, wanted: unique(rows.map((row) => String(Object.values(row)[0]))) };
  }
  if (setting === null) {
    const platform = project.driver.getPlatform();
    const shared = project.orm.config.get('schema', platform.getDefaultSchemaName());
    const recorded = [...all].flatMap(([name, has]) => (has && name !== shared ? [name] : []));
    return { all, wanted: recorded };
  }
  const matching = (pattern: string): readonly string[] => {
    if (!pattern.includes('*')) return [pattern];
    return [...all.keys()].filter((name) => matchesPattern(pattern, name));
  };
  return { all, wanted: unique(setting.flatMap(matching)) };
}

/** Records, and the schemas that have each. */
async function readRecords(
  project: OpenTarget,
  queries: SchemaQueries,
  schemas: readonly string[],
): Promise<ReadonlyMap<readonly string[], readonly string[]>> {
  const found = new Map<readonly string[], readonly string[]>();
  for (let start = 0; start < schemas.length; start += BATCH) {
    const sql = queries.records(schemas.slice(start, start + BATCH), tableOf(project).name);
    const rows = await project.connection.execute<{ schemas: string; names: string }[]>(
      sql,
      [],
      'all',
    );
    for (const { schemas, names } of rows) found.set(JSON.parse(names), JSON.parse(schemas));
  }
  return found;
}

async function reading<T>(project: OpenTarget, work: () => Promise<T>): Promise<T> {
  try {
    if (project.access === 'look') await connectReadOnly(project);
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('database-unreachable', {
      what: `The schemas of ${project.location.database} could not be read.`,
      why: messageOf(error),
      next: [
        ...(typeof project.schemasSetting === 'string'
          ? ['Check the query that is the setting schemas.']
          : []),
        ...project.dialect.unreachable(error),
      ],
      cause: error,
    });
  }
}

function notMany(): Refusal {
  return new Refusal('usage', {
    what: 'The revisions of this project are not applied to several schemas.',
    why: 'No entity has the schema *, and the setting schemas names none.',
    next: ['Name them in the setting schemas; see docs/schemas.md.'],
  });
}

function unknown(project: OpenTarget, name: string, { all, wanted }: Known): Refusal {
  const similar = unique([...wanted, ...all.keys()])
    .filter((each) => each.toLowerCase().includes(name.toLowerCase()))
    .slice(0, 5);
  return new Refusal('unknown-schema', {
    what: `There is no schema ${name} in ${project.location.database}.`,
    why: 'The setting schemas does not name it either, so it was not made.',
    next: [
      ...(similar.length > 0 ? [`Similar names: ${similar.join(', ')}.`] : []),
      'See the names with: handrail status --all-schemas',
      'To make a new one, create it in the database, or name it in the setting schemas.',
    ],
  });
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

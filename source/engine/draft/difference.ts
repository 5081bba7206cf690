/** Asks MikroORM how schemas differ, and for the statements that change one into the other. */

import type { DatabaseSchema, SchemaDifference, TableDifference } from '@mikro-orm/sql';
import type { Direction } from '../../protocol.ts';
import { hideSchemas } from '../other-schemas.ts';
import type { OpenTarget } from '../project.ts';
import { tableOf } from '../record.ts';
import { messageOf, Refusal } from '../refusal.ts';

type SqlModule = typeof import('@mikro-orm/sql');

/** What has to be known of MikroORM's schema generator beyond its public methods. */
interface GeneratorInternals {
  getTargetSchema(schema?: string, wildcard?: boolean): DatabaseSchema;
  diffToSQL(diff: SchemaDifference, options: GeneratorOptions): string;
  wrapSchema(statements: string | string[], options: GeneratorOptions): string;
}

interface GeneratorOptions {
  readonly wrap: boolean;
  readonly safe: boolean;
  readonly dropTables: boolean;
}

/**
 * Schemas are new with every call, since MikroORM changes them while it writes SQL from them.
 * The target's connection must be open for {@link schema}.
 */
export class Differ {
  readonly #sql: SqlModule;
  readonly #target: OpenTarget;
  readonly #generator: GeneratorInternals;

  constructor(sql: SqlModule, target: OpenTarget) {
    this.#sql = sql;
    this.#target = target;
    this.#generator = target.orm.schema as unknown as GeneratorInternals;
  }

  /** What the database holds, but for the table that records revisions. */
  async schema(): Promise<DatabaseSchema> {
    const { connection, driver, orm } = this.#target;
    await hideSchemas(this.#target, 'tenants');
    const { skipTables, skipViews } = orm.config.get('schemaGenerator');
    const namespaces = [...this.entities().getNamespaces()];
    const platform = driver.getPlatform();
    const schema = await this.#sql.DatabaseSchema.create(
      connection,
      platform,
      orm.config,
      undefined,
      namespaces,
      undefined,
      skipTables,
      skipViews,
    ).catch(unreadable);
    await schema.loadRoutines(connection, platform, namespaces);
    const own = tableOf(this.#target).shown;
    schema.setTables(schema.getTables().filter((table) => table.getShortestName() !== own));
    return schema;
  }

  /** What the entities say. */
  entities(): DatabaseSchema {
    const { includeWildcardSchema } = this.#target.settings;
    return this.#generator.getTargetSchema(undefined, includeWildcardSchema);
  }

  empty(): DatabaseSchema {
    const { driver, orm } = this.#target;
    return new this.#sql.DatabaseSchema(driver.getPlatform(), orm.config.get('schema') as string);
  }

  /** Columns that MikroORM takes for renamed stand as removed and added: it only guesses. */
  compare(from: DatabaseSchema, to: DatabaseSchema): SchemaDifference {
    const { driver } = this.#target;
    const difference = new this.#sql.SchemaComparator(driver.getPlatform()).compare(from, to);
    for (const table of Object.values(difference.changedTables)) undoRenames(table);
    return difference;
  }

  /**
   * Exactly the statements, however many quotes are in them: MikroORM joins them to one text, and
   * loses some when it takes that apart again (Migrator.js, getSchemaDiff).
   */
  statements(difference: SchemaDifference): readonly string[] {
    const generator = this.#generator;
    const own = generator.wrapSchema;
    let statements: readonly string[] = [];
    generator.wrapSchema = (sql) => {
      statements = typeof sql === 'string' ? [sql] : [...sql];
      return '';
    };
    try {
      const { dropTables, safe } = this.#target.settings;
      generator.diffToSQL(difference, { wrap: false, safe, dropTables });
    } finally {
      generator.wrapSchema = own;
    }
    return withoutOuterGaps(statements.map((statement) => statement.trim()));
  }
}

/** MikroORM fails on some indexes and virtual tables that it did not make itself. */
function unreadable(error: unknown): never {
  throw new Refusal('config-failed', {
    what: 'MikroORM can’t read the schema of the database, so there is nothing to draft from.',
    why: `${messageOf(error)}. An index on an expression, or a virtual table, is a usual cause.`,
    next: [
      'Leave the table out with schemaGenerator.skipTables, or drop the index in a revision and make it again after.',
    ],
    cause: error,
  });
}

function undoRenames(table: TableDifference): void {
  for (const [old, column] of Object.entries(table.renamedColumns)) {
    const was = table.fromTable.getColumn(old);
    if (!was) continue;
    table.removedColumns[old] = was;
    table.addedColumns[column.name] = column;
    delete table.renamedColumns[old];
  }
}

/** An empty statement stands between groups. */
function withoutOuterGaps(statements: readonly string[]): readonly string[] {
  return statements.filter(
    (statement, index) =>
      statement !== '' || (index > 0 && index < statements.length - 1 && statements[index - 1]),
  );
}

/** Leaves out what stays as it is: what no entity knows, and what a downgrade keeps. */
export function withoutPlaces(
  difference: SchemaDifference,
  direction: Direction,
  stays: (table: string, name: string | null) => boolean,
): SchemaDifference {
  const drop = <T>(entries: Record<string, T>, table: string | null) => {
    for (const key of Object.keys(entries)) {
      if (table === null ? stays(key, null) : stays(table, key)) delete entries[key];
    }
  };
  // A downgrade makes again what an upgrade removes.
  const upgrade = direction === 'up';
  drop(upgrade ? difference.removedTables : difference.newTables, null);
  drop(upgrade ? difference.removedViews : difference.newViews, null);
  for (const table of Object.values(difference.changedTables)) {
    const { name } = table;
    drop(upgrade ? table.removedColumns : table.addedColumns, name);
    drop(upgrade ? table.removedIndexes : table.addedIndexes, name);
    drop(upgrade ? table.removedTriggers : table.addedTriggers, name);
  }
  return difference;
}

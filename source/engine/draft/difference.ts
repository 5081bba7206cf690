/** Asks MikroORM how schemas differ, and for the statements that change one into the other. */

import type {
  Column,
  DatabaseSchema,
  DatabaseTable,
  SchemaDifference,
  SqlTriggerDef,
  TableDifference,
} from '@mikro-orm/sql';
import type { Direction } from '../../contract/direction.ts';
import type { DraftAnswers } from '../../contract/draft.ts';
import { mentions } from '../../text/sql.ts';
import { messageOf } from '../../util/error-message.ts';
import type { ObjectText, TableHelper } from '../databases/drafting.ts';
import type { OpenTarget } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { tableOf } from '../revisions/migrations-table.ts';
import { hideSchemas } from '../schemas/other-schemas.ts';
import { changedEnums, type WithEnums, withEnums } from './enums.ts';

type SqlModule = typeof import('@mikro-orm/sql');

/** What has to be known of MikroORM's schema generator beyond its public methods. */
interface GeneratorInternals {
  getTargetSchema(schema?: string, wildcard?: boolean): DatabaseSchema;
  getCreateSchemaSQL(options: CreateOptions): Promise<string>;
  diffToSQL(diff: SchemaDifference, options: GeneratorOptions): string;
  wrapSchema(statements: string | string[], options: GeneratorOptions): string;
  readonly helper: {
    alterTable(difference: TableDifference, safe: boolean): string[];
    createTable(table: DatabaseTable): string[];
    dropTrigger(table: DatabaseTable, trigger: SqlTriggerDef): string;
    quote(name: string): string;
  };
}

interface CreateOptions {
  readonly schema?: string;
  readonly includeWildcardSchema?: boolean;
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
  readonly #ofEntities = new WeakSet<DatabaseSchema>();

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
      [...(skipTables ?? []), ...(await this.#unreadable())],
      skipViews,
    ).catch(unreadable);
    await schema.loadRoutines(connection, platform, namespaces);
    const writer = await this.#target.dialect.tableWriter?.load();
    writer?.complete(schema, await this.texts());
    const own = tableOf(this.#target).shown;
    schema.setTables(schema.getTables().filter((table) => table.getShortestName() !== own));
    return withExactNames(schema);
  }

  /** What the entities say. */
  entities(): DatabaseSchema {
    const { includeWildcardSchema } = this.#target.settings;
    const schema = this.#generator.getTargetSchema(undefined, includeWildcardSchema);
    for (const table of schema.getTables()) {
      cutNames(table, this.#target.dialect.cutName);
    }
    this.#ofEntities.add(schema);
    return withQuotedDefaults(withExactNames(schema));
  }

  /** What makes all that the entities say, in an empty database. */
  async creation(options: CreateOptions = {}): Promise<readonly string[]> {
    const generator = this.#generator;
    const own = generator.getTargetSchema;
    generator.getTargetSchema = (...of) => withQuotedDefaults(own.apply(generator, of));
    try {
      return await this.#split(
        await this.#joined(() => generator.getCreateSchemaSQL({ ...options })),
      );
    } finally {
      generator.getTargetSchema = own;
    }
  }

  empty(): DatabaseSchema {
    const { driver, orm } = this.#target;
    return new this.#sql.DatabaseSchema(driver.getPlatform(), orm.config.get('schema') as string);
  }

  /** Columns that MikroORM takes for renamed stand as removed and added: it only guesses. */
  compare(from: DatabaseSchema, to: DatabaseSchema): WithEnums {
    const { driver } = this.#target;
    const enums = changedEnums(from, to, this.#ofEntities.has(to), this.#quote, this.#literal);
    const difference = new this.#sql.SchemaComparator(driver.getPlatform()).compare(from, to);
    for (const table of Object.values(difference.changedTables)) undoRenames(table);
    if (this.#target.dialect.tableWriter) addExpressions(difference, from, to);
    for (const key of this.#target.dialect.tableWriter ? difference.orphanedForeignKeys : []) {
      // It goes with the table that it refers to, and the table that it stands in is changed.
      const table = difference.changedTables[key.localTableName];
      if (table) table.removedForeignKeys[key.constraintName] = key;
    }
    difference.removedTables = childrenFirst(difference.removedTables);
    return { ...difference, enums };
  }

  /** What the database keeps of the text of its objects, for {@link statements}. */
  async texts(): Promise<readonly ObjectText[]> {
    const { tableWriter } = this.#target.dialect;
    if (!tableWriter) return [];
    return this.#target.connection.execute<ObjectText[]>(tableWriter.texts, [], 'all');
  }

  async #unreadable(): Promise<readonly string[]> {
    for (const query of this.#target.dialect.tableWriter?.unreadable ?? []) {
      const rows = await this.#target.connection
        .execute<{ name: string }[]>(query, [], 'all')
        .catch(() => null);
      if (rows) return rows.map(({ name }) => name);
    }
    return [];
  }

  /**
   * Exactly the statements, one by one and however many quotes are in them: MikroORM joins them to
   * one text, and loses some when it takes that apart again (Migrator.js, getSchemaDiff).
   *
   * @param texts of what is there before the upgrade
   */
  async statements(
    difference: WithEnums,
    direction: Direction = 'up',
    texts: readonly ObjectText[] = [],
    conversions: DraftAnswers['conversions'] = [],
  ): Promise<readonly string[]> {
    const { dialect } = this.#target;
    const writer = await dialect.tableWriter?.load();
    if (!writer) {
      const { first, last } = this.#withoutGenerated(difference);
      const split = await this.#split([
        ...first,
        ...(await this.#generate(difference)),
        ...(await this.#generate(last)),
      ]);
      const all = withEnums(split, difference.enums ?? [], this.#quote);
      return all
        .map((sql) => (sql.endsWith(';') ? sql : `${sql};`))
        .map((sql) => this.#converting(sql, conversions));
    }
    const { helper } = this.#generator;
    const own = { alterTable: helper.alterTable, createTable: helper.createTable };
    const plain: TableHelper = {
      alterTable: (table) => own.alterTable.call(helper, table, this.#target.settings.safe),
      createTable: (table) => own.createTable.call(helper, table),
      valueOf: (table, column) =>
        conversions.find((each) => each.table === table && each.column === column)?.expression ??
        helper.quote(column),
      dropIndex: (name) => `drop index ${helper.quote(name)}`,
      dropTrigger: (table, trigger) => helper.dropTrigger(table, trigger),
      quote: (name) => helper.quote(name),
    };
    helper.alterTable = (table) => [...writer.alterTable(table, direction, texts, plain)];
    helper.createTable = (table) => [...writer.createTable(table, direction, texts, plain)];
    try {
      // A table goes when those that referred to it do not any more.
      const { removedTables } = difference;
      const others = await this.#generate({ ...difference, removedTables: {} });
      const dropped = await this.#generate({ ...nothing(difference), removedTables });
      return await this.#split([...others, ...dropped]);
    } finally {
      Object.assign(helper, own);
    }
  }

  /** Adds one column to a table, and does nothing else where the database can do so. */
  async adding({ name, fromTable }: TableDifference, column: Column): Promise<readonly string[]> {
    const database = this.empty();
    const table = {
      ...unchanged(name, fromTable, fromTable),
      addedColumns: { [column.name]: column },
    };
    database.setTables([fromTable]);
    return this.statements({
      ...nothing({ fromSchema: database }),
      changedTables: { [name]: table },
    });
  }

  /**
   * A column’s type can’t change while a generated column uses it: that one is dropped before and
   * added after the rest.
   */
  #withoutGenerated(difference: SchemaDifference): {
    readonly first: readonly string[];
    readonly last: SchemaDifference;
  } {
    const first: string[] = [];
    const last = nothing(difference);
    if (this.#target.settings.safe) return { first, last };
    for (const [key, changed] of Object.entries(difference.changedTables)) {
      const { fromTable, toTable, addedColumns } = changed;
      const going = generatedThatGo(changed);
      const { removedIndexes, addedIndexes } = changed;
      // Those of the entity come before what stands in the database by the same name.
      for (const index of [...toTable.getIndexes(), ...fromTable.getIndexes()]) {
        const { keyName, columnNames } = index;
        const goes = columnNames.some((name) => going.includes(name));
        if (!goes || keyName in removedIndexes || keyName in addedIndexes) continue;
        if (!columnNames.every((name) => toTable.hasColumn(name))) continue;
        addedIndexes[keyName] = index;
        delete changed.changedIndexes[keyName];
      }
      for (const name of going) {
        first.push(`alter table ${fromTable.getQuotedName()} drop column ${this.#quote(name)};`);
        const wanted = toTable.getColumn(name);
        if (wanted && !(name in changed.removedColumns)) addedColumns[name] = wanted;
        delete changed.removedColumns[name];
        delete changed.changedColumns[name];
        // What is about it goes with it.
        take(changed.removedIndexes, ({ columnNames }) => columnNames.includes(name));
        take(changed.removedChecks, ({ columnName }) => columnName === name);
      }
      const isMade = (name: string) => Boolean(addedColumns[name]?.generated);
      if (!Object.keys(addedColumns).some(isMade)) continue;
      last.changedTables[key] = {
        ...unchanged(changed.name, fromTable, toTable),
        // In this order: what is about the columns tells by them.
        addedIndexes: take(changed.addedIndexes, ({ columnNames }) => columnNames.some(isMade)),
        addedChecks: take(changed.addedChecks, ({ columnName = '' }) => isMade(columnName)),
        addedColumns: take(addedColumns, ({ generated }) => Boolean(generated)),
      };
    }
    return { first, last };
  }

  readonly #quote = (name: string): string =>
    this.#target.driver.getPlatform().quoteIdentifier(name).toString();

  readonly #literal = (value: string): string =>
    this.#target.driver.getPlatform().quoteValue(value);

  #converting(sql: string, conversions: DraftAnswers['conversions']): string {
    for (const { table, column, expression } of conversions) {
      const names = [this.#quote(table), this.#quote(column)] as const;
      const converting = this.#target.dialect.conversions.converting(sql, ...names, expression);
      if (converting !== null) return converting;
    }
    return sql;
  }

  #generate(difference: SchemaDifference): Promise<readonly string[]> {
    const { dropTables, safe } = this.#target.settings;
    return this.#joined(() =>
      this.#generator.diffToSQL(difference, { wrap: false, safe, dropTables }),
    );
  }

  /** What MikroORM is about to join to one text. */
  async #joined(work: () => string | Promise<string>): Promise<readonly string[]> {
    const generator = this.#generator;
    const own = generator.wrapSchema;
    let joined: readonly string[] = [];
    generator.wrapSchema = (sql) => {
      joined = typeof sql === 'string' ? [sql] : [...sql];
      return '';
    };
    try {
      await work();
    } finally {
      generator.wrapSchema = own;
    }
    return joined;
  }

  async #split(joined: readonly string[]): Promise<readonly string[]> {
    const { dialect } = this.#target;
    const split = await Promise.all(joined.map((text) => dialect.statementsIn(text.trim())));
    return split
      .flat()
      .filter((sql) => sql !== '')
      .map((sql) => (sql.endsWith(';') ? sql : `${sql};`));
  }
}

/**
 * MikroORM takes a name without schema for the first table of that name, in whichever schema it is,
 * also where it compares and drops.
 */
export function withExactNames(schema: DatabaseSchema): DatabaseSchema {
  schema.getTable = (name) => {
    const tables = schema.getTables();
    return (
      tables.find((table) => table.getShortestName() === name) ??
      tables.find((table) => `${table.schema}.${table.name}` === name) ??
      tables.find((table) => table.name === name && table.schema === schema.name)
    );
  };
  return schema;
}

function withQuotedDefaults(schema: DatabaseSchema): DatabaseSchema {
  for (const column of schema.getTables().flatMap((table) => table.getColumns())) {
    if (column.default != null) column.default = quotedWhole(column.default);
  }
  return schema;
}

/** MikroORM puts quotes around a default, and leaves those in it as they are. */
function quotedWhole(text: string): string {
  const inner = /^'(.*)'$/s.exec(text)?.[1];
  if (inner === undefined || !inner.replaceAll("''", '').includes("'")) return text;
  // An expression may begin and end with a literal.
  return /'\s*(?:\|\||::|,)/.test(inner) ? text : `'${inner.replaceAll("'", "''")}'`;
}

/** MikroORM fails on some tables and indexes that it did not make itself. */
function unreadable(error: unknown): never {
  throw new Refusal('config-failed', {
    what: 'MikroORM can’t read the schema of the database, so there is nothing to draft from.',
    why: `${messageOf(error)}. A table or index that MikroORM did not make is a usual cause.`,
    next: [
      'Leave the table out with schemaGenerator.skipTables, or drop the index in a revision and make it again after.',
    ],
    cause: error,
  });
}

/** Generated columns that are dropped or made anew, or that use a column whose type changes. */
function generatedThatGo(changed: TableDifference): readonly string[] {
  const { fromTable, toTable, changedColumns, removedColumns } = changed;
  const retyped = Object.values(changedColumns).filter(({ changedProperties }) =>
    changedProperties.has('type'),
  );
  return fromTable
    .getColumns()
    .filter(({ name, generated }) => {
      if (!generated) return false;
      if (name in removedColumns) return true;
      const uses = retyped.some(({ column }) => mentions(generated, column.name) > 0);
      return uses && toTable.hasColumn(name);
    })
    .map(({ name }) => name);
}

/** Takes out of a record what fits. */
function take<T>(record: Record<string, T>, fits: (value: T) => boolean) {
  const taken: Record<string, T> = {};
  for (const [key, value] of Object.entries(record)) {
    if (!fits(value)) continue;
    taken[key] = value;
    delete record[key];
  }
  return taken;
}

/** As the server cuts them: MikroORM would take the whole name for another one. */
function cutNames(table: DatabaseTable, cut: (name: string) => string): void {
  const all = (names: string[]) => names.map(cut);
  // Of a schema and a name.
  const cutPath = (path: string) => path.split('.').map(cut).join('.');
  Object.assign(table, { name: cut(table.name) });
  for (const column of table.getColumns()) {
    if (cut(column.name) === column.name) continue;
    table.removeColumn(column.name);
    table.addColumn({ ...column, name: cut(column.name) });
  }
  for (const index of table.getIndexes()) {
    index.keyName = cut(index.keyName);
    index.columnNames = all(index.columnNames);
  }
  for (const check of table.getChecks()) {
    check.name = cut(check.name);
    if (check.columnName !== undefined) check.columnName = cut(check.columnName);
  }
  for (const trigger of table.getTriggers()) trigger.name = cut(trigger.name);
  for (const policy of table.getPolicies()) policy.name = cut(policy.name);
  const keys = Object.values(table.getForeignKeys());
  for (const key of keys) {
    key.constraintName = cut(key.constraintName);
    key.localTableName = cutPath(key.localTableName);
    key.referencedTableName = cutPath(key.referencedTableName);
    key.columnNames = all(key.columnNames);
    key.referencedColumnNames = all(key.referencedColumnNames);
  }
  table.setForeignKeys(Object.fromEntries(keys.map((key) => [key.constraintName, key])));
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

/** MikroORM compares no index that is an expression. Whether it means another one is the server's to say. */
function addExpressions(
  { changedTables }: SchemaDifference,
  from: DatabaseSchema,
  to: DatabaseSchema,
): void {
  for (const toTable of to.getTables()) {
    const name = toTable.getShortestName();
    const fromTable = from.getTable(name);
    for (const index of fromTable ? toTable.getIndexes() : []) {
      const was = fromTable?.getIndex(index.keyName);
      if (!fromTable || !was || was.expression === index.expression) continue;
      changedTables[name] ??= unchanged(name, fromTable, toTable);
      changedTables[name].changedIndexes[index.keyName] = index;
    }
  }
}

function unchanged(
  name: string,
  fromTable: DatabaseTable,
  toTable: DatabaseTable,
): TableDifference {
  return {
    name,
    fromTable,
    toTable,
    addedColumns: {},
    changedColumns: {},
    removedColumns: {},
    renamedColumns: {},
    addedIndexes: {},
    changedIndexes: {},
    removedIndexes: {},
    renamedIndexes: {},
    addedChecks: {},
    changedChecks: {},
    removedChecks: {},
    addedTriggers: {},
    changedTriggers: {},
    removedTriggers: {},
    addedPolicies: {},
    removedPolicies: {},
    addedForeignKeys: {},
    changedForeignKeys: {},
    removedForeignKeys: {},
  };
}

function nothing({ fromSchema }: Pick<SchemaDifference, 'fromSchema'>): SchemaDifference {
  return {
    newNamespaces: new Set(),
    removedNamespaces: new Set(),
    newNativeEnums: [],
    removedNativeEnums: [],
    newTables: {},
    changedTables: {},
    removedTables: {},
    newViews: {},
    changedViews: {},
    removedViews: {},
    newRoutines: {},
    changedRoutines: {},
    removedRoutines: {},
    orphanedForeignKeys: [],
    fromSchema,
  };
}

/** A table can't be dropped, or takes rows along, while others refer to it. */
function childrenFirst(tables: SchemaDifference['removedTables']): typeof tables {
  const ordered: typeof tables = {};
  const visit = (key: string, path: ReadonlySet<string>) => {
    const parent = tables[key];
    if (!parent || key in ordered || path.has(key)) return;
    for (const [child, table] of Object.entries(tables)) {
      const refers = Object.values(table.getForeignKeys()).some(
        ({ referencedTableName }) =>
          referencedTableName === parent.getShortestName() ||
          referencedTableName === `${parent.schema}.${parent.name}`,
      );
      if (refers) visit(child, new Set([...path, key]));
    }
    ordered[key] = parent;
  };
  for (const key of Object.keys(tables)) visit(key, new Set());
  return ordered;
}

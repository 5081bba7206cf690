/** Revisions to make projects of: the ordinary ones. The awkward ones are in awkward.ts. */

import type { Revision, Spelled, Step } from './revisions.ts';

/** Numbers from 1 to n, as a table expression. */
export function numbersTo(n: number): string {
  return `with recursive "n" ("i") as (select 1 union all select "i" + 1 from "n" where "i" < ${n})`;
}

/** Creates a table with an id and, unless told otherwise, a name; goes down by dropping it. */
export function createTable(
  label: string,
  table: string,
  columns: readonly string[] = ['"name" text not null'],
): Revision {
  return {
    label,
    up: [tableWithId(table, columns)],
    down: [`drop table "${table}";`],
  };
}

/** The id counts by itself. */
function tableWithId(table: string, columns: readonly string[]): Spelled {
  const create = (id: string): string =>
    `create table "${table}" (${[`"id" ${id}`, ...columns].join(', ')});`;
  return {
    sqlite: create('integer not null primary key autoincrement'),
    postgresql: create('serial primary key'),
  };
}

export function addColumn(
  label: string,
  table: string,
  name: string,
  type = 'text null',
): Revision {
  return {
    label,
    up: [`alter table "${table}" add column "${name}" ${type};`],
    down: [`alter table "${table}" drop column "${name}";`],
  };
}

export function createIndex(label: string, table: string, column: string): Revision {
  const name = `${table}_${column}_index`;
  return {
    label,
    up: [`create index "${name}" on "${table}" ("${column}");`],
    down: [`drop index "${name}";`],
  };
}

/** Inserts rows named "<table> 1" and so on, in one statement. */
export function populate(label: string, table: string, rows: number): Revision {
  return {
    label,
    up: [`insert into "${table}" ("name") ${numbersTo(rows)} select '${table} ' || "i" from "n";`],
    down: [`delete from "${table}" where "name" like '${table} %';`],
  };
}

/** Any SQL, up and down. */
export function sql(label: string, up: readonly string[], down?: readonly string[]): Revision {
  return { label, up, ...(down && { down }) };
}

/** Any code in `up()` and `down()`. */
export function code(label: string, up: string, down?: string): Revision {
  return { label, up: [{ code: up }], ...(down !== undefined && { down: [{ code: down }] }) };
}

/** Runs outside of a transaction. */
export function nonTransactional(
  label: string,
  up: readonly (Step | Spelled)[],
  down: readonly (Step | Spelled)[],
): Revision {
  return { label, up, down, transactional: false };
}

/** Refuses to go down: with a reason in its own words, or as MikroORM does by default. */
export function irreversible(
  label: string,
  up: readonly (Step | Spelled)[],
  reason?: string,
): Revision {
  if (reason === undefined) return { label, up };
  return { label, up, down: [{ code: `throw new Error(${JSON.stringify(reason)});` }] };
}

/** Runs its statements at once, with `this.execute()`, one of them with a parameter. */
export function executes(label: string, table: string): Revision {
  return code(
    label,
    [
      `await this.execute('create table "${table}" ("id" integer not null primary key, "name" text not null)');`,
      `await this.execute('insert into "${table}" ("id", "name") values (1, ?)', ['it\\'s one']);`,
      `const rows = await this.execute('select count(*) as "n" from "${table}"');`,
      `if (Number(rows[0].n) !== 1) throw new Error('expected one row, found ' + rows[0].n);`,
    ].join('\n'),
    `await this.execute('drop table "${table}"');`,
  );
}

/** Writes through the EntityManager that the migration has. */
export function usesEntityManager(label: string, table: string): Revision {
  return code(
    label,
    [
      'const em = this.getEntityManager();',
      `await em.execute('insert into "${table}" ("id", "name") values (0, ?)', ['by the entity manager']);`,
      `await em.execute('update "${table}" set "name" = upper("name")');`,
    ].join('\n'),
    `await this.getEntityManager().execute('delete from "${table}"');`,
  );
}

/** Reads rows and issues a statement for each: its SQL isn't known before it runs. */
export function dataDependent(label: string, table: string): Revision {
  const each = (expression: string): string =>
    [
      `for (const { id, name } of await this.execute('select "id", "name" from "${table}" order by "id"')) {`,
      `  await this.execute('update "${table}" set "name" = ? where "id" = ?', [${expression}, id]);`,
      '}',
    ].join('\n');
  return code(label, each('name.toUpperCase()'), each('name.toLowerCase()'));
}

/**
 * Rebuilds a table the way MikroORM's generator does on SQLite. Inside a transaction the pragmas
 * do nothing, so that dropping the old table deletes rows that refer to it with a cascade.
 */
export function rebuildTable(label: string, table: string, columns: readonly string[]): Revision {
  const names = columns.map((column) => column.split(' ')[0]).join(', ');
  const steps = [
    'pragma foreign_keys = off;',
    `create table "${table}__temp_alter" (${columns.join(', ')});`,
    `insert into "${table}__temp_alter" (${names}) select ${names} from "${table}";`,
    `drop table "${table}";`,
    `alter table "${table}__temp_alter" rename to "${table}";`,
    'pragma foreign_keys = on;',
  ];
  return { label, up: steps, down: steps };
}

/** A table that grows by a column per revision: hundreds or thousands of them. */
export function many(revisions: number): Revision[] {
  // SQLite's limit is 2,000 columns: start a new table well before it.
  const perTable = 100;
  return Array.from({ length: revisions }, (_, at) => {
    const table = `wide_${Math.floor(at / perTable)}`;
    const number = String(at + 1).padStart(5, '0');
    return at % perTable === 0
      ? createTable(`step_${number}_create`, table)
      : addColumn(`step_${number}_column`, table, `c${at}`);
  });
}

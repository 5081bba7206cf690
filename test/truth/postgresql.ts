/** The oracle on PostgreSQL: one session, with savepoints to see what a statement does alone. */

import { Client } from 'pg';
import type { Case, Statement } from './case.ts';
import type { Runnable } from './equality.ts';
import type { Reasons } from './expectation.ts';
import { type Dump, Ledger, type Reference, type Row, tagOf } from './ledger.ts';
import type { Action } from './model.ts';
import type { NamedObject, Numbering, Pass, State, World } from './oracle.ts';

/** Neither foreign keys nor triggers act for a replica (session_replication_role). */
const ALONE = 'set local session_replication_role = replica';

export class PostgresqlWorld implements World, Runnable, AsyncDisposable {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(url: string, made: Case): Promise<PostgresqlWorld> {
    const client = new Client({
      connectionString: url,
      // Values as the server writes them.
      types: { getTypeParser: () => (value: unknown) => value },
    });
    client.on('error', () => {});
    await client.connect();
    await prepare(client, made);
    return new PostgresqlWorld(client);
  }

  async run(
    transactions: readonly (readonly Statement[])[],
    what: string,
    reasons: Reasons,
  ): Promise<Pass | null> {
    const ledger = new Ledger(await this.#rows());
    const ideal = await this.#ideal(transactions.flat(), ledger);
    try {
      for (const statements of transactions) {
        await this.#query('begin');
        for (const statement of statements) await this.#send(statement, ledger, reasons);
        await this.#query('commit');
      }
    } catch (error) {
      reasons.failed(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      await this.#query('rollback');
      return null;
    }
    return { ledger, ideal, fired: null, references: await this.#references() };
  }

  async #send(
    { sql, names, empties, renames }: Statement,
    ledger: Ledger,
    reasons: Reasons,
  ): Promise<void> {
    const before = await this.#rows();
    const references = await this.#references();
    const bare = await this.#tried([ALONE], sql);
    const triggers = await this.#triggers();
    const unreferenced =
      triggers.length === 0
        ? bare
        : await this.#tried(
            [
              ...triggers.map(
                ({ name, table }) => `alter table "${table}" enable always trigger "${name}"`,
              ),
              ALONE,
            ],
            sql,
          );
    await this.#query(sql);
    const after = await this.#rows();
    if (bare && unreferenced) {
      ledger.take({ names, empties, renames, before, after, references, bare, unreferenced });
    } else {
      reasons.untold(sql);
    }
  }

  /** What a statement does if `settings` hold; null if it can't be run so. */
  async #tried(settings: readonly string[], sql: string): Promise<Dump | null> {
    await this.#query('savepoint tried');
    try {
      for (const setting of settings) await this.#query(setting);
      await this.#query(sql);
      return await this.#rows();
    } catch {
      return null;
    } finally {
      await this.#query('rollback to savepoint tried');
    }
  }

  async #ideal(statements: readonly Statement[], ledger: Ledger): Promise<Dump | null> {
    await this.#query('begin');
    try {
      await this.#query(ALONE);
      let before = await this.#rows();
      for (const { sql } of statements) {
        const references = await this.#references();
        await this.#query(sql);
        const after = await this.#rows();
        ledger.takeIdeal(before, after, references);
        before = after;
      }
      return before;
    } catch {
      return null;
    } finally {
      await this.#query('rollback');
    }
  }

  async failureOf(statements: readonly Statement[]): Promise<string | null> {
    await this.#query('begin');
    try {
      for (const { sql } of statements) await this.#query(sql);
      await this.#query('commit');
      return null;
    } catch (error) {
      await this.#query('rollback');
      return error instanceof Error ? error.message : String(error);
    }
  }

  async ignoreReferences(): Promise<void> {
    for (const { name, table } of await this.#triggers()) {
      await this.#query(`alter table "${table}" enable always trigger "${name}"`);
    }
    await this.#query('set session_replication_role = replica');
  }

  async state(): Promise<State> {
    const columns = await this.#query(COLUMNS);
    const tables = new Map<string, { columns: string[] }>();
    for (const { table, column } of columns) {
      const entry = tables.get(String(table)) ?? { columns: [] };
      tables.set(String(table), entry);
      entry.columns.push(String(column));
    }
    const objects = (await this.#query(OBJECTS)).map(
      ({ type, name, table }): NamedObject => ({
        type: type === 'index' || type === 'trigger' || type === 'foreign key' ? type : 'view',
        name: String(name),
        table: String(table),
      }),
    );
    const schema = [...columns, ...(await this.#query(DEFINITIONS))].map(({ text }) =>
      String(text),
    );
    return {
      rows: await this.#rows(),
      tables: new Map(
        [...tables].map(([name, facts]) => [
          name,
          { ...facts, withoutRowid: false, strict: false, autoincrement: false },
        ]),
      ),
      objects,
      schema,
      orphans: 0,
      broken: [],
      sequences: new Map(),
      numbering: await this.#numbering(),
    };
  }

  async #numbering(): Promise<ReadonlyMap<string, Numbering>> {
    const found = new Map<string, Numbering>();
    for (const { oid, table, column, sequence } of await this.#query(NUMBERED)) {
      const [row] = await this.#query(
        `select case when is_called then last_value + 1 else last_value end as next,
          (select max("${column}") from "${table}") as largest from ${sequence}`,
      );
      const largest = row?.largest == null ? null : Number(row.largest);
      found.set(String(table), { oid: String(oid), next: Number(row?.next), largest });
    }
    return found;
  }

  /** All tables in one query. */
  async #rows(): Promise<Dump> {
    const names = (await this.#query(TABLES)).map(({ name }) => String(name));
    const dump = new Map(names.map((name) => [name, new Map<string, Row>()]));
    if (names.length === 0) return dump;
    const parts = names.map(
      (name) =>
        `select '${name}' as name, (select json_agg(to_jsonb(r)) from (select * from "${name}") r)::text as rows`,
    );
    for (const { name, rows } of await this.#query(parts.join(' union all '))) {
      if (typeof rows !== 'string') continue;
      for (const row of JSON.parse(rows) as Row[]) {
        const tag = tagOf(row);
        if (tag !== null) dump.get(String(name))?.set(tag, row);
      }
    }
    return dump;
  }

  async #references(): Promise<Reference[]> {
    return (await this.#query(REFERENCES)).map((row) => ({
      table: String(row.table),
      parent: String(row.parent),
      onDelete: actionOf(row.on_delete),
      onUpdate: actionOf(row.on_update),
      columns: String(row.columns).split(','),
      parentColumns: String(row.parent_columns).split(','),
    }));
  }

  async #triggers(): Promise<{ name: string; table: string }[]> {
    return (await this.#query(OBJECTS)).flatMap(({ type, name, table }) =>
      type === 'trigger' ? [{ name: String(name), table: String(table) }] : [],
    );
  }

  async #query(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.#client.query<Record<string, unknown>>(sql)).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}

/** Empties a database, and makes it what a case starts with. */
export async function prepare(client: Client, { setup }: Case): Promise<void> {
  const sql = ['drop schema if exists public cascade', 'create schema public', ...setup];
  await client.query(sql.join(';\n'));
}

const TABLES = `select relname as name from pg_class
  where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace order by 1`;

const COLUMNS = `select c.relname as "table", a.attname as "column",
    format('column %s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      a.attnotnull, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)) as text
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace`;

const NUMBERED = `select c.oid, c.relname as "table", a.attname as "column",
    pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    and pg_get_serial_sequence(quote_ident(c.relname), a.attname) is not null`;

const OBJECTS = `
  select 'view' as type, relname as name, '' as "table" from pg_class
    where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace
  union all select 'index', i.relname, t.relname
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    where i.relnamespace = 'public'::regnamespace
      and not exists (select from pg_constraint where conindid = i.oid)
  union all select 'trigger', g.tgname, t.relname
    from pg_trigger g join pg_class t on t.oid = g.tgrelid
    where not g.tgisinternal and t.relnamespace = 'public'::regnamespace
  union all select 'foreign key', o.conname, t.relname
    from pg_constraint o join pg_class t on t.oid = o.conrelid
    where o.contype = 'f' and t.relnamespace = 'public'::regnamespace`;

const DEFINITIONS = `
  select format('table %s', relname) as text from pg_class
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
  union all select format('view %s %s', relname, pg_get_viewdef(oid)) from pg_class
    where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace
  union all select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
  union all select pg_get_indexdef(indexrelid) from pg_index x join pg_class i on i.oid = x.indexrelid
    where i.relnamespace = 'public'::regnamespace
  union all select pg_get_triggerdef(g.oid) from pg_trigger g join pg_class t on t.oid = g.tgrelid
    where not g.tgisinternal and t.relnamespace = 'public'::regnamespace
  union all select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
  union all select format('sequence %s', relname) from pg_class
    where relkind = 'S' and relnamespace = 'public'::regnamespace`;

/** https://www.postgresql.org/docs/current/catalog-pg-constraint.html */
const ACTION_OF: Readonly<Record<string, Action>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};
const actionOf = (letter: unknown): Action => ACTION_OF[String(letter)] ?? 'no action';

const REFERENCES = `select t.relname as "table", p.relname as parent,
    c.confdeltype as on_delete, c.confupdtype as on_update,
    (select string_agg(a.attname, ',' order by k.at) from unnest(c.conkey) with ordinality k (number, at)
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number) as columns,
    (select string_agg(a.attname, ',' order by k.at) from unnest(c.confkey) with ordinality k (number, at)
      join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number) as parent_columns
  from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class p on p.oid = c.confrelid
  where c.contype = 'f'`;

/**
 * Notes which rows statements touch, in a run in which triggers change nothing: rows that are
 * updated or deleted, those that another row replaced, and those that were there again at once.
 *
 * Nothing else tells: `changes()` counts rows, not which, and leaves out replaced ones. Triggers do
 * the noting, which fire for replaced rows as well while triggers may fire again
 * (https://sqlite.org/lang_conflict.html). The log is a table beside the others, so that states can
 * be compared by it without holding it in memory.
 */

import type { Measurement, Meter } from '../../measurement.ts';
import { NOTHING } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import {
  type ForeignKey,
  literal,
  quoted,
  ROW_LOG,
  rowidOf,
  type Schema,
  sameName,
} from '../catalogue/schema.ts';
import { changesOf, countOf, tableOf } from '../execution/statement-profiler.ts';
import {
  columnsSetBy,
  parseStatement,
  readStatement,
  type StatementFacts,
} from '../parser/statement.ts';

/**
 * `touched`: a statement updates or deletes it, or a trigger kept it from that; `deleted`: a
 * statement that deletes did; `replaced`: it made place for another row; `again`: for one with its key;
 * `set`: a column of it got another value; `rekeyed`: what others refer to it by became something else.
 */
type Doing = 'touched' | 'deleted' | 'replaced' | 'again' | 'set' | 'rekeyed';

/** Databases of a comparison. */
type Side = 'main' | 'before' | 'log';

/** https://sqlite.org/lang_conflict.html */
const REPLACES_ROWS = /\breplace\s+into\b|\b(insert|update)\s+or\s+replace\b/i;
const REPLACES_BY_ITSELF = /\bon\s+conflict\s+replace\b/i;

/** Whether rows may have been replaced by others. */
export function mayReplace(schema: Schema, sent: readonly string[]): boolean {
  return (
    schema.tables.some(({ sql }) => REPLACES_BY_ITSELF.test(sql)) ||
    sent.some((sql) => REPLACES_ROWS.test(sql) || REPLACES_BY_ITSELF.test(sql))
  );
}

/**
 * A condition: the log has a row as that.
 *
 * @param log where it is
 * @param names of its table, from first to last
 * @param key as {@link keyText} writes it
 */
export function isLogged(
  log: Side,
  names: readonly string[],
  key: string,
  doing: Doing,
  more = '',
): string {
  return isInLog(log, names, key, ` and l.doing = '${doing}'${more}`);
}

/**
 * A condition: a statement gave one of these columns of a row another value, or put another row there.
 *
 * @param values those that it may have given, as SQL; any where there are none
 */
export function isSet(
  log: Side,
  names: readonly string[],
  key: string,
  columns: readonly string[],
  values: readonly string[],
): string {
  const set = columns.map((name) => literal(name.toLowerCase())).join(', ');
  const others = `l.doing in ('deleted', 'replaced', 'again')`;
  const quotes = values.map((value) => `quote(${value})`).join(', ');
  const given = values.length > 0 ? ` and l.became in (${quotes})` : '';
  return isInLog(
    log,
    names,
    key,
    ` and (${others} or l.doing = 'set' and l.by_columns in (${set})${given})`,
  );
}

function isInLog(log: Side, names: readonly string[], key: string, more: string): string {
  return `exists (select 1 from ${log}.${ROW_LOG} l where l.key = ${key} and ${isOfTables(names)}${more})`;
}

/** A condition: an entry is about a row of a table that had one of these names. */
export function isOfTables(names: readonly string[]): string {
  return `"table" in (${names.map((name) => literal(name.toLowerCase())).join(', ')})`;
}

/** A condition: it was replaced, and no statement had deleted it by its name before. */
export function isReplaced(log: Side, names: readonly string[], key: string): string {
  const deleted = `select 1 from ${log}.${ROW_LOG} d where d.key = l.key and d."table" = l."table" and d.doing = 'deleted' and d.n < l.n`;
  return isLogged(log, names, key, 'replaced', ` and not exists (${deleted})`);
}

/** A condition: what the row `b` refers to has other values there now. */
export function isRekeyed(
  log: Side,
  names: readonly string[],
  { columns, parent, parentColumns }: ForeignKey,
): string {
  const there = `select 1 from ${log}.${quoted(parent)} p where ${keyText('p', parentColumns)} = l.became`;
  return isLogged(log, names, keyText('b', columns), 'rekeyed', ` and exists (${there})`);
}

/** Statements of a trigger that note it, of a row that had others before as well. */
export function noteRekeyed(table: string, columns: readonly string[]): string {
  const [was, is] = [keyText('old', columns), keyText('new', columns)];
  const name = literal(table.toLowerCase());
  return [
    `update ${ROW_LOG} set became = ${is} where doing = 'rekeyed' and "table" = ${name} and became = ${was}`,
    `insert into ${ROW_LOG} ("table", key, doing, became) values (${name}, ${was}, 'rekeyed', ${is})`,
  ].join('; ');
}

/** A row's key as the log has it. */
export function keyText(row: string, columns: readonly string[]): string {
  return columns.map((name) => `quote(${row}.${quoted(name)})`).join(" || ',' || ");
}

/** By which columns a row was noted. */
export function keyNames(columns: readonly string[]): string {
  return columns.join().toLowerCase();
}

/** Of a table, as it is at a statement. */
interface Noted {
  readonly key: readonly string[];
  readonly replaces: boolean;
}

const NAMES = ['before_update', 'after_update', 'before_delete', 'after_delete', 'after_insert'];

export class RowLog implements Meter {
  /** By name, until a statement changes the schema; null for what has no rows of its own. */
  readonly #tables = new Map<string, Noted | null>();
  #ownRows = 0;
  #isNoting = false;

  async before(sql: string, query: RawQuery): Promise<void> {
    const facts = readStatement(sql);
    this.#ownRows =
      facts.kind === 'drop-table' ? await countOf(query, facts.table).catch(() => 0) : 0;
    // What a statement that failed left behind.
    if (this.#isNoting) await this.#stop(query);
    const name = tableOf(facts);
    if (name === null) {
      this.#tables.clear();
      return;
    }
    const table = await this.#tableOf(name, query);
    if (table) await this.#note(name, table, facts, REPLACES_ROWS.test(sql), query);
  }

  async after(sql: string, query: RawQuery): Promise<Measurement> {
    const direct = tableOf(readStatement(sql));
    const rows = direct === null ? this.#ownRows : (await changesOf(query)).own;
    if (this.#isNoting) await this.#stop(query);
    const changed =
      direct !== null && rows > 0 ? [{ table: direct, rows, indirect: false }] : NOTHING.changed;
    return { ...NOTHING, affected: rows, changed };
  }

  async #tableOf(name: string, query: RawQuery): Promise<Noted | null> {
    const known = this.#tables.get(name.toLowerCase());
    if (known !== undefined) return known;
    const [found] = await query(
      `select sql, type from (select * from sqlite_schema union all select * from temp.sqlite_schema) where lower(name) = lower(${literal(name)}) and type in ('table', 'view')`,
    );
    const columns = await query(`select name, pk from pragma_table_xinfo(${literal(name)})`);
    const keys = columns
      .filter(({ pk }) => Number(pk) > 0)
      .toSorted((a, b) => Number(a.pk) - Number(b.pk))
      .map((column) => String(column.name));
    const names = columns.map((column) => ({ name: String(column.name) }));
    const sql = String(found?.sql ?? '');
    const table =
      found?.type !== 'table' || /^\s*create\s+virtual\b/i.test(sql)
        ? null
        : {
            key: keys.length > 0 ? keys : [rowidOf({ columns: names })],
            replaces: REPLACES_BY_ITSELF.test(sql),
          };
    this.#tables.set(name.toLowerCase(), table);
    return table;
  }

  async #note(
    name: string,
    { key, replaces }: Noted,
    facts: StatementFacts,
    orReplace: boolean,
    query: RawQuery,
  ): Promise<void> {
    const replacing = (replaces || orReplace) && facts.kind !== 'delete';
    // A new row by itself touches none.
    if (facts.kind === 'insert' && !replacing && facts.sets.length === 0) return;
    this.#isNoting = true;
    const [last] = await query(`select coalesce(max(n), 0) as "n" from ${ROW_LOG}`);
    const table = literal(name.toLowerCase());
    const log = (doing: Doing) =>
      `insert into ${ROW_LOG} ("table", key, doing, by_columns) values (${table}, ${keyText('old', key)}, '${doing}', ${literal(keyNames(key))})`;
    const again = `update ${ROW_LOG} set doing = 'again' where key = ${keyText('new', key)} and "table" = ${table} and doing = 'replaced' and n > ${Number(last?.n ?? 0)}`;
    const set = columnsSetBy(facts).map((column) => {
      const [was, is] = [`old.${quoted(column)}`, `new.${quoted(column)}`];
      const differs = `${was} is not ${is} collate binary or typeof(${was}) <> typeof(${is})`;
      return `insert into ${ROW_LOG} ("table", key, doing, became, by_columns) select ${table}, ${keyText('old', key)}, 'set', quote(${is}), ${literal(column.toLowerCase())} where ${differs}`;
    });
    const notes: Readonly<Record<string, string>> = {
      before_update: log('touched'),
      ...(set.length > 0 && { after_update: set.join('; ') }),
      before_delete: log('touched'),
      ...(facts.kind === 'delete' && { after_delete: log('deleted') }),
      // A row that an update gives the key is another one.
      ...(replacing && { after_delete: log('replaced'), after_insert: again }),
    };
    for (const [when, body] of Object.entries(notes)) {
      await query(
        `create temp trigger ${ROW_LOG}_${when} ${when.replace('_', ' ')} on ${quoted(name)} begin ${body}; end`,
      );
    }
    if (replacing) await query('pragma recursive_triggers = on');
  }

  async #stop(query: RawQuery): Promise<void> {
    this.#isNoting = false;
    await query('pragma recursive_triggers = off');
    for (const when of NAMES) await query(`drop trigger if exists temp.${ROW_LOG}_${when}`);
  }
}

const QUIET = '/* quiet */';

/**
 * Leaves of triggers what they ask, which may refuse a statement or skip a row of it, and takes
 * away what they change. Makes the log.
 */
export async function silence(query: RawQuery): Promise<void> {
  await query(
    `create table if not exists main.${ROW_LOG} (n integer primary key, "table" text, key text, doing text, became text, by_columns text)`,
  );
  await query(`create index if not exists main.${ROW_LOG}_key on ${ROW_LOG} (key)`);
  for (const schema of ['main', 'temp'] as const) {
    const triggers = await query(
      `select name, sql from ${schema}.sqlite_schema where type = 'trigger' and sql not like '%${QUIET}%'`,
    );
    for (const { name, sql } of triggers) {
      const quiet = quietTrigger(String(sql), schema);
      await query(`drop trigger ${schema}.${quoted(String(name))}`);
      if (quiet !== null) await query(quiet);
    }
  }
}

/** Null for one that can't be read, which is left out. */
function quietTrigger(sql: string, schema: 'main' | 'temp'): string | null {
  const statement = parseStatement(sql);
  if (statement?.type !== 'create_trigger_stmt' || statement.body.type !== 'block_stmt')
    return null;
  const [from] = statement.body.range ?? [];
  if (from === undefined) return null;
  const asks = statement.body.program.statements.flatMap(({ type, range }) =>
    type === 'select_stmt' && range ? [sql.slice(...range)] : [],
  );
  const kind = schema === 'temp' ? 'create temp trigger' : 'create trigger';
  const head = sql.slice(0, from).replace(/^\s*create\s+(temp\s+|temporary\s+)?trigger\b/i, kind);
  return `${head} begin ${QUIET} ${asks.length > 0 ? asks.join('; ') : 'select 1'}; end`;
}

/** Tables whose rows the triggers of a view stand for: those that it shows, also through others. */
export function tablesBehind({ named, tables }: Schema, view: string): ReadonlySet<string> {
  const behind = new Set<string>();
  const seen = new Set<string>();
  const look = (name: string): void => {
    const found = named.find((each) => each.kind === 'view' && sameName(each.name, name));
    if (!found || seen.has(found.name)) return;
    seen.add(found.name);
    const words = new Set(found.sql.toLowerCase().match(/[^\s"`'[\](),;.]+/g));
    for (const table of tables) if (words.has(table.name.toLowerCase())) behind.add(table.name);
    for (const { kind, name: other } of named) {
      if (kind === 'view' && words.has(other.toLowerCase())) look(other);
    }
  };
  look(view);
  return behind;
}

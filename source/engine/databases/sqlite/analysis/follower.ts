/**
 * Follows references where statements say so, and when they do, in a run in which the database
 * follows none: from rows that are deleted by name, keys that are changed by name, tables that are
 * dropped for good. What rebuilds and replaced rows take along stays.
 *
 * What such a run has and the pass has not, the pass lost by the way, whatever became of its parent
 * afterwards.
 *
 * Foreign key actions are triggers inside SQLite (https://sqlite.org/foreignkeys.html, 4.3); here
 * they are temporary ones, which are there for the length of one statement. Those of the temporary
 * schema fire before the others of a table, as SQLite's own do.
 */

import { messageOf } from '../../../../util/error-message.ts';
import { Savepoints } from '../../../run/savepoints.ts';
import type { Measurement, Meter } from '../../measurement.ts';
import { NOTHING } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import { readReferences } from '../catalogue/references.ts';
import { type ForeignKey, literal, quoted, sameName } from '../catalogue/schema.ts';
import { tableOf } from '../execution/statement-profiler.ts';
import { type TableBefore, Walk } from '../parser/lineage.ts';
import { columnsSetBy, readStatement, type StatementFacts } from '../parser/statement.ts';
import { noteRekeyed } from './row-log.ts';

/** What foreign keys do. */
export const ACTING: ReadonlySet<string> = new Set(['cascade', 'set null', 'set default']);

/** Whether rows are changed or deleted with the rows that they refer to. */
export function acts({ onDelete, onUpdate }: ForeignKey): boolean {
  return ACTING.has(onDelete) || ACTING.has(onUpdate);
}

/** What happens to rows that others refer to. */
type Event = 'delete' | 'update';

interface Effect {
  readonly event: Event;
  /** The statement that does it, without its condition. */
  change(schema: string, alias: string): string;
}

const TRIGGER = 'handrail_follow';
const SWITCHES = /^\s*pragma\s+(\w+\.)?foreign_keys\s*[=(]/i;

export class Follower implements Meter {
  readonly #tables: ReadonlyMap<string, TableBefore>;
  #walk: Walk;
  /** What the walk took. */
  #taken: StatementFacts[] = [];
  readonly #savepoints = new Savepoints();
  readonly #behind: (view: string) => Iterable<string>;
  readonly #logs: boolean;
  /** Until a statement changes the schema. */
  #references: readonly ForeignKey[] | null = null;
  /** Tables that there were in the beginning and that are not looked at. */
  #outside: ReadonlySet<string> | null = null;
  /** How many triggers there are now. */
  #made = 0;
  #recurses = false;
  /** A revision may switch it, for the pass as well, where it runs outside a transaction. */
  #isOn = true;
  #switching = false;
  #problem: string | null = null;

  /**
   * @param tables of the beginning
   * @param behind tells the tables whose rows a statement means that names a view
   * @param logs notes rows that get other keys, where a quiet run has its log
   */
  constructor(
    tables: ReadonlyMap<string, TableBefore>,
    behind: (view: string) => Iterable<string>,
    { logs = false } = {},
  ) {
    this.#logs = logs;
    this.#tables = tables;
    this.#walk = new Walk(tables);
    this.#behind = behind;
  }

  /** Why it could not follow all of them; null if it could. */
  get problem(): string | null {
    return this.#problem;
  }

  async before(sql: string, query: RawQuery): Promise<void> {
    await this.#trying(async () => {
      // What a statement that failed left behind.
      await this.#stop(query);
      this.#outside ??= new Set((await tablesIn(query)).filter((name) => !this.#walk.knows(name)));
      this.#goBack(sql);
      if (SWITCHES.test(sql)) {
        // Inside a transaction nothing switches it (https://sqlite.org/pragma.html#pragma_foreign_keys).
        await query('pragma foreign_keys = on');
        this.#switching = await isOn(query);
      } else if (this.#isOn) {
        await this.#begin(readStatement(sql), query);
      }
    });
  }

  async after(sql: string, query: RawQuery): Promise<Measurement> {
    await this.#trying(async () => {
      await this.#stop(query);
      if (this.#switching) this.#isOn = await isOn(query);
      this.#switching = false;
      const facts = readStatement(sql);
      if (moves(facts)) {
        this.#walk.take(facts, 0);
        this.#taken.push(facts);
      }
      if (tableOf(facts) === null) this.#references = null;
    });
    return NOTHING;
  }

  /** A rollback brings back what there was. */
  #goBack(sql: string): void {
    const lasting = this.#savepoints.ended(sql, this.#taken.length);
    if (lasting === this.#taken.length) return;
    this.#references = null;
    this.#taken = this.#taken.slice(0, lasting);
    this.#walk = new Walk(this.#tables);
    for (const facts of this.#taken) this.#walk.take(facts, 0);
  }

  async #trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#problem ??= messageOf(error);
    }
  }

  async #begin(facts: StatementFacts, query: RawQuery): Promise<void> {
    if (facts.kind === 'drop-table') {
      if (await this.#isForGood(facts.table, query)) await this.#empty(facts.table, query);
      return;
    }
    const table = tableOf(facts);
    if (table === null) return;
    this.#references ??= await readReferences(query);
    const named = [table, ...this.#behind(table)];
    for (const each of named) {
      const events = this.#eventsOf(each, facts, named.length > 1);
      if (events.length > 0) await this.#follow(each, events, query);
    }
  }

  /** Whether a table's rows are nowhere else, also not in one that nobody could read how it was filled. */
  async #isForGood(table: string, query: RawQuery): Promise<boolean> {
    if (this.#walk.isCopied(table)) return false;
    const columns = await columnsOf(table, query);
    for (const other of await tablesIn(query)) {
      const isRead = this.#walk.knows(other) && !this.#walk.isQueried(other);
      if (this.#outside?.has(other) || isRead || sameName(other, table)) continue;
      const others = await columnsOf(other, query);
      const shared = columns.filter((name) => others.some((each) => sameName(each, name)));
      if (2 * shared.length > columns.length) return false;
    }
    return true;
  }

  /** What a statement may do to rows of a table that matters to those that refer to them. */
  #eventsOf(table: string, facts: StatementFacts, throughView: boolean): readonly Event[] {
    if (this.#to(table).length === 0) return [];
    if (throughView) return ['delete', 'update'];
    if (facts.kind === 'delete') return ['delete'];
    return this.#refersTo(table, columnsSetBy(facts)) ? ['update'] : [];
  }

  #to(parent: string): readonly ForeignKey[] {
    return (this.#references ?? []).filter((each) => sameName(each.parent, parent) && acts(each));
  }

  /** Makes triggers for a table, and for all that refer to it, also through others. */
  async #follow(table: string, events: readonly Event[], query: RawQuery): Promise<void> {
    const seen = new Set<string>();
    const visit = async (
      parent: string,
      event: Event,
      above: ReadonlySet<string>,
    ): Promise<void> => {
      const place = `${event} ${parent.toLowerCase()}`;
      // SQLite's own are recursive, whatever is said of the others.
      if (above.has(place)) await this.#recurse(query);
      if (seen.has(place)) return;
      seen.add(place);
      for (const reference of this.#to(parent)) {
        const effect = await this.#act(reference, event, query);
        if (effect === null) continue;
        const goes = effect === 'delete' || this.#refersTo(reference.table, reference.columns);
        if (goes) await visit(reference.table, effect, new Set([...above, place]));
      }
    };
    for (const event of events) await visit(table, event, new Set());
  }

  /** Whether anything refers to one of these columns. */
  #refersTo(table: string, columns: readonly string[]): boolean {
    const keys = this.#to(table).flatMap(({ parentColumns }) => parentColumns);
    return columns.some((column) => keys.some((key) => sameName(column, key)));
  }

  /** What SQLite does when it drops a table: its rows go, and none of its own triggers fires. */
  async #empty(table: string, query: RawQuery): Promise<void> {
    this.#references ??= await readReferences(query);
    for (const reference of this.#to(table)) {
      if (sameName(reference.table, table)) continue;
      const effect = await this.#effectOf(reference, 'delete', query);
      if (!effect) continue;
      await this.#follow(reference.table, [effect.event], query);
      const match = reference.columns.map(
        (own, at) => `p.${quoted(reference.parentColumns[at] ?? '')} = c.${quoted(own)}`,
      );
      const referring = `exists (select 1 from main.${quoted(table)} p where ${match.join(' and ')})`;
      await query(`${effect.change('main.', ' as c')} where ${referring}`);
      await this.#stop(query);
    }
  }

  /** What happens to rows that refer; null if nothing does. */
  async #effectOf(
    { table, columns, parentColumns, onDelete, onUpdate }: ForeignKey,
    event: Event,
    query: RawQuery,
  ): Promise<Effect | null> {
    const how = event === 'delete' ? onDelete : onUpdate;
    if (!ACTING.has(how)) return null;
    const name = quoted(table);
    if (event === 'delete' && how === 'cascade') {
      return { event: 'delete', change: (schema, alias) => `delete from ${schema}${name}${alias}` };
    }
    const defaults = how === 'set default' ? await defaultsOf(table, query) : null;
    const values = columns.map((own, at) => {
      const key = `new.${quoted(parentColumns[at] ?? '')}`;
      const value = how === 'cascade' ? key : (defaults?.get(own.toLowerCase()) ?? 'null');
      return `${quoted(own)} = ${value}`;
    });
    const set = values.join(', ');
    return {
      event: 'update',
      change: (schema, alias) => `update ${schema}${name}${alias} set ${set}`,
    };
  }

  /** Makes the trigger of one reference. Returns what happens to rows that refer, null if nothing. */
  async #act(reference: ForeignKey, event: Event, query: RawQuery): Promise<Event | null> {
    const { columns, parent, parentColumns } = reference;
    const moved = parentColumns.map((name) => `old.${quoted(name)} is not new.${quoted(name)}`);
    const when = event === 'delete' ? '' : ` when ${moved.join(' or ')}`;
    const on = `after ${event} on main.${quoted(parent)}${when}`;
    if (event === 'update' && this.#logs) {
      await this.#make(on, noteRekeyed(parent, parentColumns), query);
    }
    const effect = await this.#effectOf(reference, event, query);
    if (!effect) return null;
    const refers = columns.map(
      (own, at) => `old.${quoted(parentColumns[at] ?? '')} = ${quoted(own)}`,
    );
    await this.#make(on, `${effect.change('', '')} where ${refers.join(' and ')}`, query);
    return effect.event;
  }

  async #make(when: string, body: string, query: RawQuery): Promise<void> {
    await query(`create temp trigger ${TRIGGER}_${this.#made} ${when} begin ${body}; end`);
    this.#made++;
  }

  async #recurse(query: RawQuery): Promise<void> {
    this.#recurses = true;
    await query('pragma recursive_triggers = on');
  }

  async #stop(query: RawQuery): Promise<void> {
    for (; this.#made > 0; this.#made--) {
      await query(`drop trigger if exists temp.${TRIGGER}_${this.#made - 1}`);
    }
    if (this.#recurses) await query('pragma recursive_triggers = off');
    this.#recurses = false;
  }
}

/** Whether it may have to do with which table continues which. */
function moves(facts: StatementFacts): boolean {
  return facts.kind === 'insert' ? facts.copy !== null || facts.queried : tableOf(facts) === null;
}

async function isOn(query: RawQuery): Promise<boolean> {
  const [row] = await query('select foreign_keys as "on" from pragma_foreign_keys');
  return Number(row?.on ?? 0) === 1;
}

async function tablesIn(query: RawQuery): Promise<readonly string[]> {
  const rows = await query(
    `select name from main.sqlite_schema where type = 'table' union all select name from temp.sqlite_schema where type = 'table'`,
  );
  return rows.map(({ name }) => String(name));
}

async function columnsOf(table: string, query: RawQuery): Promise<readonly string[]> {
  const rows = await query(`select name from pragma_table_info(${literal(table)})`);
  return rows.map(({ name }) => String(name));
}

/** Of columns, by their names in lower case. */
async function defaultsOf(
  table: string,
  query: RawQuery,
): Promise<ReadonlyMap<string, string | null>> {
  const found = await query(
    `select name, dflt_value as "value" from pragma_table_xinfo(${literal(table)})`,
  );
  return new Map(
    found.map(({ name, value }) => [
      String(name).toLowerCase(),
      value === null ? null : asValue(String(value)),
    ]),
  );
}

/** SQLite takes a bare word for a text. */
function asValue(declared: string): string {
  const isWord = /^[a-z_]\w*$/i.test(declared) && !KEYWORDS.test(declared);
  return isWord ? literal(declared) : declared;
}

const KEYWORDS = /^(null|true|false|current_(time|date|timestamp))$/i;

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

import { messageOf } from '../../refusal.ts';
import type { Measurement, Meter, RawQuery } from '../dialect.ts';
import { NOTHING } from '../measurement.ts';
import { type TableBefore, Walk } from './lineage.ts';
import { tableOf } from './meter.ts';
import { noteRekeyed } from './row-log.ts';
import { type ForeignKey, literal, quoted, sameName } from './schema.ts';
import { readStatement, type StatementFacts } from './statement.ts';

const ACTING: ReadonlySet<string> = new Set(['cascade', 'set null', 'set default']);

/** Whether rows are changed or deleted with the rows that they refer to. */
export function acts({ onDelete, onUpdate }: ForeignKey): boolean {
  return ACTING.has(onDelete) || ACTING.has(onUpdate);
}

/** What happens to rows that others refer to. */
type Event = 'delete' | 'update';

const TRIGGER = 'handrail_follow';
const GONE = 'handrail_gone';
const SWITCHES = /^\s*pragma\s+(\w+\.)?foreign_keys\s*[=(]/i;

export class Follower implements Meter {
  readonly #walk: Walk;
  readonly #behind: (view: string) => Iterable<string>;
  readonly #logs: boolean;
  /** Until a statement changes the schema. */
  #references: readonly ForeignKey[] | null = null;
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
      this.#walk.take(facts, 0);
      if (tableOf(facts) === null) this.#references = null;
    });
    return NOTHING;
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
      if (!this.#walk.isCopied(facts.table)) await this.#empty(facts.table, query);
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

  /** What a statement may do to rows of a table that matters to those that refer to them. */
  #eventsOf(table: string, facts: StatementFacts, throughView: boolean): readonly Event[] {
    if (this.#to(table).length === 0) return [];
    if (throughView) return ['delete', 'update'];
    if (facts.kind === 'delete') return ['delete'];
    const set =
      facts.kind === 'update'
        ? facts.assignments.map(({ column }) => column)
        : facts.kind === 'insert'
          ? facts.sets
          : [];
    return this.#refersTo(table, set) ? ['update'] : [];
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
        const effect = await this.#act(reference, event, `main.${quoted(parent)}`, query);
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
    const referring = this.#to(table).filter((each) => !sameName(each.table, table));
    if (referring.length === 0) return;
    await query(`create temp table ${GONE} as select * from main.${quoted(table)}`);
    for (const reference of referring) {
      const effect = await this.#act(reference, 'delete', `temp.${GONE}`, query);
      if (effect) await this.#follow(reference.table, [effect], query);
    }
    await query(`delete from temp.${GONE}`);
    await this.#stop(query);
    await query(`drop table temp.${GONE}`);
  }

  /** Makes the trigger of one reference. Returns what happens to rows that refer, null if nothing. */
  async #act(
    { table, columns, parent, parentColumns, onDelete, onUpdate }: ForeignKey,
    event: Event,
    on: string,
    query: RawQuery,
  ): Promise<Event | null> {
    const how = event === 'delete' ? onDelete : onUpdate;
    const pairs = columns.map((own, at) => [own, quoted(parentColumns[at] ?? '')] as const);
    const child = quoted(table);
    const refers = pairs.map(([own, key]) => `old.${key} = ${quoted(own)}`).join(' and ');
    const when = event === 'delete' ? '' : ` when ${isMoved(parentColumns)}`;
    if (event === 'update' && this.#logs) {
      await this.#make(`after update on ${on}${when}`, noteRekeyed(parent, parentColumns), query);
    }
    if (!ACTING.has(how)) return null;
    const goes = event === 'delete' && how === 'cascade';
    const defaults = how === 'set default' ? await defaultsOf(table, query) : null;
    const values = pairs.map(([own, key]) => {
      const value = how === 'cascade' ? `new.${key}` : (defaults?.get(own.toLowerCase()) ?? 'null');
      return `${quoted(own)} = ${value}`;
    });
    const change = goes ? `delete from ${child}` : `update ${child} set ${values.join(', ')}`;
    await this.#make(`after ${event} on ${on}${when}`, `${change} where ${refers}`, query);
    return goes ? 'delete' : 'update';
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

function isMoved(columns: readonly string[]): string {
  return columns.map((name) => `old.${quoted(name)} is not new.${quoted(name)}`).join(' or ');
}

async function isOn(query: RawQuery): Promise<boolean> {
  const [row] = await query('select foreign_keys as "on" from pragma_foreign_keys');
  return Number(row?.on ?? 0) === 1;
}

/** With the columns that they refer to. */
async function readReferences(query: RawQuery): Promise<readonly ForeignKey[]> {
  const rows = await query(
    `select s.name as "table", f.id as "id", f."table" as "parent", f."from" as "own",
            coalesce(f."to", (select k.name from pragma_table_info(f."table") k where k.pk = f.seq + 1)) as "key",
            lower(f.on_delete) as "onDelete", lower(f.on_update) as "onUpdate"
       from main.sqlite_schema s, pragma_foreign_key_list(s.name) f
      where s.type = 'table'
        and exists (select 1 from main.sqlite_schema p where p.type = 'table' and lower(p.name) = lower(f."table"))
      order by s.name, f.id, f.seq`,
  );
  const parts = Map.groupBy(rows, ({ table, id }) => JSON.stringify([table, id]));
  return [...parts.values()].flatMap((ordered): ForeignKey[] => {
    const [first] = ordered;
    if (!first) return [];
    return [
      {
        table: String(first.table),
        columns: ordered.map(({ own }) => String(own)),
        parent: String(first.parent),
        parentColumns: ordered.map(({ key }) => String(key)),
        onDelete: String(first.onDelete),
        onUpdate: String(first.onUpdate),
      },
    ];
  });
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
      value === null ? null : String(value),
    ]),
  );
}

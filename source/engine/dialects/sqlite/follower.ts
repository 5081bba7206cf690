/**
 * Follows references where statements say so, and when they do, in a run in which the database
 * follows none: rows that are deleted by name, keys that are changed by name, tables that are
 * dropped for good. What rebuilds take along stays.
 *
 * What such a run has and the pass has not, the pass lost by the way, whatever became of its parent
 * afterwards.
 */

import type { Measurement, Meter, RawQuery } from '../dialect.ts';
import { NOTHING } from '../measurement.ts';
import { tableOf } from './meter.ts';
import { quoted, sameName } from './schema.ts';
import { readStatement, type StatementFacts } from './statement.ts';

interface Reference {
  readonly table: string;
  readonly parent: string;
  /** Columns, and those of the parent that they refer to. */
  readonly columns: readonly (readonly [own: string, parents: string])[];
  readonly onDelete: string;
  readonly onUpdate: string;
}

const TRIGGER = 'handrail_follow';
const GONE = 'handrail_gone';
const MOVED = 'handrail_moved';

/** Each level follows references one step further; SQLite itself gives up there. */
const LEVELS = 1_000;

export class Follower implements Meter {
  readonly #isForGood: (table: string) => boolean;
  /** Until a statement changes the schema. */
  #references: readonly Reference[] | null = null;
  #doing: { readonly kind: 'delete' | 'update'; readonly table: string } | null = null;
  #exact = true;

  /** @param isForGood whether a statement that drops this table means its rows */
  constructor(isForGood: (table: string) => boolean) {
    this.#isForGood = isForGood;
  }

  /** False after something that it does not follow as SQLite does. */
  get exact(): boolean {
    return this.#exact;
  }

  async before(sql: string, query: RawQuery): Promise<void> {
    try {
      await this.#begin(sql, query);
    } catch {
      this.#exact = false;
    }
  }

  async after(_sql: string, query: RawQuery): Promise<Measurement> {
    try {
      await this.#act(query);
    } catch {
      this.#exact = false;
    }
    return NOTHING;
  }

  async #begin(sql: string, query: RawQuery): Promise<void> {
    // What a statement that failed left behind.
    if (this.#doing) await this.#stop(query);
    const facts = readStatement(sql);
    if (facts.kind === 'drop-table' && this.#isForGood(facts.table)) {
      await this.#noteRows('delete', facts.table, query);
      await query(`delete from main.${quoted(facts.table)}`);
      await this.#act(query);
    } else if (facts.kind === 'delete') {
      await this.#noteRows('delete', facts.table, query);
    } else if (facts.kind === 'update' && (await this.#changesKey(facts, query))) {
      await this.#noteRows('update', facts.table, query);
    }
    if (tableOf(facts) === null) this.#references = null;
  }

  async #act(query: RawQuery): Promise<void> {
    const { kind, table } = this.#doing ?? { kind: null, table: '' };
    if (kind === null) return;
    await query(`drop trigger if exists temp.${TRIGGER}`);
    if (kind === 'delete') await this.#follow(table, `${GONE}_0`, 0, query);
    else await this.#move(table, query);
    await this.#stop(query);
  }

  async #stop(query: RawQuery): Promise<void> {
    this.#doing = null;
    await query(`drop trigger if exists temp.${TRIGGER}`);
    for (const table of [`${GONE}_0`, MOVED]) await query(`drop table if exists temp.${table}`);
  }

  async #to(parent: string, query: RawQuery): Promise<readonly Reference[]> {
    this.#references ??= await readReferences(query);
    return this.#references.filter((each) => sameName(each.parent, parent));
  }

  async #changesKey(
    { table, assignments }: Extract<StatementFacts, { kind: 'update' }>,
    query: RawQuery,
  ): Promise<boolean> {
    const keys = (await this.#to(table, query)).flatMap(({ columns }) => columns);
    return assignments.some(({ column }) => keys.some(([, key]) => sameName(column, key)));
  }

  async #noteRows(kind: 'delete' | 'update', table: string, query: RawQuery): Promise<void> {
    if ((await this.#to(table, query)).length === 0) return;
    const names = await columnsOf(table, query);
    if (names.length === 0) return;
    this.#doing = { kind, table };
    const row = (alias: string): string =>
      names.map((name) => `${alias}.${quoted(name)}`).join(', ');
    const [into, columns, values] =
      kind === 'delete'
        ? [`${GONE}_0`, row('t'), row('old')]
        : [MOVED, movedColumns(names), `${row('old')}, ${row('new')}`];
    await query(
      `create temp table ${into} as select ${columns} from main.${quoted(table)} t where 0`,
    );
    await query(
      `create temp trigger ${TRIGGER} after ${kind} on main.${quoted(table)} begin insert into ${into} values (${values}); end`,
    );
  }

  /** What referred to rows that are gone does as its foreign key says. */
  async #follow(parent: string, gone: string, level: number, query: RawQuery): Promise<void> {
    if (level > LEVELS) return;
    for (const reference of await this.#to(parent, query)) {
      const child = `main.${quoted(reference.table)}`;
      const referred = columnsEqual(reference, 'g');
      const found = columnsEqual(reference, 'p');
      const orphaned = `exists (select 1 from temp.${gone} g where ${referred}) and not exists (select 1 from main.${quoted(parent)} p where ${found})`;
      if (reference.onDelete === 'cascade') {
        const next = `${GONE}_${level + 1}`;
        await query(`create temp table ${next} as select c.* from ${child} c where ${orphaned}`);
        await query(`delete from ${child} as c where ${orphaned}`);
        const [rows] = await query(`select count(*) as "n" from temp.${next}`);
        if (Number(rows?.n) > 0) await this.#follow(reference.table, next, level + 1, query);
        await query(`drop table temp.${next}`);
      } else if (reference.onDelete === 'set null' || reference.onDelete === 'set default') {
        await this.#empty(reference, reference.onDelete, orphaned, query);
      }
    }
  }

  /** What referred to rows with another key now does as its foreign key says. */
  async #move(parent: string, query: RawQuery): Promise<void> {
    for (const reference of await this.#to(parent, query)) {
      const { columns, onUpdate } = reference;
      const old = columns
        .map(([own, key]) => `m.${quoted(`old ${key}`)} = c.${quoted(own)}`)
        .join(' and ');
      const other = columns
        .map(([, key]) => `m.${quoted(`new ${key}`)} is not m.${quoted(`old ${key}`)}`)
        .join(' or ');
      const moved = `from temp.${MOVED} m where ${old} and (${other})`;
      const whose = `exists (select 1 ${moved})`;
      if (onUpdate === 'cascade') {
        const set = columns.map(
          ([own, key]) => `${quoted(own)} = (select m.${quoted(`new ${key}`)} ${moved})`,
        );
        await this.#change(reference, set, whose, query);
      } else if (onUpdate === 'set null' || onUpdate === 'set default') {
        await this.#empty(reference, onUpdate, whose, query);
      }
    }
  }

  async #empty(
    reference: Reference,
    how: 'set null' | 'set default',
    whose: string,
    query: RawQuery,
  ): Promise<void> {
    const defaults = how === 'set null' ? [] : await defaultsOf(reference.table, query);
    const set = reference.columns.map(([own]) => {
      const value = defaults.find(({ name }) => sameName(name, own))?.value;
      return `${quoted(own)} = ${value ?? 'null'}`;
    });
    await this.#change(reference, set, whose, query);
  }

  async #change(
    { table, columns }: Reference,
    set: readonly string[],
    whose: string,
    query: RawQuery,
  ): Promise<void> {
    const below = (await this.#to(table, query)).flatMap((each) => each.columns);
    // SQLite would go on to those that refer to it.
    if (below.some(([, key]) => columns.some(([own]) => sameName(own, key)))) this.#exact = false;
    await query(`update main.${quoted(table)} as c set ${set.join(', ')} where ${whose}`);
  }
}

/** Whether the row `c` refers to a row of its parent, or of a copy of it. */
function columnsEqual({ columns }: Reference, parent: string): string {
  return columns.map(([own, key]) => `${parent}.${quoted(key)} = c.${quoted(own)}`).join(' and ');
}

function movedColumns(names: readonly string[]): string {
  return ['old', 'new']
    .flatMap((when) => names.map((name) => `t.${quoted(name)} as ${quoted(`${when} ${name}`)}`))
    .join(', ');
}

async function readReferences(query: RawQuery): Promise<readonly Reference[]> {
  const rows = await query(
    `select s.name as "table", f.id as "id", f."table" as "parent", f."from" as "own",
            coalesce(f."to", (select k.name from pragma_table_info(f."table") k where k.pk = f.seq + 1)) as "key",
            lower(f.on_delete) as "onDelete", lower(f.on_update) as "onUpdate"
       from main.sqlite_schema s, pragma_foreign_key_list(s.name) f
      where s.type = 'table' order by s.name, f.id, f.seq`,
  );
  const groups = Map.groupBy(rows, ({ table, id }) => JSON.stringify([table, id]));
  return [...groups.values()].flatMap(([first, ...rest]): Reference[] => {
    if (!first) return [];
    const columns = [first, ...rest].map(({ own, key }) => [String(own), String(key)] as const);
    const { table, parent, onDelete, onUpdate } = first;
    return [
      {
        table: String(table),
        parent: String(parent),
        columns,
        onDelete: String(onDelete),
        onUpdate: String(onUpdate),
      },
    ];
  });
}

async function columnsOf(table: string, query: RawQuery): Promise<readonly string[]> {
  const found = await query(
    `select name from pragma_table_xinfo('${table.replaceAll("'", "''")}') where hidden <> 1`,
  );
  return found.map(({ name }) => String(name));
}

async function defaultsOf(table: string, query: RawQuery) {
  const found = await query(
    `select name, dflt_value as "value" from pragma_table_info('${table.replaceAll("'", "''")}')`,
  );
  return found.map(({ name, value }) => ({
    name: String(name),
    value: value === null ? null : String(value),
  }));
}

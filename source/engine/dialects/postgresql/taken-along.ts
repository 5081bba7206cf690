/**
 * Objects that are dropped along with something else, since they depend on it: `cascade` takes
 * views, keys, defaults and columns without their names, and a dropped column takes every index
 * and constraint that has to do with it.
 *
 * Objects are known by their numbers, which a rename does not change. One that is made again under
 * its name is not lost.
 */

import { described, type ObjectRef } from '../../../objects.ts';
import { plural } from '../../../text/format.ts';
import type { DialectFinding, PassRecord, RawQuery } from '../dialect.ts';
import { findingOf } from '../finding.ts';
import { parseSql, tokensOf } from './parse.ts';
import { notTable, ownSchemas, quoted } from './sql.ts';

export interface Standing {
  /** Catalogue and numbers. */
  readonly id: string;
  readonly kind: ObjectRef['kind'] | 'default';
  readonly schema: string;
  /** Of the table that it is a part of; null for what stands alone. */
  readonly table: string | null;
  /** Its number. */
  readonly owner: string | null;
  readonly name: string;
  /** Columns of that table that it has to do with, by number. */
  readonly columns: readonly number[];
  /** It is one of a partition, for one of the whole table, and goes with that. */
  readonly part: boolean;
}

/** @param except the table that records revisions */
export async function readStanding(query: RawQuery, except: string): Promise<readonly Standing[]> {
  const rows = await query(`
    with own as (
      select c.oid, c.relname::text as name, c.relkind, c.relispartition as partition,
        n.nspname::text as schema
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ownSchemas} and c.relpersistence <> 't' and ${notTable('c.oid', except)}
    ), found as (
      select 'pg_class'::regclass as catalogue, o.oid, 0 as sub,
        case o.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
          else 'table' end as kind,
        o.schema, h.inhparent as owner, o.name, '{}'::int2[] as columns
      from own o left join pg_inherits h on h.inhrelid = o.oid and o.partition
      where o.relkind in ('r', 'p', 'f', 'v', 'm')
      union all
      select 'pg_class'::regclass, o.oid, 0, 'sequence', o.schema, d.refobjid, o.name,
        case when d.refobjid is null then '{}' else array[d.refobjsubid::int2] end
      from own o left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = o.oid
        and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
      where o.relkind = 'S' and coalesce(d.deptype, 'a') <> 'i'
      union all
      select 'pg_class'::regclass, o.oid, 0, 'index', t.schema, i.indrelid, o.name, i.indkey::int2[]
      from pg_index i join own o on o.oid = i.indexrelid join own t on t.oid = i.indrelid
      where not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = i.indrelid)
      union all
      select 'pg_class'::regclass, o.oid, a.attnum, 'column', o.schema, o.oid, a.attname, array[a.attnum]
      from own o join pg_attribute a on a.attrelid = o.oid
      where o.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      union all
      select 'pg_constraint'::regclass, c.oid, 0,
        case c.contype when 'f' then 'foreign key' when 'c' then 'check' when 'u' then 'unique'
          when 'p' then 'primary key' else 'exclusion' end,
        o.schema, c.conrelid, c.conname, coalesce(c.conkey, '{}')
      from pg_constraint c join own o on o.oid = c.conrelid
      where c.contype in ('f', 'c', 'u', 'p', 'x')
      union all
      select 'pg_trigger'::regclass, t.oid, 0, 'trigger', o.schema, t.tgrelid, t.tgname, '{}'
      from pg_trigger t join own o on o.oid = t.tgrelid where not t.tgisinternal
      union all
      select 'pg_policy'::regclass, p.oid, 0, 'policy', o.schema, p.polrelid, p.polname, '{}'
      from pg_policy p join own o on o.oid = p.polrelid
      union all
      select 'pg_rewrite'::regclass, r.oid, 0, 'rule', o.schema, r.ev_class, r.rulename, '{}'
      from pg_rewrite r join own o on o.oid = r.ev_class where r.rulename <> '_RETURN'
      union all
      select 'pg_attrdef'::regclass, d.oid, 0, 'default', o.schema, d.adrelid, a.attname, array[d.adnum]
      from pg_attrdef d join own o on o.oid = d.adrelid
        join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
      where o.relkind in ('r', 'p')
      union all
      select 'pg_statistic_ext'::regclass, s.oid, 0, 'statistics', o.schema, s.stxrelid, s.stxname, s.stxkeys::int2[]
      from pg_statistic_ext s join own o on o.oid = s.stxrelid
      union all
      select 'pg_proc'::regclass, p.oid, 0, 'function', n.nspname, null, p.proname, '{}'
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ownSchemas}
      union all
      select 'pg_type'::regclass, t.oid, 0, case t.typtype when 'e' then 'enum' when 'd' then 'domain' else 'type' end,
        n.nspname, null, t.typname, '{}'
      from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
      where ${ownSchemas} and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
    )
    select f.catalogue || ' ' || f.oid || ' ' || f.sub as id, f.kind, f.schema, o.name as table,
      f.owner::text as owner, f.name, to_json(f.columns) as columns,
      case f.catalogue
        when 'pg_constraint'::regclass then exists (
          select from pg_constraint c where c.oid = f.oid and c.conparentid <> 0)
        when 'pg_trigger'::regclass then exists (
          select from pg_trigger t where t.oid = f.oid and t.tgparentid <> 0)
        else false end as part
    from found f left join own o on o.oid = f.owner
    where not exists (select from pg_depend d where d.classid = f.catalogue and d.objid = f.oid and d.deptype = 'e')`);
  return rows as unknown as readonly Standing[];
}

/** What was taken along by an upgrade, as one finding. */
export async function takenAlong(
  before: readonly Standing[],
  after: readonly Standing[],
  { statements }: PassRecord,
): Promise<readonly DialectFinding[]> {
  const sent = statements.flatMap(({ sql, error }) => (error === null ? [sql] : []));
  const ids = new Set(after.map(({ id }) => id));
  const gone = before.filter(
    (object) =>
      !object.part && !ids.has(object.id) && !after.some((each) => isMadeAgain(object, each)),
  );
  const lost: Standing[] = [];
  const renames = await renamesIn(sent);
  for (const object of gone) {
    if (goesWithItsTable(object, before, after, renames)) continue;
    if (await isNamed(object, sent, renames)) continue;
    lost.push(object);
  }
  // What a person wrote is told by what it is; what hangs on that says nothing new.
  if (lost.length === 0) return [];
  const names = lost.map(named).toSorted();
  const cascade = sent.filter((sql) => /\bcascade\b/i.test(sql));
  const [first] = lost;
  const tables = new Set(lost.map(({ schema, table }) => table && tableOf(schema, table)));
  const [table] = tables;
  return [
    findingOf({
      severity: 'hazard',
      kind: 'objects-lost',
      what: `${plural(lost.length, 'object')} ${lost.length === 1 ? 'is' : 'are'} dropped along that no statement names: ${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ' …' : ''}.`,
      why:
        cascade.length > 0
          ? CASCADE
          : lost.some(({ owner }) => owner !== null && !ids.has(`pg_class ${owner} 0`))
            ? REBUILT
            : !sent.some((sql) => /\bdrop\b/i.test(sql))
              ? CODE
              : lost.every(({ columns }) => columns.length > 0)
                ? COLUMN
                : '',
      table: tables.size === 1 && table ? table : null,
      column: lost.length === 1 && first?.kind === 'default' ? first.name : null,
      statement: cascade.length === 1 ? (cascade[0] ?? null) : null,
      details: names,
    }),
  ];
}

const SHOWN = 5;
const CASCADE =
  '“cascade” drops all that depends on what is named. Drop each by its name, or make it again.';
const CODE = 'Code that a statement calls did it.';
const COLUMN =
  'A dropped column takes the indexes and constraints along that it is a part of, also those that are about other columns, too.';
const REBUILT =
  'Another table took the place of theirs, and was made without them. Make them there, or drop them by their names.';

function named({ kind, schema, table, name }: Standing): string {
  if (kind === 'default') return `default of ${tableOf(schema, table ?? '')}.${name}`;
  if (kind === 'column') return described({ kind, schema, table, name });
  const bare = described({ kind, schema: table === null ? schema : null, table: null, name });
  return table === null ? bare : `${bare} of ${tableOf(schema, table)}`;
}

function tableOf(schema: string, table: string): string {
  return schema === 'public' ? table : `${schema}.${table}`;
}

function isMadeAgain(object: Standing, { kind, schema, table, owner, name }: Standing): boolean {
  const place =
    object.owner === null
      ? schema === object.schema
      : owner === object.owner || (table === object.table && schema === object.schema);
  return kind === object.kind && name === object.name && place;
}

/** What acts on rows, or guards them, whatever columns it has to do with. */
const ACTING: ReadonlySet<Standing['kind']> = new Set(['trigger', 'policy', 'rule']);
/** These may have another name in a table that takes the place of another. */
const NAMELESS: ReadonlySet<Standing['kind']> = new Set([
  'index',
  'foreign key',
  'check',
  'unique',
  'primary key',
  'exclusion',
]);

function goesWithItsTable(
  object: Standing,
  before: readonly Standing[],
  after: readonly Standing[],
  renames: readonly Rename[],
): boolean {
  const { kind, schema, table, owner, columns } = object;
  if (owner === null) return false;
  const ids = new Set(after.map(({ id }) => id));
  if (!ids.has(`pg_class ${owner} 0`)) {
    const names = table === null ? [] : namesSince(table, renames);
    const again = after.find(
      (each) => each.kind === 'table' && each.schema === schema && names.includes(each.name),
    );
    if (!again) return true;
    if (ACTING.has(kind)) return false;
    return !NAMELESS.has(kind) || isReplaced(object, again, before, after);
  }
  const numbers = columns.filter((number) => number > 0);
  if (kind === 'column' || numbers.length === 0) return false;
  return numbers.every((number) => !ids.has(`pg_class ${owner} ${number}`));
}

/** The table that took the place of its own has one of its kind for the same columns, or not all of these. */
function isReplaced(
  object: Standing,
  again: Standing,
  before: readonly Standing[],
  after: readonly Standing[],
): boolean {
  const names = namesOf(object, before);
  const own = after.filter(({ owner }) => owner === oidOf(again));
  const there = own.flatMap(({ kind, name }) => (kind === 'column' ? [name] : []));
  if (names.length === 0 || !names.every((name) => there.includes(name))) return true;
  return own.some(
    (each) => each.kind === object.kind && namesOf(each, after).join() === names.join(),
  );
}

function oidOf({ id }: Standing): string | undefined {
  return id.split(' ')[1];
}

/** Of the columns that an object of a table has to do with. */
function namesOf({ owner, columns }: Standing, all: readonly Standing[]): readonly string[] {
  return all
    .filter(
      (each) =>
        each.kind === 'column' &&
        each.owner === owner &&
        each.columns.some((number) => columns.includes(number)),
    )
    .map(({ name }) => name)
    .toSorted();
}

interface Rename {
  readonly from: string;
  readonly to: string;
}

async function renamesIn(statements: readonly string[]): Promise<readonly Rename[]> {
  const found: Rename[] = [];
  for (const sql of statements.filter((each) => /\brename\b/i.test(each))) {
    for (const node of await parseSql(sql)) {
      if (!('RenameStmt' in node)) continue;
      const { subname, relation, newname } = node.RenameStmt;
      const from = subname || relation?.relname;
      if (from && newname) found.push({ from, to: newname });
    }
  }
  return found;
}

/** A name, and those that what has it got later. */
function namesSince(name: string, renames: readonly Rename[]): readonly string[] {
  const names = new Set([name]);
  for (const { from, to } of renames) if (names.has(from)) names.add(to);
  return [...names];
}

/** Whether a statement that takes things away, or changes them, says the name. */
async function isNamed(
  { kind, table, name }: Standing,
  statements: readonly string[],
  renames: readonly Rename[],
): Promise<boolean> {
  const own = namesSince(name, renames);
  const tables = table === null ? [] : namesSince(table, renames);
  for (const sql of statements) {
    if (!own.some((each) => sql.includes(each))) continue;
    // The code of a block is a text of its own.
    const texts = /^\s*do\b/i.test(sql) ? [sql.replaceAll(/\$\w*\$/g, ' ')] : [sql];
    for (const text of texts) {
      const words = (await tokensOf(text)).map((token) => token.text);
      const has = (names: readonly string[]) =>
        names.some((word) => words.includes(word) || words.includes(quoted(word)));
      const does = (...verbs: readonly string[]) =>
        words.some((word) => verbs.includes(word.toLowerCase()));
      if (!has(own)) continue;
      if (kind === 'default') {
        if (has(tables) && does('default', 'type', 'expression', 'drop')) return true;
      } else if (does('drop', 'rename', 'alter', 'execute')) {
        return true;
      }
    }
  }
  return false;
}

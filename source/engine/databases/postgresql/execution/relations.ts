/** What the server knows of its relations, and what the present transaction does to them. */

import { LOCK_MODES, type LockMode } from '../../../../contract/rehearsal.ts';
import type { RowCounts } from '../../measurement.ts';
import type { RawQuery } from '../../raw-query.ts';
import type { Name } from '../parser/statement.ts';

/** A table, index, view or sequence that a user made. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** The search path leads there. */
  readonly visible: boolean;
  /** `pg_class.relkind` (https://www.postgresql.org/docs/current/catalog-pg-class.html). */
  readonly kind: string;
  /** Changes when its rows are written into a new file. */
  readonly file: number;
  /** Of the table of an index; null for others. */
  readonly table: number | null;
  /** Of the partitioned table that it is a part of, at the root; null where it is not. */
  readonly root: number | null;
  /** Changing its rows can’t change those of others: no triggers, rules and actions of foreign keys. */
  readonly plain: boolean;
  /** Rows that were changed, as the server was told, and by this session since. */
  readonly counts: RowCounts;
  /** How often this session read it from end to end, counted likewise. */
  readonly scans: number;
}

/** For people: with its schema where the search path does not lead there. */
export function shownName({ schema, name, visible }: Relation): string {
  return visible ? name : `${schema}.${name}`;
}

export function isNamed(relation: Relation, { schema, name }: Name): boolean {
  return (
    relation.name === name && (schema === null ? relation.visible : relation.schema === schema)
  );
}

export interface State {
  /** The same in all of a transaction; each statement has its own where there is none. */
  readonly transaction: string;
  /** Bytes of the log of changes up to now. */
  readonly wal: number;
  readonly relations: readonly Relation[];
  /** The strongest that this session holds, by oid, also of relations that are dropped. */
  readonly locks: ReadonlyMap<number, LockMode>;
  /** Schemas in which names without one are looked for, in their order. */
  readonly path: readonly string[];
  /** The counters of rows are right after a transaction has ended, too. */
  readonly countsEnded: boolean;
}

/**
 * One query, which waits for nobody and can’t fail: an error would end the transaction.
 *
 * @param scope `locked`: only relations that this session has locked, as all have that it changed
 */
export async function readState(query: RawQuery, scope: 'all' | 'locked'): Promise<State> {
  const rows = await query(scope === 'all' ? ALL : LOCKED);
  const relations: Relation[] = [];
  const locks = new Map<number, LockMode>();
  for (const row of rows) {
    const oid = Number(row.oid);
    const mode = strongest(String(row.modes ?? ''));
    if (mode) locks.set(oid, mode);
    if (row.name === null) continue; // Dropped.
    relations.push({
      oid,
      schema: String(row.schema),
      name: String(row.name),
      visible: row.visible === true,
      kind: String(row.kind),
      file: Number(row.file),
      table: row.of === null ? null : Number(row.of),
      root: row.root === null ? null : Number(row.root),
      plain: row.plain === true,
      counts: {
        inserted: Number(row.inserted),
        updated: Number(row.updated),
        deleted: Number(row.deleted),
      },
      scans: Number(row.scans),
    });
  }
  const [first] = rows;
  return {
    transaction: String(first?.transaction),
    wal: Number(first?.wal),
    relations,
    locks,
    path: (first?.path ?? []) as readonly string[],
    countsEnded: first?.counts_ended === true,
  };
}

/** Whether a lock that is held makes another one needless. */
export function isAtLeast(held: LockMode | undefined, mode: LockMode): boolean {
  return held !== undefined && LOCK_MODES.indexOf(held) >= LOCK_MODES.indexOf(mode);
}

/** @param modes as `pg_locks` has them, such as ` AccessShareLock RowExclusiveLock` */
function strongest(modes: string): LockMode | undefined {
  return LOCK_MODES.findLast((mode) => modes.includes(` ${NAMES[mode]}Lock`));
}

const NAMES: Readonly<Record<LockMode, string>> = {
  'ACCESS SHARE': 'AccessShare',
  'ROW SHARE': 'RowShare',
  'ROW EXCLUSIVE': 'RowExclusive',
  'SHARE UPDATE EXCLUSIVE': 'ShareUpdateExclusive',
  SHARE: 'Share',
  'SHARE ROW EXCLUSIVE': 'ShareRowExclusive',
  EXCLUSIVE: 'Exclusive',
  'ACCESS EXCLUSIVE': 'AccessExclusive',
};

/**
 * The counters are those of pg_stat_xact_user_tables and pg_stat_user_tables, without a look at every
 * table: what the first ones lose when a transaction ends is in the second ones. Up to version 14
 * those are told by another process, at some time. Objects of users have numbers from 16384 on
 * (https://www.postgresql.org/docs/current/system-catalog-initial-data.html).
 */
const COUNTS_ENDED = `current_setting('server_version_num')::int >= 150000`;

const counter = (kind: keyof RowCounts) =>
  `pg_stat_get_xact_tuples_${kind}(c.oid)
        + case when ${COUNTS_ENDED} then pg_stat_get_tuples_${kind}(c.oid) else 0 end as ${kind}`;

const stateOf = (condition: string) => `
  with mine as materialized (
    select locktype, relation, mode, virtualtransaction from pg_locks
      where pid = pg_backend_pid() and granted
  ), held as (
    select relation as oid, string_agg(' ' || mode, '') as modes from mine
      where locktype = 'relation' and relation >= 16384 group by relation
  ), relations as (
    select c.oid, n.nspname::text as schema, c.relname::text as name,
      pg_table_is_visible(c.oid) as visible, c.relkind::text as kind, c.relfilenode as file,
      (select i.indrelid from pg_index i where i.indexrelid = c.oid) as of,
      case when c.relispartition then pg_partition_root(c.oid)::oid end as root,
      c.relkind = 'r' and not c.relispartition and not c.relhasrules and not exists (
        select from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal)
        and c.oid not in (select o.confrelid from pg_constraint o
          where o.contype = 'f' and (o.confdeltype in ('c', 'n', 'd') or o.confupdtype in ('c', 'n', 'd')))
        as plain,
      ${counter('inserted')},
      ${counter('updated')},
      ${counter('deleted')},
      pg_stat_get_xact_numscans(c.oid) as scans
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid >= 16384 and n.nspname not in ('pg_toast', 'information_schema')
      and c.relkind <> 'c' and c.relpersistence <> 't' ${condition}
  )
  select (select virtualtransaction from mine limit 1) as transaction,
    pg_current_wal_insert_lsn() - '0/0'::pg_lsn as wal, ${COUNTS_ENDED} as counts_ended,
    to_json(current_schemas(false)) as path, c.*, coalesce(c.oid, h.oid) as oid, h.modes
  from (select) as always left join (relations c full join held h on h.oid = c.oid) on true`;

const ALL = stateOf('');
const LOCKED = stateOf('and c.oid in (select oid from held)');

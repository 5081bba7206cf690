/** Constraints and indexes of tables. */

import { fact, options, when, words } from './catalogue-row.ts';

/** Of an index, beside its definition. */
const stateOfIndex = [
  when('i.indisclustered', `'clustered on'`),
  when('not i.indisvalid', `'invalid'`),
] as const;

/** Tables on which the server's own triggers for foreign keys do not fire. */
const switchedOff = `(select tgconstraint, string_agg(distinct tgrelid::regclass::text, ', ') as tables
  from pg_trigger where tgisinternal and tgenabled <> 'O' group by tgconstraint)`;

/**
 * Not null is told with the column (since version 18 it is a constraint, which the server names),
 * except for a comment on it. Constraint triggers are triggers. What a foreign key needs on the
 * partitions of the table that it refers to is the server's own.
 */
const constraintsOfTables = `
  select ${fact({
    class: 'pg_constraint',
    oid: 'o.oid',
    kind: `case o.contype when 'f' then 'foreign key' else 'constraint' end`,
    table: 'r.name',
    name: 'o.conname::text',
    text: when(
      `o.contype <> 'n'`,
      words(
        'pg_get_constraintdef(o.oid)',
        `'with (' || ${options('c.reloptions')} || ')'`,
        ...stateOfIndex,
        when('o.coninhcount > 0 and not r.relispartition', `'inherited'`),
        `'not checked on ' || t.tables`,
      ),
    ),
    columns: 'array(select k.names[number] from unnest(o.conkey) number)',
  })}
  from own_relations r left join own_columns k on k.relation = r.oid
    join pg_constraint o on o.conrelid = r.oid
    left join pg_constraint p on p.oid = o.conparentid
    left join pg_index i on i.indexrelid = o.conindid and i.indrelid = o.conrelid and o.contype <> 'f'
    left join pg_class c on c.oid = i.indexrelid
    left join ${switchedOff} t on t.tgconstraint = o.oid
  where o.contype in ('p', 'u', 'x', 'c', 'f', 'n') and p.conrelid is distinct from o.conrelid`;

/** How exactly the expressions of an index are known to the planner. */
const targets = `(select attrelid, string_agg(attnum || ': ' || attstattarget, ', ' order by attnum) as targets
  from pg_attribute where attstattarget >= 0 group by attrelid)`;

/** One that belongs to a constraint is told with it, except for a comment on it. */
const indexesOfTables = `
  select ${fact({
    class: 'pg_class',
    oid: 'c.oid',
    kind: `'index'`,
    table: 'r.name',
    name: 'c.relname::text',
    text: when(
      'o.oid is null',
      words(
        'pg_get_indexdef(c.oid)',
        ...stateOfIndex,
        `(select 'partition of ' || inhparent::regclass::text from pg_inherits where inhrelid = c.oid)`,
        `'statistics ' || a.targets`,
      ),
    ),
    columns: `array(select k.names[number] from unnest(i.indkey) number where not 0 = any (i.indkey))`,
  })}
  from own_relations r left join own_columns k on k.relation = r.oid
    join pg_index i on i.indrelid = r.oid join pg_class c on c.oid = i.indexrelid
    left join ${targets} a on a.attrelid = c.oid
    left join pg_constraint o on o.conindid = c.oid and o.contype in ('p', 'u', 'x')`;

export const constraints: readonly string[] = [constraintsOfTables, indexesOfTables];

/** Functions, procedures and aggregates, and what is made of them: operators and casts. */

import { fact, plain, when, words } from './catalogue-row.ts';

function nameOf(name: string): string {
  return `s.prefix || ${plain(name)}`;
}

const signature = `${nameOf('p.proname')} || '(' || oidvectortypes(p.proargtypes) || ')'`;

const functions = `
  select ${fact({
    class: 'pg_proc',
    oid: 'p.oid',
    kind: `case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end`,
    table: signature,
    name: signature,
    text: `case when p.prokind <> 'a' then pg_get_functiondef(p.oid) else ${words(
      `'transition ' || g.aggtransfn::oid::regprocedure::text`,
      `'state ' || format_type(g.aggtranstype, null)`,
      `'space ' || nullif(g.aggtransspace, 0)`,
      `'start ' || quote_literal(g.agginitval)`,
      `'final ' || nullif(g.aggfinalfn::oid, 0)::regprocedure::text`,
      when('g.aggfinalextra', `'extra'`),
      `'final modify ' || nullif(g.aggfinalmodify, 'r')::text`,
      `'combine ' || nullif(g.aggcombinefn::oid, 0)::regprocedure::text`,
      `'serial ' || nullif(g.aggserialfn::oid, 0)::regprocedure::text`,
      `'deserial ' || nullif(g.aggdeserialfn::oid, 0)::regprocedure::text`,
      `'moving transition ' || nullif(g.aggmtransfn::oid, 0)::regprocedure::text`,
      `'moving inverse ' || nullif(g.aggminvtransfn::oid, 0)::regprocedure::text`,
      `'moving final ' || nullif(g.aggmfinalfn::oid, 0)::regprocedure::text`,
      `'moving state ' || format_type(nullif(g.aggmtranstype, 0), null)`,
      `'moving start ' || quote_literal(g.aggminitval)`,
      when('g.aggsortop <> 0', `'sort ' || g.aggsortop::regoperator::text`),
      `'kind ' || nullif(g.aggkind, 'n')::text`,
      `'parallel ' || nullif(p.proparallel, 'u')::text`,
      `'returns ' || format_type(p.prorettype, null)`,
    )} end`,
    owner: 'p.proowner',
    privileges: 'p.proacl',
    privilegesOf: `'f'`,
  })}
  from pg_proc p join own_schemas s on s.oid = p.pronamespace
    left join pg_aggregate g on g.aggfnoid = p.oid`;

const operatorName = `${nameOf('o.oprname')} || ' (' || concat_ws(', ',
  format_type(nullif(o.oprleft, 0), null), format_type(nullif(o.oprright, 0), null)) || ')'`;

const operators = `
  select ${fact({
    class: 'pg_operator',
    oid: 'o.oid',
    kind: `'operator'`,
    table: operatorName,
    name: operatorName,
    text: words(
      'nullif(o.oprcode::oid, 0)::regprocedure::text',
      when('o.oprcom <> 0', `'commutator ' || o.oprcom::regoperator::text`),
      when('o.oprnegate <> 0', `'negator ' || o.oprnegate::regoperator::text`),
      `'restrict ' || nullif(o.oprrest::oid, 0)::regprocedure::text`,
      `'join ' || nullif(o.oprjoin::oid, 0)::regprocedure::text`,
      when('o.oprcanhash', `'hashes'`),
      when('o.oprcanmerge', `'merges'`),
    ),
    owner: 'o.oprowner',
  })}
  from pg_operator o join own_schemas s on s.oid = o.oprnamespace`;

const castName = `'(' || format_type(k.castsource, null) || ' as ' || format_type(k.casttarget, null) || ')'`;

/** Above 16383 is what was not there when the server was made (FirstNormalObjectId, transam.h). */
const casts = `
  select ${fact({
    class: 'pg_cast',
    oid: 'k.oid',
    kind: `'cast'`,
    table: castName,
    name: castName,
    text: words(
      `case k.castmethod when 'f' then 'with ' || k.castfunc::regprocedure::text
        when 'i' then 'with inout' else 'without function' end`,
      `case k.castcontext when 'a' then 'as assignment' when 'i' then 'as implicit' end`,
    ),
  })}
  from pg_cast k where k.oid > 16383`;

const className = `${nameOf('o.opcname')} || ' using ' || a.amname`;

const operatorClasses = `
  select ${fact({
    class: 'pg_opclass',
    oid: 'o.oid',
    kind: `'operator class'`,
    table: className,
    name: className,
    text: words(
      when('o.opcdefault', `'default'`),
      `'for type ' || format_type(o.opcintype, null)`,
      `'storage ' || format_type(nullif(o.opckeytype, 0), null)`,
      `(select string_agg('operator ' || amopstrategy || ' ' || amopopr::regoperator::text, ', '
          order by amopstrategy, amopopr::regoperator::text)
        from pg_amop where amopfamily = o.opcfamily)`,
      `(select string_agg('function ' || amprocnum || ' ' || amproc::oid::regprocedure::text, ', '
          order by amprocnum, amproc::oid::regprocedure::text)
        from pg_amproc where amprocfamily = o.opcfamily)`,
    ),
    owner: 'o.opcowner',
  })}
  from pg_opclass o join own_schemas s on s.oid = o.opcnamespace join pg_am a on a.oid = o.opcmethod`;

export const routines: readonly string[] = [functions, operators, casts, operatorClasses];

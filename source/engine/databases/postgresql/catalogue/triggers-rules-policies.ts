/** What happens by itself, or keeps from happening: triggers, rules, policies. */

import { fact, firing, when, words } from './catalogue-row.ts';

/** Those that the server made on partitions count with their parent, unless they differ from it. */
const triggers = `
  select ${fact({
    class: 'pg_trigger',
    oid: 't.oid',
    kind: `'trigger'`,
    table: 'r.name',
    name: 't.tgname::text',
    text: words('pg_get_triggerdef(t.oid)', firing('t.tgenabled')),
  })}
  from own_relations r join pg_trigger t on t.tgrelid = r.oid
    left join pg_trigger p on p.oid = t.tgparentid
  where not t.tgisinternal and p.tgenabled is distinct from t.tgenabled`;

const rules = `
  select ${fact({
    class: 'pg_rewrite',
    oid: 'w.oid',
    kind: `'rule'`,
    table: 'r.name',
    name: 'w.rulename::text',
    text: words(`rtrim(pg_get_ruledef(w.oid), ';')`, firing('w.ev_enabled')),
  })}
  from own_relations r join pg_rewrite w on w.ev_class = r.oid
  where w.rulename <> '_RETURN'`;

const policies = `
  select ${fact({
    class: 'pg_policy',
    oid: 'p.oid',
    kind: `'policy'`,
    table: 'r.name',
    name: 'p.polname::text',
    text: words(
      `case when p.polpermissive then 'permissive' else 'restrictive' end`,
      `case p.polcmd when 'r' then 'for select' when 'a' then 'for insert' when 'w' then 'for update'
        when 'd' then 'for delete' else 'for all' end`,
      `(select 'to ' || string_agg(name, ', ' order by name) from (
        select case role when 0 then 'public' else pg_get_userbyid(role)::text end as name
        from unnest(p.polroles) role) named)`,
      `'using (' || pg_get_expr(p.polqual, p.polrelid) || ')'`,
      `'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'`,
    ),
  })}
  from own_relations r join pg_policy p on p.polrelid = r.oid`;

const eventTriggers = `
  select ${fact({
    class: 'pg_event_trigger',
    oid: 'e.oid',
    kind: `'event trigger'`,
    table: 'e.evtname::text',
    name: 'e.evtname::text',
    text: words(
      `'on ' || e.evtevent`,
      when('e.evttags is not null', `'when tag in (' || array_to_string(e.evttags, ', ') || ')'`),
      `'execute ' || e.evtfoid::oid::regprocedure::text`,
      firing('e.evtenabled'),
    ),
    owner: 'e.evtowner',
  })}
  from pg_event_trigger e`;

export const reactions: readonly string[] = [triggers, rules, policies, eventTriggers];

/** What an empty database needs to be like the target before anything is made in it. */

import type { RawQuery } from '../../raw-query.ts';
import { ofTarget, recordNamed } from '../catalogue/schemas.ts';
import { literal, quoted } from '../parser/sql.ts';

const PROVIDERS: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };

/** Options of `create database`, so that text is sorted and cased as in the target. */
export async function localeOf(query: RawQuery): Promise<string> {
  const [row] = await query(
    `select to_jsonb(d) as facts, pg_encoding_to_char(d.encoding) as encoding
      from pg_database d where d.datname = current_database()`,
  );
  // Columns differ between versions: providers since 15, one name for their locales since 17.
  const facts = (row?.facts ?? {}) as Readonly<Record<string, string | null>>;
  const provider = PROVIDERS[facts.datlocprovider ?? ''];
  const locale = facts.datlocale ?? facts.daticulocale;
  const options = [
    `encoding ${literal(String(row?.encoding))}`,
    `lc_collate ${literal(String(facts.datcollate))} lc_ctype ${literal(String(facts.datctype))}`,
    ...(provider ? [`locale_provider ${provider}`] : []),
    ...(locale
      ? [`${provider === 'icu' ? 'icu_locale' : 'builtin_locale'} ${literal(locale)}`]
      : []),
    ...(facts.daticurules ? [`icu_rules ${literal(facts.daticurules)}`] : []),
  ];
  return options.join(' ');
}

/** Settings of the database for whoever connects, such as its search path. */
export async function settingsOf(
  query: RawQuery,
): Promise<readonly (readonly [name: string, value: string])[]> {
  const rows = await query(
    `select unnest(s.setconfig) as setting from pg_db_role_setting s
      join pg_database d on d.oid = s.setdatabase
      where d.datname = current_database() and s.setrole = 0`,
  );
  return rows.map(({ setting }) => {
    const [name = '', ...value] = String(setting).split('=');
    return [name, value.join('=')];
  });
}

/**
 * Makes the extensions and schemas of the target.
 *
 * @param table that records revisions: other schemas that have one are not the target's
 * @param statements that are going to run there: what they make themselves is left to them
 */
export async function provision(
  source: RawQuery,
  run: RawQuery,
  table: string,
  statements: () => Promise<readonly string[]>,
): Promise<void> {
  const schemas = await source(
    `select n.nspname as name from pg_namespace n
      where ${ofTarget(recordNamed(table))} and n.nspname <> 'public'
        and not exists (select from pg_depend d
          where d.classid = 'pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e')`,
  );
  const extensions = await source(
    `select e.extname as name, n.nspname as schema from pg_extension e
      join pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql'`,
  );
  if (schemas.length === 0 && extensions.length === 0) return;
  const made = new Set((await statements()).flatMap(madeBy));
  for (const { name } of schemas) {
    if (!made.has(`schema ${String(name)}`))
      await run(`create schema if not exists ${quoted(String(name))}`);
  }
  for (const { name, schema } of extensions) {
    if (made.has(`extension ${String(name)}`)) continue;
    try {
      await run(
        `create extension if not exists ${quoted(String(name))} with schema ${quoted(String(schema))} cascade`,
      );
    } catch {
      // It is not installed there, or not allowed: what needs it will say so; few revisions do.
    }
  }
}

/** What a foreign server of a copy points to: nothing, and it says why. */
const NOWHERE = 'foreign-servers-are-cut-off.handrail-throwaway.invalid';

/** A copy must not write to the servers that the target's foreign tables are on. */
export async function disableForeignServers(query: RawQuery): Promise<void> {
  const servers = await query(
    `select s.srvname as name,
        coalesce((select json_agg(split_part(o, '=', 1)) from unnest(s.srvoptions) o), '[]') as options
      from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw
      where w.fdwname in ('postgres_fdw', 'dblink_fdw')`,
  );
  for (const { name, options } of servers) {
    const given = options as readonly string[];
    const changes = [
      `${given.includes('host') ? 'set' : 'add'} host ${literal(NOWHERE)}`,
      ...['hostaddr', 'service'].filter((option) => given.includes(option)).map((o) => `drop ${o}`),
    ];
    await query(`alter server ${quoted(String(name))} options (${changes.join(', ')})`);
  }
}

const MAKES =
  /\bcreate\s+(schema|extension)\s+(?:if\s+not\s+exists\s+)?(?:"((?:[^"]|"")+)"|([\w$]+))/gi;

function madeBy(sql: string): readonly string[] {
  return [...sql.matchAll(MAKES)].map(
    ([, kind = '', quotedName, name = '']) =>
      `${kind.toLowerCase()} ${quotedName?.replaceAll('""', '"') ?? name.toLowerCase()}`,
  );
}

/**
 * Throwaway databases say in their comment whose they are, so that those of a process that was
 * killed are found, by people as well.
 */

import { hostname } from 'node:os';
import { isAlive } from '../../../process.ts';
import { literal, quoted } from './sql.ts';

const PREFIX = 'handrail_throwaway_';

/** A name that no other throwaway has. Names have at most 63 bytes. */
export function throwawayName(what: string, random: string): string {
  return `${PREFIX}${what}_${random}`;
}

/** Says in the catalogue which process will drop it. */
export function ownerStatement(name: string, pid: number): string {
  const comment = `Handrail throwaway of process ${pid} on ${hostname()}`;
  return `comment on database ${quoted(name)} is ${literal(comment)}`;
}

/** `strangers`: whether somebody else is connected, such as an application that is tried. */
export const throwawaysQuery = `select d.datname as name, o.pid, o.host,
    exists (select from pg_stat_activity a where a.datname = d.datname
      and a.application_name <> left('handrail ' || o.pid || ' ' || o.host, 63)) as strangers
  from pg_database d, lateral (
    select part[1] as pid, part[2] as host from regexp_match(
      shobj_description(d.oid, 'pg_database'), '^Handrail throwaway of process (\\d+) on (.+)$') part
  ) o
  where d.datname like ${literal(`${PREFIX.replaceAll('_', '\\_')}%`)} and o.pid is not null
    and pg_has_role(current_user, d.datdba, 'usage')`;

/** Names of those whose process is gone. Other machines' are theirs to judge. */
export function leftoversAmong(rows: readonly Record<string, unknown>[]): readonly string[] {
  return rows.flatMap(({ name, pid, host, strangers }) =>
    host === hostname() && strangers === false && !isAlive(Number(pid)) ? [String(name)] : [],
  );
}

export function dropStatement(name: string): string {
  return `drop database if exists ${quoted(name)} with (force)`;
}

/**
 * Throwaway databases say in their name whose they are, so that those of a process that was killed
 * are found, whenever it was; and in their comment, for people.
 */

import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { isAlive } from '../../../../util/process.ts';
import { literal, quoted } from '../parser/sql.ts';

const PREFIX = 'handrail_throwaway_';

/** Machines that share a server have processes of the same number. */
function machine(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

/** A name that no other throwaway has. Names have at most 63 bytes. */
export function throwawayName(what: string, pid: number): string {
  return `${PREFIX}${what}_${pid}_${machine()}_${randomBytes(3).toString('hex')}`;
}

/** The one that the application of a process opens. */
export function applicationDatabase(pid: number): string {
  return `${PREFIX}application_${pid}_${machine()}`;
}

/** Says to people which process will drop it. */
export function ownerStatement(name: string, pid: number): string {
  const comment = `Handrail throwaway of process ${pid} on ${hostname()}`;
  return `comment on database ${quoted(name)} is ${literal(comment)}`;
}

/**
 * Of this machine; other machines' are theirs to judge. `strangers`: whether somebody else is
 * connected, such as an application that is tried.
 */
export const throwawaysQuery = `select d.datname as name, o.pid,
    exists (select from pg_stat_activity a where a.datname = d.datname
      and a.usesysid is not null and a.application_name <> left('handrail ' || o.pid || ' ' || ${literal(hostname())}, 63)
    ) as strangers
  from pg_database d, lateral (
    select substring(d.datname from '^${PREFIX}\\w+_(\\d+)_${machine()}') as pid
  ) o
  where o.pid is not null and pg_has_role(current_user, d.datdba, 'usage')`;

/** Names of those whose process is gone. */
export function leftoversAmong(rows: readonly Record<string, unknown>[]): readonly string[] {
  return rows.flatMap(({ name, pid, strangers }) =>
    strangers === false && !isAlive(Number(pid)) ? [String(name)] : [],
  );
}

export function dropStatement(name: string): string {
  return `drop database if exists ${quoted(name)} with (force)`;
}

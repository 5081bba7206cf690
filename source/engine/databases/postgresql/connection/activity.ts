/**
 * What a PostgreSQL server does for the statements of this process.
 * https://www.postgresql.org/docs/current/progress-reporting.html
 */

import type { Blocker } from '../../../../contract/statement.ts';
import { withoutLiterals } from '../../../../text/literals.ts';
import type { Activity, PhaseProgress } from '../../connection.ts';
import type { RawQuery } from '../../raw-query.ts';
import { literal } from '../parser/sql.ts';

/**
 * What those builds go through, in this order; `building index` has phases of its own that depend
 * on the kind of index.
 */
const CREATE_CONCURRENTLY = [
  'initializing',
  'waiting for writers before build',
  'building index',
  'waiting for writers before validation',
  'index validation: scanning index',
  'index validation: sorting tuples',
  'index validation: scanning table',
  'waiting for old snapshots',
];
const PHASES: Readonly<Record<string, readonly string[]>> = {
  'CREATE INDEX CONCURRENTLY': CREATE_CONCURRENTLY,
  'REINDEX CONCURRENTLY': [
    ...CREATE_CONCURRENTLY,
    'waiting for readers before marking dead',
    'waiting for readers before dropping',
  ],
};

interface ProgressRow extends Omit<PhaseProgress, 'step'> {
  readonly command: string;
}

interface ActivityRow {
  readonly blockers: readonly Blocker[] | null;
  readonly progress: ProgressRow | null;
}

/** @param application what the sessions of the process are called */
export async function activityOf(application: string, query: RawQuery): Promise<Activity> {
  const [row] = await query<ActivityRow>(activityQuery(literal(application)));
  const { blockers, progress } = row ?? { blockers: null, progress: null };
  return {
    blockers: (blockers ?? []).map((blocker) => ({
      ...blocker,
      query: withoutLiterals(blocker.query, 'none'),
    })),
    progress: progress && withStep(progress),
  };
}

function withStep({ command, ...progress }: ProgressRow): PhaseProgress {
  const phases = PHASES[command] ?? [];
  const at = phases.findIndex(
    (name) => progress.phase === name || progress.phase.startsWith(`${name}:`),
  );
  return { ...progress, step: at < 0 ? null : { at: at + 1, of: phases.length } };
}

/** One row, whatever goes on. Of several statements at once the progress of one is told. */
function activityQuery(application: string): string {
  return `select
    (select json_agg(b) from (
      select b.pid, b.usename as "user", b.application_name as application,
          left(b.query, 1000) as query,
          to_char(b.xact_start at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since
        from pg_stat_activity w, unnest(pg_blocking_pids(w.pid)) as blocking (pid)
          join pg_stat_activity b on b.pid = blocking.pid
        where w.application_name = ${application} and w.wait_event_type = 'Lock'
        group by b.pid, b.usename, b.application_name, b.query, b.xact_start
        order by b.xact_start, b.pid
    ) b) as blockers,
    (select to_json(p) from (
      select p.command, p.phase, p.unit, coalesce(p.done, 0) as done, nullif(p.total, 0) as total
        from (${PROGRESS}) p join pg_stat_activity a on a.pid = p.pid
        where a.application_name = ${application}
        order by p.pid limit 1
    ) p) as progress`;
}

/** Each view counts in units of its own, some of them in another one in each phase. */
const PROGRESS = `
  select pid, command, phase, u.unit,
      case u.unit when 'sessions' then lockers_done when 'rows' then tuples_done else blocks_done end as done,
      case u.unit when 'sessions' then lockers_total when 'rows' then tuples_total else blocks_total end as total
    from pg_stat_progress_create_index, lateral (select case
      when phase like 'waiting for %' then 'sessions'
      when phase like '%tuples%' then 'rows' else 'blocks' end) u (unit)
  union all
  select pid, 'VACUUM', phase, 'blocks',
      case phase when 'scanning heap' then heap_blks_scanned when 'vacuuming heap' then heap_blks_vacuumed end,
      case when phase in ('scanning heap', 'vacuuming heap') then heap_blks_total end
    from pg_stat_progress_vacuum
  union all
  select pid, command, phase,
      case phase when 'seq scanning heap' then 'blocks' when 'rebuilding index' then 'indexes' else 'rows' end,
      case phase when 'seq scanning heap' then heap_blks_scanned when 'rebuilding index' then index_rebuild_count
        when 'index scanning heap' then heap_tuples_scanned when 'writing new heap' then heap_tuples_written end,
      case phase when 'seq scanning heap' then heap_blks_total when 'writing new heap' then heap_tuples_scanned end
    from pg_stat_progress_cluster
  union all
  select pid, 'ANALYZE', phase, 'blocks', sample_blks_scanned,
      case when phase like 'acquiring %' then sample_blks_total end
    from pg_stat_progress_analyze
  union all
  select pid, command, 'copying', 'bytes', bytes_processed, bytes_total
    from pg_stat_progress_copy`;

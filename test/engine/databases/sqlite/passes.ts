/** Passes over a throwaway, measured as a rehearsal measures them. */

import { DatabaseSync } from 'node:sqlite';
import type { PassRecord } from '../../../../source/engine/databases/measurement.ts';
import { guard } from '../../../../source/engine/databases/sqlite/execution/foreign-key-guard.ts';
import type { SqliteMark } from '../../../../source/engine/databases/sqlite/throwaway/mark.ts';
import type { SqliteThrowaway } from '../../../../source/engine/databases/sqlite/throwaway/throwaway.ts';
import type {
  Twin,
  TwinOptions,
  Yardstick,
} from '../../../../source/engine/databases/throwaway.ts';

/** Sends statements in one transaction. @throws what SQLite throws */
export async function runPass(
  throwaway: SqliteThrowaway,
  start: SqliteMark,
  sent: readonly string[],
  direction: PassRecord['direction'],
  follow = true,
  { quiet = false, meter = throwaway.meter(start, quiet) }: TwinOptions = {},
): Promise<PassRecord> {
  const database = new DatabaseSync(throwaway.path);
  try {
    database.exec(`pragma foreign_keys = ${follow ? 'on' : 'off'}`);
    const query = async <Row>(sql: string) => database.prepare(sql).all() as Row[];
    const statements: PassRecord['statements'][number][] = [];
    if (quiet) await guard.silence?.(query);
    database.exec('begin');
    for (const sql of sent) {
      await meter.before(sql, query);
      try {
        database.exec(sql);
      } catch (error) {
        const other = follow ? null : guard.instead?.(sql, error);
        if (!other) throw error;
        database.exec(other);
      }
      if (quiet && /\btrigger\b/i.test(sql)) await guard.silence?.(query);
      statements.push({ sql, ms: 0, error: null, ...(await meter.after(sql, query, null)) });
    }
    database.exec('commit');
    return { direction, statements };
  } finally {
    database.close();
  }
}

export function yardstickOf(
  throwaway: SqliteThrowaway,
  start: SqliteMark,
  sent: readonly string[],
  direction: PassRecord['direction'],
): Yardstick<SqliteMark> {
  return {
    start,
    async twin(options): Promise<Twin<SqliteMark>> {
      const records: PassRecord[] = [];
      let problem = '';
      const state = await throwaway.instead(start, async () => {
        try {
          records.push(await runPass(throwaway, start, sent, direction, false, options));
        } catch (error) {
          problem = String(error);
        }
      });
      const [record] = records;
      return record ? { state, record, problem: null } : { state: null, record: null, problem };
    },
  };
}

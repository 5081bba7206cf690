/**
 * The state in which a statement failed, made again on the throwaway in a transaction that is
 * rolled back: what the statements before it made is there, as it was when it failed.
 */

import { codeOf } from '../../../../refusal.ts';
import type { PassRecord } from '../../../measurement.ts';
import type { RawQuery } from '../../../raw-query.ts';
import { splitStatements } from '../../parser/parse.ts';

/** What the server says of a failure beside its text (pg-protocol, messages.ts). */
interface ServerFields {
  readonly code: string;
  readonly schema: string | null;
  readonly table: string | null;
  readonly column: string | null;
  readonly constraint: string | null;
  readonly dataType: string | null;
  readonly detail: string | null;
}

export interface Scene {
  readonly query: RawQuery;
  /** The statement that fails, alone; null where the end of the transaction does. */
  readonly failed: string | null;
  readonly fields: ServerFields;
  /** Does `work`, and undoes all that it did; null if it failed. */
  attempt<T>(work: () => Promise<T>): Promise<T | null>;
}

/**
 * @param failed the statement that failed; what is none of the pass ended its transaction
 * @returns null if the failure can’t be brought about again
 */
export async function reenact<T>(
  query: RawQuery,
  { statements }: PassRecord,
  failed: string | null,
  work: (scene: Scene) => Promise<T | null>,
): Promise<T | null> {
  const at = statements.findLastIndex(({ sql, error }) => sql === failed && error !== null);
  const sent = at < 0 ? statements : statements.slice(0, at);
  // Without a transaction, what came before is there already.
  const alone = sent.some(({ error, locks }) => error === null && locks === null);
  const before = alone ? [] : sent.flatMap(({ sql, error }) => (error === null ? [sql] : []));
  try {
    await begin(query, before);
    const found = await findFailure(query, at < 0 ? null : failed);
    if (!found) return null;
    return await work({
      query,
      ...found,
      attempt: async (each) => {
        await query('savepoint attempt');
        const value = await each().catch(() => null);
        await query('rollback to savepoint attempt');
        return value;
      },
    });
  } catch {
    return null;
  } finally {
    await query('rollback');
  }
}

/** Where it can’t be sent again, it was not taken back: an earlier transaction of the pass did it. */
async function begin(query: RawQuery, before: readonly string[]): Promise<void> {
  await query('begin');
  try {
    for (const sql of before) await query(sql);
  } catch {
    await query('rollback');
    await query('begin');
  }
}

/** A text may hold several statements. */
async function findFailure(query: RawQuery, failed: string | null) {
  const parts = failed === null ? ['set constraints all immediate'] : await splitStatements(failed);
  for (const part of parts) {
    await query('savepoint scene');
    const fields = await failureOf(query, part);
    if (!fields) continue;
    await query('rollback to savepoint scene');
    return { failed: failed === null ? null : part, fields };
  }
  return null;
}

async function failureOf(query: RawQuery, sql: string): Promise<ServerFields | null> {
  try {
    await query(sql);
    return null;
  } catch (error) {
    const text = (name: string) => {
      const value: unknown = (error as Readonly<Record<string, unknown>>)[name];
      return typeof value === 'string' ? value : null;
    };
    return {
      code: codeOf(error) ?? '',
      schema: text('schema'),
      table: text('table'),
      column: text('column'),
      constraint: text('constraint'),
      dataType: text('dataType'),
      detail: text('detail'),
    };
  }
}

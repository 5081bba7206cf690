/** Foreign keys and triggers that must not act while rows are copied in any order. */

import { codeOf } from '../../../refusal.ts';
import type { RawQuery } from '../../raw-query.ts';
import { NOT_ALLOWED } from '../connection/error-codes.ts';
import { literal, ownSchemas, qualified, quoted } from '../parser/sql.ts';

/** Statements that put things back. */
export class Constraints {
  readonly #query: RawQuery;
  readonly #resume: readonly string[];

  private constructor(query: RawQuery, resume: readonly string[]) {
    this.#query = query;
    this.#resume = resume;
  }

  /** In one session where the user may, else for all: it is a throwaway. */
  static async suspend(query: RawQuery): Promise<Constraints> {
    try {
      await query('set session_replication_role = replica');
      return new Constraints(query, ['set session_replication_role = default']);
    } catch (error) {
      if (codeOf(error) !== NOT_ALLOWED) throw error;
    }
    const resume = [...(await disableTriggers(query)), ...(await dropForeignKeys(query))];
    return new Constraints(query, resume);
  }

  async resume(): Promise<void> {
    for (const sql of this.#resume) await this.#query(sql);
  }
}

const STATES: Readonly<Record<string, string>> = {
  O: 'enable trigger',
  A: 'enable always trigger',
  R: 'enable replica trigger',
};

async function disableTriggers(query: RawQuery): Promise<readonly string[]> {
  const triggers = await query(
    `select n.nspname as schema, c.relname as name, t.tgname as trigger, t.tgenabled::text as state
      from pg_trigger t join pg_class c on c.oid = t.tgrelid
        join pg_namespace n on n.oid = c.relnamespace
      where not t.tgisinternal and t.tgenabled <> 'D' and t.tgparentid = 0 and ${ownSchemas}`,
  );
  const resume: string[] = [];
  for (const { schema, name, trigger, state } of triggers) {
    const table = qualified({ schema: String(schema), name: String(name) });
    await query(`alter table ${table} disable trigger ${quoted(String(trigger))}`);
    resume.push(`alter table ${table} ${STATES[String(state)]} ${quoted(String(trigger))}`);
  }
  return resume;
}

async function dropForeignKeys(query: RawQuery): Promise<readonly string[]> {
  const keys = await query(
    `select n.nspname as schema, c.relname as name, o.conname as key,
        pg_get_constraintdef(o.oid) as definition, obj_description(o.oid, 'pg_constraint') as comment
      from pg_constraint o join pg_class c on c.oid = o.conrelid
        join pg_namespace n on n.oid = c.relnamespace
      where o.contype = 'f' and o.conparentid = 0 and ${ownSchemas}`,
  );
  const resume: string[] = [];
  for (const { schema, name, key, definition, comment } of keys) {
    const table = qualified({ schema: String(schema), name: String(name) });
    const constraint = quoted(String(key));
    await query(`alter table ${table} drop constraint ${constraint}`);
    resume.push(`alter table ${table} add constraint ${constraint} ${String(definition)}`);
    if (comment === null) continue;
    resume.push(`comment on constraint ${constraint} on ${table} is ${literal(String(comment))}`);
  }
  return resume;
}

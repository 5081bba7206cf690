/**
 * Keeps a run from deleting rows that no statement names.
 *
 * Dropping a table that others refer to deletes its rows first, and with them, by their foreign
 * key actions, rows of the others (https://sqlite.org/foreignkeys.html#fk_schemacommands). That is
 * what a rebuild does inside a transaction, where its `pragma foreign_keys = off` means nothing.
 */

import { messageOf } from '../../../../util/error-message.ts';
import type { Guard } from '../../guard.ts';
import type { RawQuery } from '../../raw-query.ts';

/** Told apart without parsing every statement of a run. */
const DROPS_TABLE = /^\s*drop\s+table\b/i;
/** A replaced row is deleted first. */
const REPLACES = /^\s*((insert|update)\s+or\s+)?replace\b/i;
const DELETES = /^\s*delete\b/i;
/** What is deleted has lost what referred to it, whatever comes back or is changed then. */
const WRITES = /^\s*(?:insert(?:\s+or\s+\w+)?\s+into|update(?:\s+or\s+\w+)?)\s+["`[]?(\w+)/i;

/** https://sqlite.org/rescode.html#constraint_unique, and the other codes of a row that is there. */
const IS_THERE = /\bUNIQUE constraint failed\b/i;
const INSERTS_PLAINLY = /^((?:\s|--[^\n]*\n|\/\*.*?\*\/)*(?:with\b.*?)?)\binsert\s+into\b/is;

export const guard: Guard = {
  looksHarmful: (sql) => DROPS_TABLE.test(sql),

  suspecting(query) {
    const earlier: string[] = [];
    let deleted = false;
    let replacing: ReadonlySet<string> | null = null;
    const known = async () => {
      replacing ??= await replacingTables(query);
      return replacing;
    };
    return async (sql) => {
      const into = WRITES.exec(sql)?.[1];
      const looks =
        DROPS_TABLE.test(sql) ||
        REPLACES.test(sql) ||
        (into !== undefined && (deleted || (await known()).has(into.toLowerCase())));
      deleted ||= DELETES.test(sql);
      // With it comes a parser, which most engines need not load.
      const found = looks ? await import('./suspicion.ts') : null;
      const what = await found?.suspicionOf(sql, { earlier, replacing: await known() }, query);
      earlier.push(sql);
      return what ?? null;
    };
  },

  // Inside a transaction it would mean nothing.
  suspend: ['pragma foreign_keys = off'],
  resume: ['pragma foreign_keys = on'],

  // Rows that were put aside are put back: where they never went, they stay as they are.
  instead: (sql, error) =>
    IS_THERE.test(messageOf(error)) && INSERTS_PLAINLY.test(sql)
      ? sql.replace(INSERTS_PLAINLY, '$1insert or ignore into')
      : null,

  async silence(query) {
    const { silence } = await import('../analysis/row-log.ts');
    await silence(query);
  },

  async violations(query) {
    const [row] = await query('select count(*) as "n" from pragma_foreign_key_check');
    return Number(row?.n ?? 0);
  },
};

/** Where a row takes the place of others without a word of the statement. */
async function replacingTables(query: RawQuery): Promise<ReadonlySet<string>> {
  const rows = await query(
    `select lower(name) as "name" from sqlite_schema where type = 'table' and sql like '%on%conflict%replace%'`,
  );
  return new Set(rows.map(({ name }) => String(name)));
}

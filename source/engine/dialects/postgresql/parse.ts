/** PostgreSQL's own parser, which is megabytes to load: only when somebody asks. */

import type { Node } from 'libpg-query';

/** The statements of a text; none if it can’t be parsed, which the server then says better. */
export async function parseSql(sql: string): Promise<readonly Node[]> {
  const { parse } = await import('libpg-query');
  try {
    const { stmts = [] } = await parse(sql);
    return stmts.flatMap(({ stmt }) => (stmt ? [stmt] : []));
  } catch {
    return [];
  }
}

/** Laying out SQL that was written inside of indented code. */

/** A statement on lines of its own: outdented, and with its semicolon. */
export function statementText(sql: string): string {
  const text = outdent(sql.trim());
  return text.endsWith(';') ? text : `${text};`;
}

/**
 * The lines after the first lose what they are all indented by, but for two spaces that show that
 * they go on; a closing parenthesis goes back to the beginning.
 */
function outdent(sql: string): string {
  const [first = '', ...rest] = sql.split('\n');
  let least = Number.POSITIVE_INFINITY;
  let closes = false;
  for (const row of rest) {
    const indent = row.search(/\S/);
    if (indent === -1 || indent >= least) continue;
    least = indent;
    closes = row[indent] === ')';
  }
  const extra = Math.max(0, least - (closes ? 0 : 2));
  if (!Number.isFinite(extra) || extra === 0) return sql;
  return [first, ...rest.map((row) => row.slice(Math.min(extra, row.search(/\S|$/))))].join('\n');
}

/** How often a name stands in a text of SQL, as a word. */
export function mentions(sql: string, name: string): number {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return [...sql.matchAll(new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`, 'gi'))].length;
}

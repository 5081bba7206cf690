/** Pieces of SQL. */

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualified({ schema, name }: { readonly schema: string; readonly name: string }) {
  return `${quoted(schema)}.${quoted(name)}`;
}

/** A condition on a schema that is joined as `n`: it is nobody's but the project's. */
export const ownSchemas = `n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'`;

/** @param name with its schema, or without */
export function notTable(oid: string, name: string): string {
  return `${oid} not in (select r.oid from pg_class r join pg_namespace s on s.oid = r.relnamespace
    where ${literal(name)} in (r.relname, s.nspname || '.' || r.relname))`;
}

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

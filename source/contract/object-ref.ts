/** Objects of a schema by what they are, not by a text that two of them could share. */

/** What a schema has, beside privileges, comments and the like. */
export type ObjectKind =
  | 'aggregate'
  | 'cast'
  | 'check'
  | 'collation'
  | 'column'
  | 'column order'
  | 'comment'
  | 'constraint'
  | 'default privileges'
  | 'domain'
  | 'enum'
  | 'event trigger'
  | 'exclusion'
  | 'extension'
  | 'foreign data wrapper'
  | 'foreign key'
  | 'foreign table'
  | 'function'
  | 'grant'
  | 'identity'
  | 'index'
  | 'materialized view'
  | 'operator'
  | 'operator class'
  | 'owner'
  | 'partitioning'
  | 'policy'
  | 'primary key'
  | 'procedure'
  | 'publication'
  | 'row security'
  | 'rule'
  | 'schema'
  | 'sequence'
  | 'server'
  | 'statistics'
  | 'table'
  | 'text search configuration'
  | 'text search dictionary'
  | 'trigger'
  | 'type'
  | 'unique'
  | 'view';

export interface ObjectRef {
  readonly kind: ObjectKind;
  /** Null where the database has but one, or the object is in none. */
  readonly schema: string | null;
  /** Of what is part of a table or view; null for what stands alone. */
  readonly table: string | null;
  /** Exactly as the database has it. */
  readonly name: string;
}

/** The schema that goes without saying on PostgreSQL. */
const USUAL_SCHEMA = 'public';

export function sameObject(one: ObjectRef, other: ObjectRef): boolean {
  return (
    one.kind === other.kind &&
    one.schema === other.schema &&
    one.table === other.table &&
    one.name === other.name
  );
}

/** For people, and for an option: the usual schema is left out. */
export function nameOf({ schema, table, name }: ObjectRef): string {
  const parts = [schema === USUAL_SCHEMA ? null : schema, table, name];
  return parts.filter((part) => part !== null).join('.');
}

/** With the kind in front: good for an option where the name alone means two objects. */
export function described(object: ObjectRef): string {
  // It has no name but what it is on.
  if (object.kind === 'comment') return `comment ${object.name}`;
  return `${object.kind} ${nameOf(object)}`;
}

/**
 * The objects that a person's words mean: the name, with the table, the schema or the kind in front
 * of it or without. What is written exactly so goes before what needs its schema or another case.
 */
export function objectsNamed(given: string, objects: readonly ObjectRef[]): readonly ObjectRef[] {
  // Quotes around what needs none mean nothing, and may stand around some of the parts alone.
  const words = given.replaceAll(/["`]([a-z_][a-z0-9_]*)["`]/g, '$1');
  const folded = words.toLowerCase();
  const ways: readonly ((object: ObjectRef) => boolean)[] = [
    (object) => [nameOf(object), described(object)].includes(words),
    (object) => spellingsOf(object).includes(words),
    (object) => spellingsOf(object).some((spelling) => spelling.toLowerCase() === folded),
  ];
  for (const way of ways) {
    const found = objects.filter(way);
    // On SQLite a reference without a name is called by its columns.
    const columns = found.filter(({ kind }) => kind === 'column');
    if (columns.length === 1) return columns;
    if (found.length > 0) return found;
  }
  return [];
}

function spellingsOf({ kind, schema, table, name }: ObjectRef): readonly string[] {
  const paths = [
    [schema, table, name],
    [table, name],
  ];
  // A column’s name says nothing without its table.
  if (kind !== 'column') paths.push([name], [schema, name]);
  const whole = paths.map((path) => path.filter((part) => part !== null));
  // A function has its arguments in its name.
  const bare = whole.map((path) => path.map((part) => part.replace(/\(.*\)$/, '')));
  const spelled = [...whole, ...bare].flatMap((path) => [
    path.join('.'),
    path.map(quoted).join('.'),
    path.map((part) => (PLAIN.test(part) ? part : quoted(part))).join('.'),
  ]);
  return spelled.flatMap((each) => [each, `${kind} ${each}`]);
}

/** Needs no quotes. */
const PLAIN = /^[a-z_][a-z0-9_]*$/;

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

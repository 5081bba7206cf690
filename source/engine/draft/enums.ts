/**
 * Enumerations of a server whose values MikroORM does not take away, or adds in a way that keeps
 * them from being used before the commit: the type is made anew, and its columns are converted.
 */

import type { Column, DatabaseSchema, DatabaseTable, SchemaDifference } from '@mikro-orm/sql';

export interface ChangedEnum {
  /** As a statement names it. */
  readonly type: string;
  /** Values that are on both sides stand in another order. */
  readonly reordered: boolean;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Before the other statements, since some of them use a new value; else after them. */
  readonly first: boolean;
  /** Null where `alter type … add value` does. */
  readonly statements: readonly string[] | null;
}

/** What a difference says of enumerations, beside what MikroORM says. */
export type WithEnums = SchemaDifference & { readonly enums?: readonly ChangedEnum[] };

/** The schema that goes without saying. */
export const USUAL_SCHEMA = 'public';

/** @param ofEntities the second one is what the entities say */
export function changedEnums(
  from: DatabaseSchema,
  to: DatabaseSchema,
  ofEntities: boolean,
  quote: (name: string) => string,
  literal: (value: string) => string,
): readonly ChangedEnum[] {
  const wanted = new Map(enumsOf(to));
  return enumsOf(from).flatMap(([name, items]): ChangedEnum[] => {
    const after = wanted.get(name);
    if (!after) return [];
    const added = after.filter((item) => !items.includes(item));
    const removed = items.filter((item) => !after.includes(item));
    const both = items.filter((item) => after.includes(item));
    const reordered = both.join() !== after.filter((item) => items.includes(item)).join();
    if (added.length === 0 && removed.length === 0 && !reordered) return [];
    const uses = columnsOf(to, name, ofEntities);
    const used = uses.some(({ column }) =>
      added.some((item) => String(column.default ?? '').startsWith(literal(item))),
    );
    const type = name.replace(`${USUAL_SCHEMA}.`, '');
    const columns = used ? columnsOf(from, name, false) : uses;
    const statements = recreated(type, after, columns, quote, literal);
    const anew = used || reordered || removed.length > 0;
    return [{ type, reordered, added, removed, first: used, statements: anew ? statements : null }];
  });
}

/** Everything else first or last, as it has to be; without values added to a type that is made anew. */
export function withEnums(
  statements: readonly string[],
  enums: readonly ChangedEnum[],
  quote: (name: string) => string,
): readonly string[] {
  const anew = enums.filter(({ statements: own }) => own !== null);
  const adds = anew.map(({ type }) => `alter type ${quote(type)} add value`);
  const of = (first: boolean) =>
    anew.filter((each) => each.first === first).flatMap(({ statements: own }) => own ?? []);
  const others = statements.filter((sql) => !adds.some((start) => sql.startsWith(start)));
  return [...of(true), ...others, ...of(false)];
}

function recreated(
  type: string,
  items: readonly string[],
  columns: readonly Use[],
  quote: (name: string) => string,
  literal: (value: string) => string,
): readonly string[] {
  const [name = type] = type.split('.').toReversed();
  const old = `${name}__old`;
  const prefix = type === name ? '' : `${type.slice(0, -name.length - 1)}.`;
  return [
    `alter type ${quote(type)} rename to ${quote(old)}`,
    `create type ${quote(type)} as enum (${items.map(literal).join(', ')})`,
    ...columns.flatMap(({ table, column }) => {
      const alter = `alter table ${table.getQuotedName()} alter column ${quote(column.name)}`;
      const many = column.type.endsWith('[]') ? '[]' : '';
      const given = column.default == null || column.default === 'null' ? null : column.default;
      // It is of the old type.
      const [before, after] =
        given === null ? [[], []] : [[`${alter} drop default`], [`${alter} set default ${given}`]];
      const using = `${quote(column.name)}::text${many}::${quote(type)}${many}`;
      return [...before, `${alter} type ${quote(type)}${many} using (${using})`, ...after];
    }),
    `drop type ${quote(prefix + old)}`,
  ];
}

interface Use {
  readonly table: DatabaseTable;
  readonly column: Column;
}

/** An entity means the enumeration of its own schema where it names none. */
function columnsOf(schema: DatabaseSchema, name: string, ofEntities: boolean): readonly Use[] {
  return schema.getTables().flatMap((table) =>
    table
      .getColumns()
      .filter(
        ({ nativeEnumName }) =>
          nativeEnumName &&
          qualified(nativeEnumName, ofEntities ? withinOf(table, schema) : undefined) === name,
      )
      .map((column) => ({ table, column })),
  );
}

function enumsOf(schema: DatabaseSchema): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(schema.getNativeEnums()).map(
    ([key, { name, schema: within, items }]) =>
      [within ? `${within}.${name.split('.').at(-1)}` : qualified(name ?? key), items] as const,
  );
}

function withinOf(table: DatabaseTable, schema: DatabaseSchema): string | undefined {
  const within = table.schema ?? schema.name;
  return within === '*' ? undefined : within;
}

function qualified(name: string, within: string = USUAL_SCHEMA): string {
  return name.includes('.') ? name : `${within}.${name}`;
}

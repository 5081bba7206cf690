/** The schema of a database, as it tells it. */

import type { ObjectKind, ObjectRef } from '../../contract/object-ref.ts';
import type { RawQuery } from './raw-query.ts';

/** The table that records which revisions are applied. */
export interface RecordTable {
  /** Null where the database has but one. */
  readonly schema: string | null;
  readonly name: string;
}

/** Queries about the schemas of a database. */
export interface SchemaQueries {
  /** A row for each: `name`, and whether it is `recorded`, which is to have such a table. */
  all(table: string): string;
  /** A row for each record that some of the schemas have: `schemas` and `names`, as JSON. */
  records(schemas: readonly string[], table: string): string;
  /** Makes names mean what is in that schema, until the transaction ends. */
  enter(schema: string): string;
}

/** One object of a schema. Those with the same id are the same, and equal if their texts are. */
export interface SchemaObject {
  readonly id: string;
  readonly kind: Exclude<
    ObjectKind,
    'check' | 'exclusion' | 'partitioning' | 'primary key' | 'row security' | 'unique'
  >;
  /** Which object it is, as data. */
  readonly ref: ObjectRef;
  /** The table that it is or belongs to; else its own name. */
  readonly table: string;
  readonly name: string;
  /** What people call it: with the table where the name alone would not do. */
  readonly place: string;
  readonly text: string;
  /** The columns of the table that it is about, if it is about nothing else. */
  readonly columns: readonly string[];
  /** Of a column: what its text is made of, as far as entities can say it. */
  readonly column?: ColumnFacts;
}

export interface ColumnFacts {
  readonly type: string;
  /** What its type is made of, where that is a domain; else the type. */
  readonly base: string;
  readonly notNull: boolean;
  /** An expression; null if there is none, or a sequence gives the values. */
  readonly default: string | null;
  /** The expression of a generated column. */
  readonly generated: string | null;
  /** Null where it is the one of the type. */
  readonly collation: string | null;
  /** The largest number that rows get by themselves; null if they get none. */
  readonly numbersTo: string | null;
  /** The default that gives them, if it takes them from a sequence that is not the column’s own. */
  readonly numbersFrom: string | null;
  /** Rows can’t bring a number of their own. */
  readonly numbersAlways: boolean;
}

/** When objects of two schemas are equal although their texts, or names, differ. */
export interface SchemaEquality {
  /** Constraints have the names that people gave them. */
  readonly namesConstraints: boolean;
  /** What matters of a type. */
  typeOf(type: string): string;
  /** What an object does, without its name. */
  meaning(object: SchemaObject): string;
  /** What a table may lack without hurting anybody. */
  readonly harmless: ReadonlySet<string>;
}

/** Statements of an upgrade, and of the downgrade that takes them back. */
export interface BothWays {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** What there is to know of schema and record. */
export interface Catalogue {
  /** A query whose rows change when the structure does that these revisions are applied to. */
  schemaText(record: RecordTable): string;
  /** A query that has a row if there is such a column. */
  columnExists(table: string, column: string): string;
  /** Milliseconds since the epoch of a value in the migrations table; null if there is none. */
  timestamp(value: unknown): number | null;
  /** Null where a database has but one schema. */
  readonly schemas: SchemaQueries | null;
  readonly equality: SchemaEquality;
  /** A name as the database keeps it. */
  cutName(name: string): string;
  /** Names of throwaways on a server that nobody will drop, since their process is gone. */
  leftovers(query: RawQuery): Promise<readonly string[]>;
  /** Indexes that the database keeps and does not use, since their build did not end. */
  invalidIndexes(query: RawQuery): Promise<readonly string[]>;
}

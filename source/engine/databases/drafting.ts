/** What drafts need to know of a database. */

import type { DatabaseSchema, DatabaseTable, SqlTriggerDef, TableDifference } from '@mikro-orm/sql';
import type { Direction } from '../../contract/direction.ts';
import type { ObjectRef } from '../../contract/object-ref.ts';
import type { SchemaRemedies } from './analysis.ts';
import type { RawQuery } from './raw-query.ts';

/** What statements that change or drop columns meet. */
export interface InTheWay {
  /** Those that are dropped before and made again after, in the order to drop them in. */
  readonly rebuilt: readonly {
    readonly ref: ObjectRef;
    readonly drop: string;
    readonly make: readonly string[];
  }[];
  /** What can’t be made again, in the server’s words and as an object, and what it uses. */
  readonly blocking: readonly {
    readonly what: string;
    /** Without a name where it is none that people drop. */
    readonly ref: Omit<ObjectRef, 'name'> & { readonly name: string | null };
    readonly place: string;
    readonly change: 'type' | 'drop';
  }[];
}

/** A decision about values that get another type. */
export interface Conversion {
  readonly why: 'zone' | 'cast';
  /** An SQL expression that may be right; null if there is none. */
  readonly proposed: string | null;
}

export interface Conversions {
  /**
   * Null where the usual conversion gives the same value, or fails where it does not.
   *
   * @param column quoted
   */
  needed(from: string, to: string, column: string, query: RawQuery): Promise<Conversion | null>;
  /** The expression that takes a conversion back; null if that is not known. */
  inverse(expression: string): string | null;
  /** A statement that converts a column; null where {@link TableWriter} writes those. */
  statement(table: string, column: string, type: string, expression: string): string | null;
  /** A statement with another expression in it, if it converts that column; else null. */
  converting(sql: string, table: string, column: string, expression: string): string | null;
}

/** Writes the statements of a draft for a database that can't change a table as MikroORM asks it to. */
export interface TableWriter {
  /** A query for the texts that the database keeps: its rows are each an {@link ObjectText}. */
  readonly texts: string;
  /** Queries, of which the first that runs has the names of tables that MikroORM can’t read. */
  readonly unreadable: readonly string[];
  load(): Promise<{
    /** Puts into a schema what MikroORM does not read. */
    complete(schema: DatabaseSchema, texts: readonly ObjectText[]): void;
    /** @param texts of what was there before the draft */
    alterTable(
      difference: TableDifference,
      direction: Direction,
      texts: readonly ObjectText[],
      helper: TableHelper,
    ): readonly string[];
    createTable(
      table: DatabaseTable,
      direction: Direction,
      texts: readonly ObjectText[],
      helper: TableHelper,
    ): readonly string[];
  }>;
}

/** A table, or what hangs on one, as it was written. */
export interface ObjectText {
  readonly kind: 'table' | 'index' | 'trigger';
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

/** What MikroORM's own helper makes of tables. */
export interface TableHelper {
  alterTable(difference: TableDifference): readonly string[];
  createTable(table: DatabaseTable): readonly string[];
  dropIndex(name: string): string;
  /** What a column’s value becomes in a table that is made anew, as SQL. */
  valueOf(table: string, column: string): string;
  dropTrigger(table: DatabaseTable, trigger: SqlTriggerDef): string;
  quote(name: string): string;
}

/** What drafts need to know of a database. */
export interface Drafting {
  /** What a column of an entity may have and the database does not keep. */
  readonly unkept: readonly ('length' | 'comment')[];
  readonly layout: {
    /** Of the package `sql-formatter`. */
    readonly language: 'sqlite' | 'postgresql';
    /** The database keeps the text of such a statement, and MikroORM reads it there. */
    keepsText(sql: string): boolean;
  };
  /** Null where the server changes a table as MikroORM asks it to. */
  readonly tableWriter: TableWriter | null;
  /** What has to be decided where a column gets another type. */
  readonly conversions: Conversions;
  /** What has to make way for statements that change columns; null where nothing does. */
  readonly inTheWay: ((statements: readonly string[], query: RawQuery) => Promise<InTheWay>) | null;
  /** Null where MikroORM writes all that can be written. */
  readonly remedies: SchemaRemedies | null;
}

/** Statements that PostgreSQL refuses inside a transaction, found with its own parser. */

import { parseSql } from './parse.ts';

/** A node of a parsed statement: its kind, and what it has. A few fields of a few kinds matter. */
type Parsed = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * What a text has that can't run in a transaction, in words; null if nothing, or if it can't be
 * parsed, which the server then says better. Several statements in one text are a transaction, too.
 */
export async function nonTransactionalIn(sql: string, alone: boolean): Promise<string | null> {
  // Most texts need no parser.
  const statements = WORTH_PARSING.test(sql) ? await parseSql(sql) : [];
  if (alone && statements.length < 2) return null;
  for (const statement of statements) {
    const found = Object.entries(statement as unknown as Parsed).flatMap(
      ([kind, node]) => namesOf(kind, node) ?? [],
    );
    if (found[0] !== undefined) return found[0];
  }
  return null;
}

const WORTH_PARSING =
  /\b(concurrently|vacuum|reindex|cluster|database|tablespace|system|begin|start|commit|end|rollback|abort)\b/i;

/** https://www.postgresql.org/docs/current/sql-commands.html: each page says so in its notes. */
function namesOf(kind: string, node: Readonly<Record<string, unknown>>): string | null {
  switch (kind) {
    case 'IndexStmt':
      return node.concurrent ? 'create index concurrently' : null;
    case 'DropStmt':
      return node.concurrent ? 'drop index concurrently' : null;
    case 'ReindexStmt':
      return hasOption(node.params, 'concurrently') || ALL.has(String(node.kind))
        ? 'reindex'
        : null;
    case 'VacuumStmt':
      return node.is_vacuumcmd ? 'vacuum' : null;
    case 'ClusterStmt':
      return node.relation ? null : 'cluster of all tables';
    case 'AlterTableStmt':
      return detachesConcurrently(node.cmds) ? 'detach partition concurrently' : null;
    case 'TransactionStmt':
      return TRANSACTION[String(node.kind)] ?? null;
    default:
      return WHOLE[kind] ?? null;
  }
}

const ALL: ReadonlySet<string> = new Set(['REINDEX_OBJECT_SYSTEM', 'REINDEX_OBJECT_DATABASE']);

/** Never allowed, however they are written. */
const WHOLE: Readonly<Record<string, string>> = {
  CreatedbStmt: 'create database',
  DropdbStmt: 'drop database',
  CreateTableSpaceStmt: 'create tablespace',
  DropTableSpaceStmt: 'drop tablespace',
  AlterSystemStmt: 'alter system',
};

/** They would end the transaction of the run, and what comes after could not be undone. */
const TRANSACTION: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'start transaction',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
};

function hasOption(options: unknown, name: string): boolean {
  return list(options).some(({ DefElem }) => DefElem?.defname === name);
}

function detachesConcurrently(commands: unknown): boolean {
  return list(commands).some(({ AlterTableCmd }) => {
    const { PartitionCmd } = (AlterTableCmd?.def ?? {}) as Parsed;
    return PartitionCmd?.concurrent === true;
  });
}

function list(nodes: unknown): readonly Parsed[] {
  return Array.isArray(nodes) ? nodes : [];
}

/** What statements mean to do, read from their text with PostgreSQL's parser. Nothing runs. */

import type {
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  Constraint,
  ConstrType,
  DoStmt,
  DropStmt,
  Node,
  RangeVar,
  RenameStmt,
  TypeName,
} from 'libpg-query';
import { SQL_LIMIT } from '../../../../contract/statement.ts';
import { isOpen, readBlock } from '../analysis/composed.ts';
import { parseSql } from './parse.ts';

/** A table, index, view, sequence or type, as a statement names it. */
export interface Name {
  /** Null where the search path tells it. */
  readonly schema: string | null;
  readonly name: string;
  /** Not the tables that inherit from it. */
  readonly only?: boolean;
}

type ConstraintType = 'check' | 'foreign key' | 'unique' | 'primary key' | 'exclude' | 'not null';

/** Facts about one table, by `alter table` and its kin; a statement may do several things. */
type Alteration =
  | {
      readonly kind: 'add-column';
      readonly table: Name;
      readonly column: string;
      readonly notNull: boolean;
      readonly hasDefault: boolean;
    }
  | {
      readonly kind: 'drop-column';
      readonly table: Name;
      readonly column: string;
      readonly cascade: boolean;
    }
  | {
      readonly kind: 'alter-type';
      readonly table: Name;
      readonly column: string;
      /** Its own name, without schema and modifiers. */
      readonly type: string;
      readonly using: boolean;
    }
  | { readonly kind: 'set-not-null'; readonly table: Name; readonly column: string }
  | { readonly kind: 'drop-not-null'; readonly table: Name; readonly column: string }
  | { readonly kind: 'set-default'; readonly table: Name; readonly column: string }
  | {
      readonly kind: 'add-constraint';
      readonly table: Name;
      /** Null where the server makes one up. */
      readonly name: string | null;
      readonly type: ConstraintType;
      readonly columns: readonly string[];
      /** What a foreign key refers to. */
      readonly references: Name | null;
      /** `not valid`: rows that are there are not looked at. */
      readonly notValid: boolean;
      /** An index that is there already becomes the constraint's. */
      readonly usingIndex: string | null;
    }
  | {
      readonly kind: 'validate-constraint' | 'drop-constraint';
      readonly table: Name;
      readonly name: string;
    }
  /** Anything else that `alter table` can do. */
  | { readonly kind: 'alter-table'; readonly table: Name };

export type StatementFacts =
  | Alteration
  | {
      readonly kind: 'insert';
      readonly table: Name;
      /** Columns that `on conflict do update` sets. */
      readonly sets: readonly string[];
      /** The same statement deletes rows: if they are of this table, they only move. */
      readonly moves?: boolean;
    }
  | {
      readonly kind: 'update';
      readonly table: Name;
      readonly columns: readonly string[];
      /** Without a condition. */
      readonly all: boolean;
    }
  | {
      readonly kind: 'delete';
      readonly table: Name;
      readonly all: boolean;
      /** The same statement inserts rows. */
      readonly moves?: boolean;
    }
  | {
      readonly kind: 'merge';
      readonly table: Name;
      /** Columns that it may set. */
      readonly columns: readonly string[];
      readonly deletes: boolean;
    }
  | { readonly kind: 'truncate'; readonly tables: readonly Name[]; readonly cascade: boolean }
  | {
      readonly kind: 'create-table';
      readonly table: Name;
      /** Null where a query or another table tells them. */
      readonly columns: readonly string[] | null;
    }
  | { readonly kind: 'drop-table'; readonly tables: readonly Name[]; readonly cascade: boolean }
  | { readonly kind: 'rename-table'; readonly table: Name; readonly to: string }
  | { readonly kind: 'move-table'; readonly table: Name; readonly schema: string }
  | { readonly kind: 'rename-schema'; readonly schema: string; readonly to: string }
  | {
      readonly kind: 'rename-column';
      readonly table: Name;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: 'create-index';
      /** Null where the server makes one up. */
      readonly name: string | null;
      readonly table: Name;
      readonly unique: boolean;
      readonly concurrently: boolean;
    }
  | { readonly kind: 'drop-index'; readonly names: readonly Name[]; readonly concurrently: boolean }
  | {
      readonly kind: 'reindex';
      readonly what: 'index' | 'table' | 'schema' | 'database';
      /** Of an index or table. */
      readonly name: Name | null;
      readonly concurrently: boolean;
    }
  | { readonly kind: 'create-trigger'; readonly table: Name; readonly name: string }
  | { readonly kind: 'create-view'; readonly view: Name; readonly materialized: boolean }
  | { readonly kind: 'drop-view'; readonly views: readonly Name[]; readonly materialized: boolean }
  | { readonly kind: 'refresh'; readonly view: Name; readonly concurrently: boolean }
  /** `values`: of an enumeration; null for another kind of type. */
  | { readonly kind: 'create-type'; readonly type: Name; readonly values: readonly string[] | null }
  | { readonly kind: 'drop-type'; readonly types: readonly Name[]; readonly cascade: boolean }
  | { readonly kind: 'add-value'; readonly type: Name; readonly value: string }
  | {
      readonly kind: 'rename-value';
      readonly type: Name;
      readonly from: string;
      readonly to: string;
    }
  /** Attributes of a composite type are dropped, or become others. */
  | { readonly kind: 'change-attributes'; readonly type: Name }
  /** No tables: all of the database. */
  | { readonly kind: 'vacuum'; readonly tables: readonly Name[]; readonly full: boolean }
  | { readonly kind: 'cluster'; readonly table: Name | null }
  | { readonly kind: 'lock-table'; readonly tables: readonly Name[] }
  /** `does`: what it will do each time that it is executed. */
  | { readonly kind: 'prepare'; readonly name: string; readonly does: readonly StatementFacts[] }
  | { readonly kind: 'execute'; readonly name: string }
  /** No name: all of them. */
  | { readonly kind: 'deallocate'; readonly name: string | null }
  /** Changes no table that was there by itself. */
  | { readonly kind: 'other' };

/** It names the table whose rows it changes. */
export type RowFacts = Extract<StatementFacts, { kind: 'insert' | 'update' | 'delete' | 'merge' }>;

export function isOfRows(facts: StatementFacts): facts is RowFacts {
  return ROWS.has(facts.kind);
}

const ROWS: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge']);

/**
 * One fact for each thing that a text does, in its order: `alter table` may do several, and a text
 * may hold several statements. One that can’t be parsed is `other`.
 */
export async function readStatement(sql: string): Promise<readonly StatementFacts[]> {
  const known = facts.get(sql);
  if (known) return known;
  const read = await readAnew(sql);
  // A statement is looked at by several: the meter, and every judgement after it.
  if (facts.size >= FACTS_LIMIT) facts.clear();
  facts.set(sql, read);
  return read;
}

const facts = new Map<string, readonly StatementFacts[]>();
const FACTS_LIMIT = 20_000;
const OTHER: StatementFacts = { kind: 'other' };

/**
 * The same, with what the code of a `do` block does to tables themselves: as far as it accounts for
 * what is gone, and not as statements that could be written otherwise.
 */
export async function readWithBlocks(sql: string): Promise<readonly StatementFacts[]> {
  return /^\s*do\b/i.test(sql) ? readAnew(sql, ({ kind }) => kind !== 'other') : readStatement(sql);
}

async function readAnew(sql: string, inBlocks = isOfData): Promise<readonly StatementFacts[]> {
  // A longer one holds data; no schema change is that long.
  const insert = sql.length > SQL_LIMIT || INSERTS_VALUES.test(sql) ? readBeginning(sql) : null;
  if (insert) return [insert];
  const statements = await parseSql(sql);
  if (statements.length === 0) return [OTHER];
  const found = await Promise.all(
    statements.map((node) =>
      'DoStmt' in node ? blockFactsOf(node.DoStmt, inBlocks) : factsOf(node),
    ),
  );
  return found.flat();
}

type IsWanted = (facts: StatementFacts) => boolean;

const isOfData: IsWanted = (facts) =>
  (isOfRows(facts) || facts.kind === 'truncate') && !isOpen(facts);

/** Where a statement of PL/pgSQL that changes rows begins, up to where it ends. */
const CHANGES_ROWS =
  /\b(?:update|delete\s+from|insert\s+into|merge\s+into|truncate)\b(?:[^;']|'[^']*')*/gi;

/** What the code of `do` does: its variables look like columns to the parser. */
async function blockFactsOf(block: DoStmt, isWanted: IsWanted) {
  const { written, composed } = await readBlock(block);
  const nodes = await Promise.all([...written, ...composed].map(parseSql));
  return [...nodes.flat().flatMap(factsOf).filter(isWanted), OTHER];
}

/** Statements in the code of a function that change rows; null if one of them can’t be read. */
export async function rowChangesIn(code: string): Promise<readonly Node[] | null> {
  const nodes: Node[] = [];
  for (const part of code.match(CHANGES_ROWS) ?? []) {
    const [node] = await parseSql(part);
    if (!node) return null;
    nodes.push(node);
  }
  return nodes;
}

/** Loops over rows send these by the thousand, and only their table matters. */
const INSERTS_VALUES =
  /^\s*insert\s+into\s+(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?\s*(?:\([^()]*\))?\s*values(?!.*(?:\b(?:select|conflict|with)\b|;\s*\S))/is;

function readBeginning(sql: string): StatementFacts | null {
  const match =
    /^\s*insert\s+into\s+(?:(?:"([^"]+)"|(\w+))\s*\.\s*)?(?:"([^"]+)"|(\w+))/i.exec(sql) ?? null;
  if (!match) return null;
  const [, quotedSchema, schema, quoted, name] = match;
  const table = {
    schema: quotedSchema ?? schema?.toLowerCase() ?? null,
    name: quoted ?? name?.toLowerCase() ?? '',
  };
  return { kind: 'insert', table, sets: [] };
}

function factsOf(node: Node): readonly StatementFacts[] {
  if ('AlterTableStmt' in node) return alterations(node.AlterTableStmt);
  if ('CreateStmt' in node) {
    const { relation, tableElts, inhRelations, ofTypename, partbound } = node.CreateStmt;
    const elements = list(tableElts);
    const inherits =
      inhRelations !== undefined ||
      ofTypename !== undefined ||
      partbound !== undefined ||
      elements.some((element) => 'TableLikeClause' in element);
    const columns = elements.flatMap((element) =>
      'ColumnDef' in element ? [element.ColumnDef.colname ?? ''] : [],
    );
    return [{ kind: 'create-table', table: nameOf(relation), columns: inherits ? null : columns }];
  }
  const data = rowFactsOf(node);
  if (data) return moving([...commonTables(data.clause), data.facts]);
  return [objectFactsOf(node) ?? OTHER];
}

/** Statements that change rows, with the `with` clause before them, which may change rows, too. */
function rowFactsOf(node: Node) {
  if ('InsertStmt' in node) {
    const { relation, onConflictClause, withClause } = node.InsertStmt;
    const facts: StatementFacts = {
      kind: 'insert',
      table: nameOf(relation),
      sets: targets(onConflictClause?.targetList),
    };
    return { facts, clause: withClause };
  }
  if ('UpdateStmt' in node) {
    const { relation, targetList, whereClause, withClause } = node.UpdateStmt;
    const all = whereClause === undefined;
    const facts: StatementFacts = {
      kind: 'update',
      table: nameOf(relation),
      columns: targets(targetList),
      all,
    };
    return { facts, clause: withClause };
  }
  if ('DeleteStmt' in node) {
    const { relation, usingClause, whereClause, withClause } = node.DeleteStmt;
    const all = whereClause === undefined && usingClause === undefined;
    const facts: StatementFacts = { kind: 'delete', table: nameOf(relation), all };
    return { facts, clause: withClause };
  }
  if ('MergeStmt' in node) {
    const { relation, withClause, mergeWhenClauses } = node.MergeStmt;
    const clauses = list(mergeWhenClauses).flatMap((each) =>
      'MergeWhenClause' in each ? [each.MergeWhenClause] : [],
    );
    const updates = clauses.filter(({ commandType }) => commandType === 'CMD_UPDATE');
    const facts: StatementFacts = {
      kind: 'merge',
      table: nameOf(relation),
      columns: updates.flatMap(({ targetList }) => targets(targetList)),
      deletes: clauses.some(({ commandType }) => commandType === 'CMD_DELETE'),
    };
    return { facts, clause: withClause };
  }
  if ('SelectStmt' in node) {
    const { intoClause, withClause } = node.SelectStmt;
    const facts: StatementFacts = intoClause
      ? { kind: 'create-table', table: nameOf(intoClause.rel), columns: null }
      : OTHER;
    return { facts, clause: withClause };
  }
  return null;
}

/** Of one statement: rows that it deletes from a table and inserts there again only move. */
function moving(facts: readonly StatementFacts[]): readonly StatementFacts[] {
  const has = (kind: StatementFacts['kind']) => facts.some((fact) => fact.kind === kind);
  if (!has('delete') || !has('insert')) return facts;
  return facts.map((fact) =>
    fact.kind === 'delete' || fact.kind === 'insert' ? { ...fact, moves: true } : fact,
  );
}

function commonTables(clause: { readonly ctes?: readonly Node[] } | undefined) {
  return list(clause?.ctes)
    .flatMap((each) => ('CommonTableExpr' in each ? (each.CommonTableExpr.ctequery ?? []) : []))
    .flatMap(factsOf)
    .filter(({ kind }) => kind !== 'other');
}

function objectFactsOf(node: Node): StatementFacts | null {
  if ('TruncateStmt' in node) {
    const { relations, behavior } = node.TruncateStmt;
    return { kind: 'truncate', tables: namesOf(relations), cascade: behavior === 'DROP_CASCADE' };
  }
  if ('DropStmt' in node) return dropped(node.DropStmt);
  if ('RenameStmt' in node) return renamed(node.RenameStmt);
  if ('AlterObjectSchemaStmt' in node) {
    const { objectType, relation, newschema = '' } = node.AlterObjectSchemaStmt;
    if (objectType !== 'OBJECT_TABLE') return null;
    return { kind: 'move-table', table: nameOf(relation), schema: newschema };
  }
  if ('CreateTableAsStmt' in node) {
    const { objtype, into } = node.CreateTableAsStmt;
    return objtype === 'OBJECT_MATVIEW'
      ? { kind: 'create-view', view: nameOf(into?.rel), materialized: true }
      : { kind: 'create-table', table: nameOf(into?.rel), columns: null };
  }
  if ('IndexStmt' in node) {
    const { idxname, relation, unique, concurrent } = node.IndexStmt;
    return {
      kind: 'create-index',
      name: idxname ?? null,
      table: nameOf(relation),
      unique: unique === true,
      concurrently: concurrent === true,
    };
  }
  if ('ReindexStmt' in node) {
    const { kind, relation, params } = node.ReindexStmt;
    return {
      kind: 'reindex',
      what: REINDEXED[String(kind)] ?? 'database',
      name: relation ? nameOf(relation) : null,
      concurrently: hasOption(params, 'concurrently'),
    };
  }
  if ('CreateTrigStmt' in node) {
    const { relation, trigname = '' } = node.CreateTrigStmt;
    return { kind: 'create-trigger', table: nameOf(relation), name: trigname };
  }
  if ('ViewStmt' in node) {
    return { kind: 'create-view', view: nameOf(node.ViewStmt.view), materialized: false };
  }
  if ('RefreshMatViewStmt' in node) {
    const { relation, concurrent } = node.RefreshMatViewStmt;
    return { kind: 'refresh', view: nameOf(relation), concurrently: concurrent === true };
  }
  if ('VacuumStmt' in node) {
    const { rels, options, is_vacuumcmd } = node.VacuumStmt;
    if (!is_vacuumcmd) return null;
    const tables = list(rels).flatMap((each) =>
      'VacuumRelation' in each ? [nameOf(each.VacuumRelation.relation)] : [],
    );
    return { kind: 'vacuum', tables, full: hasOption(options, 'full') };
  }
  if ('ClusterStmt' in node) {
    const { relation } = node.ClusterStmt;
    return { kind: 'cluster', table: relation ? nameOf(relation) : null };
  }
  if ('PrepareStmt' in node) {
    const { name = '', query } = node.PrepareStmt;
    return { kind: 'prepare', name, does: query ? factsOf(query) : [] };
  }
  if ('ExecuteStmt' in node) return { kind: 'execute', name: node.ExecuteStmt.name ?? '' };
  if ('DeallocateStmt' in node) {
    return { kind: 'deallocate', name: node.DeallocateStmt.name ?? null };
  }
  if ('LockStmt' in node) return { kind: 'lock-table', tables: namesOf(node.LockStmt.relations) };
  return typeFactsOf(node);
}

const REINDEXED: Readonly<Record<string, 'index' | 'table' | 'schema'>> = {
  REINDEX_OBJECT_INDEX: 'index',
  REINDEX_OBJECT_TABLE: 'table',
  REINDEX_OBJECT_SCHEMA: 'schema',
};

function typeFactsOf(node: Node): StatementFacts | null {
  if ('CreateEnumStmt' in node) {
    const { typeName, vals } = node.CreateEnumStmt;
    return { kind: 'create-type', type: qualified(strings(typeName)), values: strings(vals) };
  }
  if ('CompositeTypeStmt' in node) {
    return { kind: 'create-type', type: nameOf(node.CompositeTypeStmt.typevar), values: null };
  }
  if ('CreateDomainStmt' in node) {
    const { domainname } = node.CreateDomainStmt;
    return { kind: 'create-type', type: qualified(strings(domainname)), values: null };
  }
  if ('AlterEnumStmt' in node) {
    const { typeName, oldVal, newVal = '' } = node.AlterEnumStmt;
    const type = qualified(strings(typeName));
    return oldVal === undefined
      ? { kind: 'add-value', type, value: newVal }
      : { kind: 'rename-value', type, from: oldVal, to: newVal };
  }
  return null;
}

function dropped({ objects, removeType, behavior, concurrent }: DropStmt): StatementFacts | null {
  const names = list(objects).flatMap((object): Name[] => {
    if ('List' in object) return [qualified(strings(object.List.items))];
    return 'TypeName' in object ? [qualified(strings(object.TypeName.names))] : [];
  });
  const cascade = behavior === 'DROP_CASCADE';
  switch (removeType) {
    case 'OBJECT_TABLE':
      return { kind: 'drop-table', tables: names, cascade };
    case 'OBJECT_INDEX':
      return { kind: 'drop-index', names, concurrently: concurrent === true };
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
      return { kind: 'drop-view', views: names, materialized: removeType === 'OBJECT_MATVIEW' };
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return { kind: 'drop-type', types: names, cascade };
    default:
      return null;
  }
}

function renamed(statement: RenameStmt): StatementFacts | null {
  const { renameType, relationType, relation, subname = '', newname = '' } = statement;
  const table = nameOf(relation);
  if (renameType === 'OBJECT_SCHEMA') {
    return { kind: 'rename-schema', schema: subname, to: newname };
  }
  if (renameType === 'OBJECT_TABLE') return { kind: 'rename-table', table, to: newname };
  if (renameType === 'OBJECT_COLUMN' && relationType === 'OBJECT_TABLE') {
    return { kind: 'rename-column', table, from: subname, to: newname };
  }
  return renameType === 'OBJECT_TABCONSTRAINT' ? { kind: 'alter-table', table } : null;
}

function alterations({ relation, cmds, objtype }: AlterTableStmt): readonly StatementFacts[] {
  const table = nameOf(relation);
  if (objtype === 'OBJECT_TYPE') {
    const adds = (each: Node) =>
      'AlterTableCmd' in each && each.AlterTableCmd.subtype === 'AT_AddColumn';
    return list(cmds).every(adds) ? [OTHER] : [{ kind: 'change-attributes', type: table }];
  }
  if (objtype !== 'OBJECT_TABLE') return [OTHER];
  return list(cmds).flatMap((each) =>
    'AlterTableCmd' in each ? alteration(table, each.AlterTableCmd) : [],
  );
}

function alteration(table: Name, command: AlterTableCmd): readonly Alteration[] {
  const { subtype, name = '', def, behavior } = command;
  switch (subtype) {
    case 'AT_AddColumn':
      return def && 'ColumnDef' in def ? added(table, def.ColumnDef) : [];
    case 'AT_DropColumn':
      return [{ kind: 'drop-column', table, column: name, cascade: behavior === 'DROP_CASCADE' }];
    case 'AT_AlterColumnType': {
      const column = def && 'ColumnDef' in def ? def.ColumnDef : {};
      const type = typeOf(column.typeName);
      const using = column.raw_default !== undefined;
      return [{ kind: 'alter-type', table, column: name, type, using }];
    }
    case 'AT_SetNotNull':
      return [{ kind: 'set-not-null', table, column: name }];
    case 'AT_DropNotNull':
      return [{ kind: 'drop-not-null', table, column: name }];
    case 'AT_ColumnDefault':
      return [{ kind: 'set-default', table, column: name }];
    case 'AT_AddConstraint':
      return def && 'Constraint' in def ? constraints(table, [def.Constraint], null) : [];
    case 'AT_ValidateConstraint':
      return [{ kind: 'validate-constraint', table, name }];
    case 'AT_DropConstraint':
      return [{ kind: 'drop-constraint', table, name }];
    default:
      return [{ kind: 'alter-table', table }];
  }
}

/** A column, and the constraints that are written beside it. */
function added(table: Name, { colname = '', constraints: own }: ColumnDef): readonly Alteration[] {
  const written = list(own).flatMap((each) => ('Constraint' in each ? [each.Constraint] : []));
  const has = (...types: readonly ConstrType[]) =>
    written.some(({ contype }) => contype !== undefined && types.includes(contype));
  const column: Alteration = {
    kind: 'add-column',
    table,
    column: colname,
    notNull: has('CONSTR_NOTNULL', 'CONSTR_PRIMARY', 'CONSTR_IDENTITY'),
    hasDefault: has('CONSTR_DEFAULT', 'CONSTR_GENERATED', 'CONSTR_IDENTITY'),
  };
  const named = written.filter(({ contype }) => contype !== 'CONSTR_NOTNULL');
  return [column, ...constraints(table, named, colname)];
}

/** @param column the one that they are written beside; null for those that name their own */
function constraints(
  table: Name,
  written: readonly Constraint[],
  column: string | null,
): readonly Alteration[] {
  return written.flatMap((constraint): Alteration[] => {
    const { contype, conname, keys, fk_attrs, pktable, skip_validation, indexname } = constraint;
    const type = CONSTRAINTS[contype ?? ''];
    if (!type) return [];
    const columns = column === null ? strings(fk_attrs ?? keys) : [column];
    return [
      {
        kind: 'add-constraint',
        table,
        name: conname ?? null,
        type,
        columns,
        references: pktable ? nameOf(pktable) : null,
        notValid: skip_validation === true,
        usingIndex: indexname ?? null,
      },
    ];
  });
}

const CONSTRAINTS: Readonly<Record<string, ConstraintType>> = {
  CONSTR_CHECK: 'check',
  CONSTR_FOREIGN: 'foreign key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_PRIMARY: 'primary key',
  CONSTR_EXCLUSION: 'exclude',
  CONSTR_NOTNULL: 'not null',
};

function typeOf(type: TypeName | undefined): string {
  const name = strings(type?.names).at(-1) ?? '';
  return list(type?.arrayBounds).length > 0 ? `${name}[]` : name;
}

/** Goes before all others where a name says no schema. */
export const TEMPORARY = 'pg_temp';

function nameOf(relation: RangeVar | undefined): Name {
  const schema = relation?.relpersistence === 't' ? TEMPORARY : relation?.schemaname;
  const name = { schema: schema ?? null, name: relation?.relname ?? '' };
  // The parser leaves out what is false.
  return relation && !relation.inh ? { ...name, only: true } : name;
}

function namesOf(relations: readonly Node[] | undefined): readonly Name[] {
  return list(relations).flatMap((each) => ('RangeVar' in each ? [nameOf(each.RangeVar)] : []));
}

/** `schema.name`, or the name alone; a database before them says nothing new. */
function qualified(parts: readonly string[]): Name {
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' };
}

function targets(nodes: readonly Node[] | undefined): readonly string[] {
  return list(nodes).flatMap((each) => ('ResTarget' in each ? [each.ResTarget.name ?? ''] : []));
}

function strings(nodes: readonly Node[] | undefined): readonly string[] {
  return list(nodes).flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : []));
}

function hasOption(options: readonly Node[] | undefined, name: string): boolean {
  return list(options).some((each) => 'DefElem' in each && each.DefElem.defname === name);
}

function list(nodes: readonly Node[] | undefined): readonly Node[] {
  return nodes ?? [];
}
